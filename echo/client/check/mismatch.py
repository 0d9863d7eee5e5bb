"""
How an echo differs from its message, in one line.
"""

from echo.printable import quoted, shown

# Characters of text and bytes of binary that are shown in full.
_TEXT = 46
_BINARY = 32

# Bytes that are shown from the first difference on.
_AROUND = 8


def mismatch(came: str | bytes, sent: str | bytes) -> str:
    """
    @param came: What the server sent.

    @param sent: What it should have sent.

    @return: Both, if the difference is easy to see; otherwise their lengths, and
        the first difference in bytes.
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
    one, other = (_part(each, at) for each in (cameBytes, sentBytes))
    if type(came) is type(sent) and len(cameBytes) == len(sentBytes):
        kind = "text" if isinstance(came, str) else "binary message"
        return (
            f"sent a {kind} of the same length ({len(cameBytes)} bytes),"
            f" which differs from byte {at} on: {one}, not {other}"
        )
    return f"{text}; the first difference is at byte {at}: {one}, not {other}"


def notUTF8(came: bytes, at: int) -> str:
    """
    @param came: What the server sent as text.

    @param at: Where it is not UTF-8.

    @return: All of it, if it is short; otherwise its length, and the wrong bytes.
    """
    if _isPlain(came):
        return f"sent text that is not UTF-8: {shown(came)}"
    text = f"sent text of {len(came)} bytes that is not UTF-8"
    return f"{text} from byte {at} on: {_part(came, at)}"


def _isPlain(message: str | bytes) -> bool:
    if isinstance(message, bytes):
        return len(message) <= _BINARY
    # Others can look alike: a composed character and a decomposed one.
    return len(message) <= _TEXT and message.isascii()


def _described(message: str | bytes) -> str:
    if isinstance(message, str):
        return f"text {quoted(message)}"
    return f"binary {shown(message)}" if message else "an empty binary message"


def _measured(message: str | bytes, data: bytes) -> str:
    kind = "text" if isinstance(message, str) else "binary"
    return f"{kind} of {len(data)} bytes"


def _bytes(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else message


def _part(data: bytes, at: int) -> str:
    part = data[at : at + _AROUND]
    return f"0x{part.hex()}" if part else "the end"
