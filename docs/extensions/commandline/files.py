"""
The files, and where they are installed.
"""

import os
import time
from collections.abc import Mapping

from commandline.completion import script
from commandline.manpage import page
from commandline.programs import CLIENT, DAEMON
from echo import __version__

_COMPLETION = {
    "bash": "share/bash-completion/completions/{}",
    "zsh": "share/zsh/site-functions/_{}",
    "fish": "share/fish/vendor_completions.d/{}.fish",
}


def files(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """
    @param environment: The date of the pages is that of C{SOURCE_DATE_EPOCH}, so that
        a build can be repeated, or today.

    @return: Texts by path.
    """
    seconds = float(environment.get("SOURCE_DATE_EPOCH", time.time()))
    date = time.strftime("%Y-%m-%d", time.gmtime(seconds))
    source = f"wsecho {__version__}"
    client = page(CLIENT, "echo-client", 1, source, date, "twistd-echo(8)")
    found = {"share/man/man1/echo-client.1": client}
    # A page for each name. A link by ".so" works in the directories of man only.
    for names in (("twistd-echo", "wsecho"), ("wsecho", "twistd-echo")):
        found[f"share/man/man8/{names[0]}.8"] = page(
            DAEMON, ", ".join(names), 8, source, date, "echo-client(1), twistd(1)"
        )
    for program in (CLIENT, DAEMON):
        for shell, path in _COMPLETION.items():
            found[path.format(program.name)] = script(program, shell)
    return found
