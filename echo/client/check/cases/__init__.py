"""
The cases of C{echo-client check}, by topic.

    table                all cases in their order, selected by section
    case                 what a case consists of; makes the common kinds
    openinghandshake     RFC 6455, 4, 9.1 and 10.4
    messages             5.2, 5.3, 5.6, and the server's own frames
    fragmentation        5.4, also control frames between fragments
    controlframes        pings and pongs, 5.5.2 and 5.5.3, and all control frames, 5.5
    closinghandshake     5.5.1, 7.1 and 7.4
    invalidframes        data frames that a server must refuse, 5.1, 5.2, 8.1 and 10.4
    permessagedeflate    RFC 7692

To add a case, add a row to C{CASES} in the module of its section. A case knows its
L{Conversation<echo.client.check.conversation.Conversation>} and nothing else: no
options, no output, no other case.
"""
