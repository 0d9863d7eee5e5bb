"""
Whether the first messages of a server are a greeting: a hint for the user.
"""

from echo.client.measure.matching import Anomaly, Echo

# Messages of the longest greeting that the hint is for: a flood is none.
_LONGEST = 8


class GreetingHint:
    """
    Counts the messages that a server sends before its first echo.
    """

    def __init__(self) -> None:
        self._strangers = 0
        self._echoed = False

    def hint(self, echo: Echo) -> str:
        """
        @param echo: The next message that came.

        @return: What the user can try, to append to a line about the message; empty
            if the message is no greeting.
        """
        if self._echoed:
            return ""
        isAltered = Anomaly.ALTERED in echo.anomalies
        if isAltered or echo.seq is None:
            self._strangers += 1
        else:
            self._echoed = True
        # A server that alters all messages gets the hint once.
        most = 1 if isAltered else _LONGEST
        isLikely = 0 < self._strangers <= most
        if not isLikely:
            return ""
        return f": is it a greeting? Try --greeting {self._strangers}"
