"""
The options of C{echo-client merge}.
"""

from dataclasses import replace

from echo.client.measure.gates import Gates
from echo.client.program import demandoptions
from echo.client.program.dialoptions import OutputOptions
from echo.usage import UsageError


class MergeOptions(OutputOptions):
    """
    The options of a merge.

    @ivar gates: The demands on all runs together.
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

    gates: Gates

    def parseArgs(self, *arguments: str) -> None:
        if not arguments:
            raise UsageError("expected the files of runs with --json, got none")
        self["files"] = arguments

    def postOptions(self) -> None:
        super().postOptions()
        self.gates = demandoptions.makeGates(self)
        self.display = replace(
            self.display, quiet=True, histogram=bool(self["histogram"])
        )
