"""
Whether a server speaks WebSocket as RFC 6455 demands it.

  - L{run<echo.client.check.runner>} runs cases, each on a connection of its own.
  - L{cases<echo.client.check.cases>} is the table of all cases. They are in
    C{handshake}, C{messages}, C{fragments}, C{control}, C{close}, C{violations} and
    C{deflate}; C{case} is what they are made of.
  - L{conversation<echo.client.check.conversation>} is what a case sees of a
    connection. Below it, C{exchange} moves bytes; C{frames}, C{upgrade} and
    C{compression} read and write them, right or wrong on purpose.
  - L{verdict<echo.client.check.verdict>} is what is said of a server, and
    C{mismatch} how an echo differs.

Nothing here knows Autobahn's frames, options or output.
"""
