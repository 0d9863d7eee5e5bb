"""
Room for many sockets: how many descriptors a process may have open.
"""

import resource
from collections.abc import Callable
from pathlib import Path

#: What else a process opens while it runs: the second address of a host that is
#: being tried, files of the resolver, a report.
MARGIN = 64

_Limits = tuple[int, int]


def requireDescriptors(
    count: int,
    getLimits: Callable[[int], _Limits] = resource.getrlimit,
    setLimits: Callable[[int, _Limits], None] = resource.setrlimit,
    descriptors: Path = Path("/dev/fd"),
) -> None:
    """
    Make sure that so many sockets can be opened, beside what is open already.

    @param getLimits: What tells the soft and the hard limit of a resource, and
        C{setLimits} what sets them.

    @param descriptors: A directory that has an entry for each open descriptor.

    @raise ValueError: They cannot; the message says what would be right.
    """
    needed = count + sum(1 for _ in descriptors.iterdir()) + MARGIN
    soft, hard = getLimits(resource.RLIMIT_NOFILE)
    if _covers(soft, needed):
        return
    if not _covers(hard, needed):
        raise ValueError(_tooFew(count, needed, hard))
    try:
        # Not without limit, even if that is allowed: some systems refuse it.
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
