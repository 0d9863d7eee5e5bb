"""
The combinations of options that do not work, and the errors that name them.
"""

from echo.client.program.dialoptions import DialOptions
from echo.usage import UsageError

# Options that exclude others: those have no effect, or no meaning, in that mode.
_SENDS_NOTHING = (
    "count message binary size lines warmup greeting ping interval "
    "max-loss max-rtt min-rate plot histogram reconnect sweep connections"
)
_EXCLUDED = {
    "hold": _SENDS_NOTHING.split(),
    "sweep": ["size", "message", "lines", "reconnect"],
    "connections": ["lines", "ping", "plot", "reconnect", "sweep"],
    "lines": ["size"],
    "reconnect": ["expect-close"],
}
_NEEDED = {"ramp": "connections", "rate": "connections", "lines": "message"}


def checkCombinations(options: DialOptions) -> None:
    """
    @raise UsageError: Two options exclude each other, or one needs another.
    """
    for name, others in _EXCLUDED.items():
        for other in others:
            if _isGiven(options, name) and _isGiven(options, other):
                raise UsageError(_conflict(options, name, other))
    for name, other in _NEEDED.items():
        if _isGiven(options, name) and not _isGiven(options, other):
            raise UsageError(f"{options.source(name)} needs --{other}")
    if options["lines"] and options["message"] != "@-":
        raise UsageError(f"{options.source('lines')} needs --message @-")


def _conflict(options: DialOptions, name: str, other: str) -> str:
    text = f"{options.source(other)} does not work with {options.source(name)}"
    if "connections" not in (name, other):
        return text
    own = {row[0] for row in (*options.optFlags, *options.optParameters)} | {"max-rtt"}
    own -= {"connections", "hold", "hold-ping", *_EXCLUDED["connections"]}
    listed = ", ".join(f"--{each}" for each in sorted(map(str, own)))
    return f"{text}; with --connections, these do: {listed}"


def _isGiven(options: DialOptions, name: str) -> bool:
    value = options.get(name)
    # A user gave a time or a share of 0.0: no default is that.
    return isinstance(value, float) or value not in (None, 0, [])
