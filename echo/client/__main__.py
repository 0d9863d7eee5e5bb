"""
Where C{echo-client} and C{python -m echo.client} begin.
"""

import signal
import sys


def main() -> int:
    """
    Load the program, which takes a moment, and run it.

    @return: The exit status.
    """
    # Until there is something to leave politely, Ctrl-C is just the end.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from echo.client.program.main import main as run  # noqa: PLC0415  only after that

    return run()


if __name__ == "__main__":  # pragma: no cover  (tests run it in processes of their own)
    sys.exit(main())
