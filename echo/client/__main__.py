"""
The entry point of C{echo-client} and of C{python -m echo.client}.
"""

import signal
import sys


def main() -> int:
    # Loading takes a moment. Ctrl-C ends the process at once until it is done: there is
    # no connection to close yet.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from echo.client.program.main import main as run  # noqa: PLC0415  (after the signal)

    return run()


if __name__ == "__main__":  # pragma: no cover  (tests run it in processes of their own)
    sys.exit(main())
