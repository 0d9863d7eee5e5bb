"""
Warnings about variables C{ECHO_...} that no option reads: most are typing errors.

One environment can serve the daemon and the client. So the variables of both are
known here, as names only: neither program imports the other. A test compares the
names with the options.
"""

import difflib
import re
from collections.abc import Collection, Mapping

from echo.printable import printable

#: Variables of the daemon's options, without C{ECHO_}.
DAEMON = """
    ALLOW_ORIGIN BEHAVIOURS CLIENT_CA COMPRESSION DRAIN HANDSHAKE_TIMEOUT LISTEN
    LISTEN_TLS LOG_CONNECTIONS LOG_MESSAGES MAX_CONNECTIONS MAX_DELAY MAX_MESSAGE
    MAX_REPEAT METRICS MIN_INTERVAL NO_BEHAVIOURS NO_COMPRESSION NO_LOG_CONNECTIONS
    NO_LOG_MESSAGES NO_SHOW_SECRETS PING_INTERVAL PING_TIMEOUT SHOW_SECRETS
    STALL_TIMEOUT SUBPROTOCOL TLS_CERT TLS_KEY TRUST_PROXY
"""

#: Variables of the client's options, without C{ECHO_}.
CLIENT = """
    BINARY CACERT CERT CLOSE_TIMEOUT COLOR COMPRESSION CONNECTIONS COUNT DEADLINE
    EXPECT_CLOSE EXPECT_COMPRESSION EXPECT_SUBPROTOCOL GREETING HEADER HISTOGRAM HOLD
    HOLD_PING INSECURE INTERVAL JSON JUNIT KEY LINES LIST MAX_LOSS MAX_RTT MESSAGE
    MIN_RATE NO_BINARY NO_COMPRESSION NO_EXPECT_COMPRESSION NO_HISTOGRAM NO_HOLD
    NO_INSECURE NO_JSON NO_LINES NO_LIST NO_PING NO_QUIET NO_RECONNECT NO_SHOW_SECRETS
    NO_VERBOSE ORIGIN PING PLOT PROXY QUIET RAMP RATE RECONNECT RESOLVE SECTION
    SHOW_SECRETS SIZE SUBPROTOCOL SWEEP TIMEOUT UNIX_SOCKET VERBOSE WARMUP
"""

#: Variables of the data path and of the tests; and the switches of each program, which
#: the environment cannot set.
OTHERS = "EXAMPLES HELP USE_PUMP USE_WIRE VERSION"

_KNOWN = {f"ECHO_{name}" for name in (DAEMON + CLIENT + OTHERS).split()}

# Kubernetes and Docker set these for a service that is called "echo".
_SERVICE = re.compile(
    r"ECHO_SERVICE_(?:HOST|PORT(?:_\w+)?)=.*"
    r"|ECHO_PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?=.*"
    r"|ECHO_PORT=(?:tcp|udp|sctp)://.*",
    re.DOTALL,
)


def unknownVariables(
    environment: Mapping[str, str], options: Collection[str]
) -> list[str]:
    """
    @param options: The variables that the running program reads.

    @return: A warning for each unknown variable, with the nearest known name.
    """
    known = _KNOWN.union(options)
    return [
        f"{printable(name)} in the environment is unknown: did you mean"
        f" {_nearest(name, known)}?"
        for name, value in sorted(environment.items())
        if name.startswith("ECHO_")
        and name not in known
        and not _SERVICE.fullmatch(f"{name}={value}")
    ]


def _nearest(name: str, known: Collection[str]) -> str:
    # The time that a comparison takes grows with the name.
    return difflib.get_close_matches(name[:64].upper(), sorted(known), 1, 0.0)[0]
