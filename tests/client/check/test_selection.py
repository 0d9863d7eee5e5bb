"""
Tests for L{echo.client.check.cases.table}: the table, and how to choose from it.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.check.cases.table import CASES, checkSection, sections, select


class TableTests(SynchronousTestCase):
    """
    The table of cases.
    """

    def test_names(self) -> None:
        """
        Each case has a name of its own, fit for one line.
        """
        names = [case.name for case in CASES]
        self.assertEqual(len(names), len(set(names)))
        self.assertTrue(all(len(name) < 80 for name in names))

    def test_count(self) -> None:
        """
        There are as many as README says.
        """
        self.assertGreaterEqual(len(CASES), 120)

    def test_sections(self) -> None:
        """
        Sections come in the order of the RFCs, each once.
        """
        found = sections()
        self.assertEqual(len(found), len(set(found)))
        self.assertLess(found.index("9.1"), found.index("10.4"))
        self.assertLess(found.index("5.5"), found.index("5.5.1"))
        self.assertTrue(found[-1].startswith("7692 "))
        self.assertEqual(sections(CASES[:1]), [CASES[0].section])


class SelectTests(SynchronousTestCase):
    """
    Choices from the table.
    """

    def chosen(self, *texts: str) -> set[str]:
        """
        @return: The sections of the cases that are chosen.
        """
        return {case.section for case in select(texts)}

    def test_all(self) -> None:
        """
        Without a choice it is all of them.
        """
        self.assertEqual(select([]), CASES)

    def test_section(self) -> None:
        """
        A section has all sections below it, and no others.
        """
        self.assertEqual(self.chosen("5.5"), {"5.5", "5.5.1", "5.5.2", "5.5.3"})
        self.assertEqual(self.chosen("5.5.2"), {"5.5.2"})
        self.assertEqual(self.chosen("10", "9"), {"10.4", "9.1"})
        self.assertEqual(self.chosen("7"), {"7.1.1", "7.1.7", "7.4"})
        self.assertEqual(self.chosen("7692 6"), {"7692 6", "7692 6.1", "7692 6.2"})
        self.assertEqual(
            self.chosen("7692"), {each for each in sections() if each[:4] == "7692"}
        )

    def test_order(self) -> None:
        """
        Cases stay in their order, and none comes twice.
        """
        both = select(["5.5.2", "5", "5.5"])
        self.assertEqual(both, tuple(c for c in CASES if c.section.startswith("5.")))

    def test_unknown(self) -> None:
        """
        What is no section is told, with those that are.
        """
        self.assertEqual(checkSection("5.5"), "5.5")
        for text in ("", "12", "5.5.", "5.50", "76", "five"):
            error = self.assertRaises(ValueError, checkSection, text)
            self.assertIn(repr(text), str(error))
            self.assertIn("5.5.1, 5.5.2", str(error))
