"""
C{echo-client merge}, from the command line to its output.
"""

import io
import json
from pathlib import Path

from tests.kit.runs import ScriptTestCase


class MergeTests(ScriptTestCase):
    """
    C{echo-client merge}.
    """

    def _file(self, *arguments: str, status: int = 0) -> str:
        """
        @return: The file with the records of a run.
        """
        out = io.StringIO()
        self.assertEqual(
            self.main("--json", *arguments, act=self.echo, stdout=out), status
        )
        path = Path(self.mktemp())
        path.write_text(out.getvalue())
        return str(path)

    def test_addsRuns(self) -> None:
        files = [self._file("-c1") for _ in range(2)]
        self.assertEqual(self.main("merge", *files), 0)
        self.assertIn("2 sent, 2 received, 0 lost (0.0 %)", self.out.getvalue())
        self.assertNotIn("up to", self.out.getvalue())
        self.main("merge", "--histogram", *files)
        self.assertIn("up to", self.out.getvalue())

    def test_jsonCanBeMergedAgain(self) -> None:
        """
        Standard input can be one of the files.
        """
        first = self._file("-c1")
        self.assertEqual(self.main("merge", "--json", first, first), 0)
        (line,) = self.out.getvalue().splitlines()
        record = json.loads(line)
        self.assertEqual((record["type"], record["sent"]), ("summary", 2))
        stdin = io.BytesIO(self.out.getvalue().encode())
        self.out = io.StringIO()
        self.assertEqual(self.main("merge", "--json", "-", first, stdin=stdin), 0)
        record = json.loads(self.out.getvalue())
        self.assertEqual((record["sent"], record["received"]), (3, 3))
        self.assertEqual(record["rtt"]["count"], 3)

    def test_fileNamedTwiceCountsTwice(self) -> None:
        """
        A warning says so once.
        """
        first, second = self._file("-c1"), self._file("-c1")
        self.err = io.StringIO()
        self.assertEqual(self.main("merge", first, second), 0)
        self.assertEqual(self.err.getvalue(), "")
        other = f"./{first}"
        self.assertEqual(self.main("merge", first, second, other, other), 0)
        self.assertEqual(
            self.err.getvalue(),
            f"echo-client: {other!r} is named more than once: its runs count each"
            " time\n",
        )

    def test_demandsHoldForAllRunsTogether(self) -> None:
        file = self._file("-c1")
        arguments = ("merge", "--max-rtt", "0s", "--max-loss", "0%", file)
        self.assertEqual(self.main(*arguments), 1)
        self.assertIn("FAILED: --max-rtt 0s: ", self.out.getvalue())
        self.assertEqual(self.out.getvalue().count("FAILED"), 1)

    def test_oneFailedRunFails(self) -> None:
        """
        Unless C{--max-loss} allows its loss.
        """

        def lose() -> None:
            server = self.connect()
            self.reactor.pump([3, 1])
            self.end(server)

        good, out = self._file("-c1"), io.StringIO()
        self.main("--json", "-c1", "-w", "3s", act=lose, stdout=out)
        bad = Path(self.mktemp())
        bad.write_text(out.getvalue())
        self.assertEqual(self.main("merge", good, str(bad)), 1)
        self.assertIn("2 sent, 1 received, 1 lost (50.0 %)", self.out.getvalue())
        self.assertEqual(self.main("merge", "--max-loss", "50%", good, str(bad)), 0)

    def test_oneEarlyEndIsEarlyEnd(self) -> None:
        """
        Unless its close code is expected.
        """
        good, bad = self._file("-c1"), self._file("-c2", status=6)
        self.assertEqual(self.main("merge", good, bad), 6)
        self.assertEqual(self.main("merge", "--expect-close", "1000", good, bad), 0)

    def test_runWithoutConnectionFails(self) -> None:
        out = io.StringIO()
        self.main("--json", act=lambda: self.reactor.advance(10), stdout=out)
        path = Path(self.mktemp())
        path.write_text(out.getvalue())
        self.assertEqual(self.main("merge", self._file("-c1"), str(path)), 1)
        self.assertIn("1 sent, 1 received", self.out.getvalue())

    def test_invalidFileIsUsageError(self) -> None:
        path = Path(self.mktemp())
        self.assertEqual(self.main("merge", str(path)), 2)
        path.write_text("{}\n")
        self.assertEqual(self.main("merge", str(path)), 2)
        missing, other = self.err.getvalue().splitlines()
        self.assertIn(f"cannot read {str(path)!r}: No such file", missing)
        self.assertIn(f"{path}: it has no summary", other)
