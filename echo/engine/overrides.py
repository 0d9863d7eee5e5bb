"""
Which of Autobahn's methods a protocol class overrides.

L{echo.engine.client} asks: a subclass that overrides a method which sees messages or
their frames gets all messages from Autobahn.
"""

#: Methods that see messages as they arrive.
READING = (
    *("_dataReceived", "consumeData", "processData"),
    *("onFrameBegin", "onFrameData", "onFrameEnd"),
    *("_onMessageBegin", "_onMessageFrameBegin", "_onMessageFrameData"),
    *("_onMessageFrameEnd", "_onMessageFrame", "_onMessageEnd", "_onMessage"),
    *("onMessageBegin", "onMessageFrameBegin", "onMessageFrameData"),
    *("onMessageFrameEnd", "onMessageFrame", "onMessageEnd", "onMessage", "fire"),
)

#: Methods that see messages as they are sent.
WRITING = ("sendMessage", "sendFrame")


def overrides(kind: type, base: type, names: tuple[str, ...]) -> bool:
    return any(getattr(kind, name) is not getattr(base, name) for name in names)
