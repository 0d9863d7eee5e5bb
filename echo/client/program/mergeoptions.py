"""
The options of C{echo-client merge}.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from echo.client.measure.gates import Gates
from echo.client.output.display import Display
from echo.client.program import demandoptions
from echo.client.program.dialoptions import OutputOptions
from echo.usage import UsageError


@dataclass(frozen=True)
class MergeSettings:
    """
    The files to read, of which C{-} is standard input, and the demands on all runs.
    """

    files: Sequence[str]
    gates: Gates


class MergeOptions(OutputOptions):
    """
    The options of a merge.
    """

    synopsis = "Usage: echo-client merge [options] FILE..."
    longdesc = (
        "Add up the summaries of runs that wrote --json into FILE. The percentiles are"
        " those of all round trips together. - is standard input."
    )
    groups = {
        "Thresholds": demandoptions.GROUP,
        "Output": ["json", "histogram", "color WHEN"],
    }
    tables = {
        "Exit status": {
            "0": "all messages of all runs came back as sent",
            "1": "some did not, or a demand does not hold",
            "2": "an option or a file is invalid",
            "5": "a server broke the protocol",
            "6": "a server ended a run early",
        },
    }
    optFlags = [demandoptions.HISTOGRAM]
    optParameters = demandoptions.PARAMETERS
    converters = {
        **OutputOptions.converters,
        **demandoptions.CONVERTERS,
    }
    opt_max_rtt = demandoptions.opt_max_rtt

    settings: MergeSettings

    def parseArgs(self, *arguments: str) -> None:
        if not arguments:
            raise UsageError("expected the files of runs with --json, got none")
        self["files"] = arguments

    def postOptions(self) -> None:
        super().postOptions()
        self.settings = MergeSettings(self["files"], demandoptions.makeGates(self))
        self.display = Display(
            json=bool(self["json"]),
            color=self["color"],
            quiet=True,
            histogram=bool(self["histogram"]),
        )
