"""
The daemon in the foreground, without a pid file: C{python -m echo}, or C{wsecho}.

It takes the options of C{twistd echo}, and does what C{twistd -n --pidfile= echo} does.
Any number of them can run in one directory.
"""

import sys
from pathlib import Path

from twisted.scripts import twistd

from echo.tap import Options
from echo.usage import UsageError


def main() -> None:
    """
    Run until a signal ends it.

    @raise SystemExit: An option is invalid: one line, with status 1.
    """
    path, *arguments = sys.argv
    program = Path(path).name.replace("__main__.py", "python -m echo")
    # Parsed here first, so that help and errors name this program and not twistd.
    options = Options()
    options.synopsis = f"Usage: {program} [options]"
    try:
        options.parseOptions(arguments)
    except UsageError as error:
        sys.exit(f"{program}: {error}")
    sys.argv[1:] = ["--nodaemon", "--pidfile=", "echo", *arguments]
    twistd.run()


if __name__ == "__main__":  # pragma: no cover  (tests run it in processes of their own)
    main()
