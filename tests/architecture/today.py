"""
What breaks the rules of this package today. These lists only shrink.
"""

#: Modules of more than 300 lines without a reason.
LONG = {
    "echo.client.run.fleet",
    "echo.server.behaviour.performer",
    "echo.server.conversation.handshake",
    "echo.server.conversation.protocol",
}

#: Packages whose docstring does not name each of their modules.
UNMAPPED = {
    "echo.client.measure",
    "echo.client.run",
    "echo.server.behaviour",
    "echo.server.conversation",
    "echo.server.fastpath",
    "echo.testing",
}

#: Classes with more than three of our own above them.
BASES = {"echo.server.conversation.protocol.EchoProtocol"}

#: Ignored errors of mypy about mixins.
IGNORED = 16

#: Modules that replace methods at run time.
REPLACED = {
    "echo.server.behaviour.performer",
    "echo.server.behaviour.throttle",
    "echo.server.conversation.handshake",
}

#: Modules outside its room that use a library's internal names.
INSIDES = {
    ("Autobahn", "echo.server.behaviour.performer"),
    ("Autobahn", "echo.server.conversation.fairness"),
    ("Autobahn", "echo.server.conversation.handshake"),
    ("Autobahn", "echo.server.conversation.hookfailures"),
    ("Autobahn", "echo.server.conversation.keepalive"),
    ("Autobahn", "echo.server.conversation.onconnect"),
    ("Autobahn", "echo.server.conversation.protocol"),
    ("Autobahn", "echo.server.fastpath.fastpath"),
}
