"""
Tests of the internal names of other libraries: each library has one room that knows
them. Everywhere else only public and documented names are used.
"""

from twisted.trial.unittest import SynchronousTestCase

from tests.architecture import today
from tests.architecture.code import isWithin
from tests.architecture.insides import LIBRARIES, uses

#: The room that knows a library's internal names: one package for Autobahn, one module
#: for each other library.
ROOMS = {
    "Autobahn": "echo.engine",
    "HAProxy": "echo.server.proxyprotocol",
    "TLS": "echo.server.fastpath.tlstransport",
    "twisted.web": "echo.server.http.channel",
    "twisted.internet": "echo.writebuffer",
}


class InsidesTests(SynchronousTestCase):
    """
    Internal names stand in one room a library.
    """

    def test_rooms(self) -> None:
        """
        A module uses internal names only of the library whose room it is in.
        """
        found = [
            f"{use.place}: {use.name} ({use.library})"
            for use in uses()
            if not isWithin(use.module, ROOMS[use.library])
            and (use.library, use.module) not in today.INSIDES
        ]
        self.assertEqual(found, [])

    def test_each(self) -> None:
        """
        Each library has a room.
        """
        self.assertEqual({library.name for library in LIBRARIES}, set(ROOMS))
