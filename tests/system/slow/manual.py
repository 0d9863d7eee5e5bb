"""
The commands and examples of the manual's pages, a test for each page.
"""

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.system.pages.parser import blocks, pages, relative
from tests.system.pages.session import Session, missing


class ManualTests(SynchronousTestCase):
    """
    Each page in a directory and a shell of its own.
    """

    def page(self, path: Path) -> None:
        """
        Run a page.
        """
        found = blocks(path)
        if programs := missing(found):
            self.skipTest(f"not installed: {', '.join(programs)}")
        directory = Path(self.mktemp()).absolute()
        directory.mkdir()
        with Session(directory, relative(path)) as session:
            session.run(found)


def _name(path: Path) -> str:
    """
    @return: C{test_howto_gate} for C{docs/howto/gate.rst}.
    """
    parts = relative(path).removeprefix("docs/").removesuffix(".rst")
    return "test_" + parts.replace("/", "_").replace("-", "_").lower()


for _path in pages():
    setattr(
        ManualTests, _name(_path), lambda self, path=_path: ManualTests.page(self, path)
    )
