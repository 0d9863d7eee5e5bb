"""
Which of Autobahn's methods a protocol class overrides.

L{echo.engine.client} asks: a subclass that overrides a method which sees messages or
their frames gets all messages from Autobahn.
"""

_READING = (
    *("_dataReceived", "consumeData", "processData"),
    *("onFrameBegin", "onFrameData", "onFrameEnd"),
    *("_onMessageBegin", "_onMessageFrameBegin", "_onMessageFrameData"),
    *("_onMessageFrameEnd", "_onMessageFrame", "_onMessageEnd", "_onMessage"),
    *("onMessageBegin", "onMessageFrameBegin", "onMessageFrameData"),
    *("onMessageFrameEnd", "onMessageFrame", "onMessageEnd", "onMessage", "fire"),
)
_WRITING = ("sendMessage", "sendFrame")


def overridesReading(kind: type, base: type) -> bool:
    """
    @return: Whether a class overrides a method of its base class that sees messages as
        they arrive.
    """
    return _overrides(kind, base, _READING)


def overridesWriting(kind: type, base: type) -> bool:
    """
    @return: The same for messages that are sent.
    """
    return _overrides(kind, base, _WRITING)


def _overrides(kind: type, base: type, names: tuple[str, ...]) -> bool:
    return any(getattr(kind, name) is not getattr(base, name) for name in names)
