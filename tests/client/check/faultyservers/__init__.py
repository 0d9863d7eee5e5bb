"""
Servers with one fault each, for the tests of the cases: subclasses of
L{tests.kit.referenceserver.ReferenceServer}.

  - C{handshake}: servers with a fault in the opening handshake.
  - C{messages}: servers that alter or lose messages, or refuse valid ones.
  - C{frames}: servers that send invalid frames, or accept them.
  - C{control}: servers with a fault in pings, pongs and other control frames.
  - C{closing}: servers with a fault in the closing handshake.
  - C{deflate}: servers with permessage-deflate, and one fault in it each.

Servers without a fault that use the freedom of the RFC are beside them.
"""
