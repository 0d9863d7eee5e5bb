"""
What breaks the rules of this package today. These lists only shrink.
"""

#: (importing module, imported package).
IMPORTS = {
    ("echo.child", "echo.server"),
    ("echo.child", "echo.tap"),
}

#: Modules of more than 300 lines without a reason.
LONG = {
    "echo.client.check.conversation",
    "echo.client.measure.distribution",
    "echo.client.run.fleet",
    "echo.client.run.probe",
    "echo.server.behaviour.performer",
    "echo.server.conversation.handshake",
    "echo.server.conversation.protocol",
}

#: Packages with too many modules.
LARGE = {"echo.client.check"}

#: File names with two meanings.
FILE_NAMES = {"behaviour", "compression", "conversation"}

#: Packages whose docstring does not name each of their modules.
UNMAPPED = {
    "echo.client.check",
    "echo.client.measure",
    "echo.client.run",
    "echo.server.behaviour",
    "echo.server.conversation",
    "echo.server.fastpath",
    "echo.testing",
}

#: Classes with more than three of our own above them.
BASES = {
    "echo.client.check.exchange.Wire",
    "echo.server.conversation.protocol.EchoProtocol",
}

#: Complaints of mypy about mixins that are ignored.
IGNORED = 40

#: Modules that replace methods at run time.
REPLACED = {
    "echo.server.behaviour.performer",
    "echo.server.behaviour.throttle",
    "echo.server.conversation.handshake",
}

#: Public names of several classes.
CLASS_NAMES = {
    "Answer",
    "Handshake",
    "Lines",
    "Pings",
    "PlainPath",
    "Request",
    "RoundTrips",
    "Tally",
    "Turns",
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
