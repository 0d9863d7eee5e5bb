"""
Tests of L{echo.client.transport.tlserrors}.
"""

from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from echo.client.transport.tls import TLS
from echo.client.transport.tlserrors import errorText
from tests.kit.certificates import (
    AUTHORITY,
)

TRUSTING = TLS(authorities=AUTHORITY.pem)


class TextTests(SynchronousTestCase):
    """
    L{errorText}.
    """

    def test_eachReasonOnce(self) -> None:
        """
        Each of OpenSSL's reasons appears once. Without any, the text is general.
        """
        twice = [("SSL routines", "", "bad thing"), ("x", "y", "bad thing")]
        self.assertEqual(errorText(SSL.Error(twice)), "bad thing")
        self.assertEqual(errorText(SSL.Error()), "TLS failed")
        self.assertEqual(errorText(SSL.Error([])), "TLS failed")
        self.assertEqual(errorText(SSL.SysCallError(-1, "odd")), "TLS failed")
