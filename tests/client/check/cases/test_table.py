"""
Tests of the table of the cases, and of the choice by section.
"""

from collections.abc import Callable

from twisted.internet.interfaces import IProtocol
from twisted.trial.unittest import SynchronousTestCase

from echo.client.check.cases.table import CASES, checkSection, sections, select
from tests.client.check.checking import CheckTestCase
from tests.client.check.faultyservers.deflate import Deflating, Greeting
from tests.client.check.faultyservers.messages import PingsAndFragments
from tests.kit.referenceserver import ReferenceServer

_Serve = Callable[[], IProtocol]


class ConformingServerTests(CheckTestCase):
    """
    A server that follows the RFCs passes all cases.
    """

    def assertPasses(self, serve: _Serve) -> None:
        self.assertFound(serve, [])
        self.assertEqual(len(self.reported), len(CASES))

    def test_referenceServer(self) -> None:
        self.assertPasses(ReferenceServer)

    def test_deflatingServer(self) -> None:
        self.assertPasses(Deflating)

    def test_greetingServer(self) -> None:
        self.assertPasses(Greeting)

    def test_serverWithPingsAndFragments(self) -> None:
        self.assertPasses(PingsAndFragments)


class TableTests(SynchronousTestCase):
    """
    The table of the cases.
    """

    def test_namesAreUniqueAndShort(self) -> None:
        names = [case.name for case in CASES]
        self.assertEqual(len(names), len(set(names)))
        self.assertTrue(all(len(name) < 80 for name in names))

    def test_countIsThatOfREADME(self) -> None:
        self.assertGreaterEqual(len(CASES), 120)

    def test_sectionsAreSorted(self) -> None:
        found = sections()
        self.assertEqual(len(found), len(set(found)))
        self.assertLess(found.index("9.1"), found.index("10.4"))
        self.assertLess(found.index("5.5"), found.index("5.5.1"))
        self.assertTrue(found[-1].startswith("7692 "))
        self.assertEqual(sections(CASES[:1]), [CASES[0].section])


class SelectTests(SynchronousTestCase):
    """
    The choice by section.
    """

    def chosen(self, *texts: str) -> set[str]:
        """
        @return: The sections of the chosen cases.
        """
        return {case.section for case in select(texts)}

    def test_noSectionSelectsAll(self) -> None:
        self.assertEqual(select([]), CASES)

    def test_sectionIncludesThoseBelow(self) -> None:
        self.assertEqual(self.chosen("5.5"), {"5.5", "5.5.1", "5.5.2", "5.5.3"})
        self.assertEqual(self.chosen("5.5.2"), {"5.5.2"})
        self.assertEqual(self.chosen("10", "9"), {"10.4", "9.1"})
        self.assertEqual(self.chosen("7"), {"7.1.1", "7.1.7", "7.4"})
        self.assertEqual(self.chosen("7692 6"), {"7692 6", "7692 6.1", "7692 6.2"})
        self.assertEqual(
            self.chosen("7692"), {each for each in sections() if each[:4] == "7692"}
        )

    def test_orderIsThatOfTheTable(self) -> None:
        both = select(["5.5.2", "5", "5.5"])
        self.assertEqual(both, tuple(c for c in CASES if c.section.startswith("5.")))

    def test_unknownSectionIsRefused(self) -> None:
        self.assertEqual(checkSection("5.5"), "5.5")
        for text in ("", "12", "5.5.", "5.50", "76", "five"):
            error = self.assertRaises(ValueError, checkSection, text)
            self.assertIn(repr(text), str(error))
            self.assertIn("5.5.1, 5.5.2", str(error))
