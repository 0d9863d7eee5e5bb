"""
One line about an echo that differs from its message.
"""

from echo.printable import messageText, quoted

# Characters of text and bytes of binary messages that are shown in full.
_TEXT = 46
_BINARY = 32

# Bytes shown from the first difference on.
_AROUND = 8


def mismatch(came: str | bytes, sent: str | bytes) -> str:
    """
    @return: Both messages if they are short; otherwise their lengths, and the first
        difference in bytes.
    """
    if _isPlain(came) and _isPlain(sent):
        return f"sent {_described(came)}, not {_described(sent)}"
    cameBytes, sentBytes = _bytes(came), _bytes(sent)
    text = f"sent {_measured(came, cameBytes)}, not {_measured(sent, sentBytes)}"
    if cameBytes == sentBytes:
        return text
    pairs = enumerate(zip(cameBytes, sentBytes, strict=False))
    ends = min(len(cameBytes), len(sentBytes))
    at = next((number for number, (a, b) in pairs if a != b), ends)
    parts = f"{_part(cameBytes, at)}, not {_part(sentBytes, at)}"
    if type(came) is type(sent) and len(cameBytes) == len(sentBytes):
        kind = "text" if isinstance(came, str) else "binary message"
        return (
            f"sent a {kind} of the same length ({len(cameBytes)} bytes),"
            f" which differs from byte {at} on: {parts}"
        )
    return f"{text}; the first difference is at byte {at}: {parts}"


def notUTF8(payload: bytes, at: int) -> str:
    """
    @param at: The offset of the first byte that is not UTF-8.

    @return: The payload if it is short; otherwise its length, and the invalid bytes.
    """
    if _isPlain(payload):
        return f"sent text that is not UTF-8: {messageText(payload)}"
    text = f"sent text of {len(payload)} bytes that is not UTF-8"
    return f"{text} from byte {at} on: {_part(payload, at)}"


def _isPlain(message: str | bytes) -> bool:
    if isinstance(message, bytes):
        return len(message) <= _BINARY
    # Outside ASCII, different texts can look alike: "e" and a combining accent, "é".
    return len(message) <= _TEXT and message.isascii()


def _described(message: str | bytes) -> str:
    if isinstance(message, str):
        return f"text {quoted(message)}"
    return f"binary {messageText(message)}" if message else "an empty binary message"


def _measured(message: str | bytes, data: bytes) -> str:
    kind = "text" if isinstance(message, str) else "binary"
    return f"{kind} of {len(data)} bytes"


def _bytes(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else message


def _part(data: bytes, at: int) -> str:
    part = data[at : at + _AROUND]
    return f"0x{part.hex()}" if part else "the end"
