"""
Checks that the process may open as many sockets as a run needs.
"""

import resource
from collections.abc import Callable
from pathlib import Path

#: Descriptors for other files: a second address of a host that is tried, files of the
#: resolver, reports.
MARGIN = 64

_Limits = tuple[int, int]


def requireDescriptors(
    count: int,
    getLimits: Callable[[int], _Limits] = resource.getrlimit,
    setLimits: Callable[[int, _Limits], None] = resource.setrlimit,
    descriptors: Path = Path("/dev/fd"),
) -> None:
    """
    Raise the limit of open descriptors, if C{count} further sockets need that.

    @param getLimits: Returns the soft and the hard limit of a resource; C{setLimits}
        sets them.

    @param descriptors: A directory with an entry for each open descriptor.

    @raise ValueError: The hard limit is too low. The message says how to raise it.
    """
    needed = count + sum(1 for _ in descriptors.iterdir()) + MARGIN
    soft, hard = getLimits(resource.RLIMIT_NOFILE)
    if _covers(soft, needed):
        return
    if not _covers(hard, needed):
        raise ValueError(_tooFew(count, needed, hard))
    try:
        # Some systems refuse RLIM_INFINITY as soft limit, even if it is the hard limit.
        wanted = needed if hard == resource.RLIM_INFINITY else hard
        setLimits(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        raise ValueError(_tooFew(count, needed, soft)) from None


def _covers(limit: int, needed: int) -> bool:
    return limit == resource.RLIM_INFINITY or needed <= limit


def _tooFew(count: int, needed: int, limit: int) -> str:
    return (
        f"{count} connections need {needed} file descriptors, and the limit is "
        f"{limit}: raise it (ulimit -n {needed}, or LimitNOFILE={needed} in a "
        f"systemd unit) or open fewer"
    )
