"""
The cases of C{echo-client check}, by topic.

  - C{table} lists all cases in their order, and selects them by section.
  - C{case} is what a case consists of, and makes the common kinds.
  - C{openinghandshake}: RFC 6455, 4, 9.1 and 10.4.
  - C{messages}: 5.2, 5.3, 5.6, and the server's own frames.
  - C{fragmentation}: 5.4.
  - C{controlframes}: pings and pongs, 5.5.2 and 5.5.3, and all control frames, 5.5.
  - C{closinghandshake}: 5.5.1, 7.1 and 7.4.
  - C{invalidframes}: data frames that a server must refuse, 5.1, 5.2, 8.1 and 10.4.
  - C{permessagedeflate}: RFC 7692.

To add a case, add a row to C{CASES} in the module of its section. A case knows its
L{Conversation<echo.client.check.conversation.Conversation>} and nothing else: no
options, no output, no other case.
"""
