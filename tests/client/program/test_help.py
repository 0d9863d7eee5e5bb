"""
C{--help} of the program and of its subcommands.
"""

from twisted.trial.unittest import SynchronousTestCase

from echo.client.measure.status import Status
from echo.client.program.checkoptions import CheckOptions
from echo.client.program.mergeoptions import MergeOptions
from echo.client.program.runoptions import RunOptions

_KINDS = (RunOptions, CheckOptions, MergeOptions)


class HelpTests(SynchronousTestCase):
    """
    Tests for the tables of each subcommand.
    """

    def test_width(self) -> None:
        for kind in _KINDS:
            for line in str(kind({})).splitlines():
                self.assertLessEqual(len(line), 80, line)

    def test_eachOptionHasGroup(self) -> None:
        for kind in _KINDS:
            options = kind({})
            grouped = [
                each.split()[0] for group in options.groups.values() for each in group
            ]
            self.assertEqual(len(grouped), len(set(grouped)))
            known = {each.removesuffix("=") for each in options.longOpt}
            self.assertEqual(known - {"help", "version"}, set(grouped))

    def test_eachValueHasPlaceholder(self) -> None:
        for kind in _KINDS:
            options = kind({})
            for group in options.groups.values():
                for each in group:
                    name, _, placeholder = each.partition(" ")
                    self.assertEqual(bool(placeholder), f"{name}=" in options.longOpt)

    def test_exitStatuses(self) -> None:
        """
        The table of the program has all statuses, those of subcommands have some.
        """
        for kind in _KINDS:
            listed = {int(each) for each in kind.tables["Exit status"]}
            self.assertLessEqual(listed, set(Status))
            if kind is RunOptions:
                self.assertEqual(listed, set(Status))
