"""
The options of C{echo-client check}.
"""

import os
from collections.abc import Mapping
from typing import BinaryIO

from echo.client.check.cases.table import checkSection, select
from echo.client.output.files import checkWritable
from echo.client.program import dialoptions
from echo.client.run.modes.settings import CheckSettings
from echo.usage import UsageError, repeatable


class CheckOptions(dialoptions.DialOptions):
    """
    The options of a check.
    """

    synopsis = "Usage: echo-client check [options] [URL]"
    longdesc = (
        "Check a WebSocket echo server for conformance to RFC 6455. Each demand of the"
        f" RFC has a line.\n\nURL is {dialoptions.DEFAULT_URL} by default."
    )
    groups = {
        "Target": dialoptions.TARGET,
        "TLS": dialoptions.TLS_GROUP,
        "Demands": ["section SECTION", "list"],
        "Time limits": dialoptions.TIMEOUTS,
        "Output": [*dialoptions.OUTPUT, "junit FILE"],
    }
    tables = {
        "Exit status": {
            "0": "the server conforms",
            "1": "it does not conform, or could no longer be reached",
            "2": "an option is invalid",
            "3": "no connection to the server",
            "4": "the server refused the handshake",
            "5": "the server's handshake is not that of RFC 6455",
            "130": "interrupted",
        },
    }
    optFlags = [
        ["list", None, "List the demands, and connect to no server."],
    ]
    optParameters = [
        ["junit", None, None, "Write the verdicts into FILE, as JUnit XML."],
    ]
    converters = {
        **dialoptions.DialOptions.converters,
        "section": checkSection,
        "junit": checkWritable,
    }
    opt_section = repeatable(
        "section",
        "Check this section and those below it: 5.5, or 7692. Repeatable."
        " [default: all]",
    )

    settings: CheckSettings

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        stdin: BinaryIO | None = None,
    ) -> None:
        super().__init__(environment, stdin)
        # A server that does not answer takes this time for each demand.
        self["timeout"] = self.defaults["timeout"] = "5s"
        self.docs["timeout"] = "Wait TIME for the connection, and for each demand."
        self.docs["close-timeout"] = "Wait TIME for the close reply."
        self.docs["quiet"] = "Show only failed demands and the summary."

    def postOptions(self) -> None:
        super().postOptions()
        if self["list"] and self["junit"] is not None:
            raise UsageError(f"{self.source('junit')} does not work with --list")
        self.settings = CheckSettings(
            target=self.target,
            deadline=self["deadline"],
            showSecrets=bool(self["show-secrets"]),
            cases=select(self.get("section", ())),
            junit=self["junit"],
        )
