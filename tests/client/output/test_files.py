"""
Tests for L{echo.client.output.files}.
"""

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from echo.client.output.files import checkWritable


class CheckWritableTests(SynchronousTestCase):
    """
    Tests for L{checkWritable}.
    """

    def setUp(self) -> None:
        self.directory = Path(self.mktemp())
        self.directory.mkdir()
        self.file = self.directory / "there"
        self.file.touch()

    def refused(self, path: Path, isWritable: bool = True) -> str:
        """
        @return: Why a file cannot be written.
        """
        error = self.assertRaises(
            ValueError,
            checkWritable,
            str(path),
            lambda _, mode: isWritable and mode == os.W_OK,
        )
        return str(error)

    def test_acceptsNewAndExistingFile(self) -> None:
        for path in (str(self.file), str(self.directory / "new"), "new"):
            self.assertEqual(checkWritable(path), path)

    def test_namesFault(self) -> None:
        self.assertEqual(
            self.refused(self.directory / "a" / "b"),
            f"'{self.directory}/a' is not a directory",
        )
        self.assertEqual(
            self.refused(self.directory), f"'{self.directory}' is a directory"
        )
        for path in (self.file, self.directory / "new"):
            self.assertEqual(
                self.refused(path, isWritable=False), f"'{path}' cannot be written"
            )
