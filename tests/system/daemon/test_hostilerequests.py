"""
Invalid behaviours and hostile requests: the daemon answers with a safe 400.
"""

import json
from collections.abc import Iterable
from typing import Any

from websockets.frames import Opcode

from tests.kit.handshake import upgradeRequest
from tests.kit.processes import PATIENCE
from tests.system.daemon.behaviours import BehavioursTestCase

# Valid values.
_GOOD = {
    "delay": "1s",
    "jitter": "1s",
    "close": "4001",
    "reason": "bye",
    "after": "3",
    "abort": "1",
    "drop": "0.5",
    "dup": "0.5",
    "repeat": "2",
    "fragment": "1k",
    "tick": "1s",
    "ping": "1s",
    "nopong": "1",
    "mute": "1",
    "slow": "1k/s",
    "status": "503",
    "subprotocol": "chat",
    "seed": "1",
    "info": "1",
}


# Values that are invalid for every parameter. (Without close=, so is any reason.)
_BAD = (
    *(b"", b"+", b"%20", b"=", b"1=1", b"1,5", b"1+1", b"1%00", b"%00", b"%09", b"1;2"),
    *(b"%2b1/s", b"nan(0)", b"0x10/s", b"%D9%A1", b"%EF%BC%91", b"9" * 400 + b"/"),
    *(b"%ff", b"%c3", b"%ed%a0%80", b"%f8%88%80%80%80", b"%c0%80", b"%", b"%zz", b"1%"),
    *(b"%0d%0aX-Evil:+1", b"1%0aX-Evil:%201", b"%e2%80%ae1", b"%1b[31m", b"%c2%85"),
    *(b"<script>alert(1)</script>", b"\"'><img+src=x>", b"%3Cb%3E", b"?"),
    *(b"a" * 9000 + b"/", b"%00" * 3000, b"[]", b"{}", b"\\"),
)


# Values that are invalid for all but subprotocol.
_NO_NUMBERS = (
    *(
        b"-1",
        b"-1s",
        b"--1",
        b"%2b1s",
        b"1e400s",
        b"-inf",
        b"-nan",
        b"1_000s",
        b"garbage",
    ),
    *(b"#", b"1#", b"`", b"|", b"^", b"'", b"None"),
)


# Values that are invalid for one parameter.
_WRONG = {
    "delay": ["x", "nan", "inf", "1d", "1e3s", "1e400", "9999999999s", "999999999h"],
    "jitter": ["x", "nan", "inf", "1d", "1e3s", "1e400", "9999999999s", "999999999h"],
    "close": [
        *("0", "999", "1004", "1005", "1006", "1015", "1016", "2999", "5000", "65536"),
        *("nan", "inf", "4001s", "4001.0", "9" * 400),
    ],
    "reason": ["x", "nan", "x" * 200],
    "after": ["0", "0s", "1.5", "x", "nan", "inf", "1d", "9" * 19, "9" * 400],
    "abort": ["2", "yes", "true", "01", "nan", "9" * 400],
    "drop": ["1.1", "2", "1.0000000001", "10%25", "1e-1", "nan", "inf", "9" * 400],
    "dup": ["1.1", "2", "1.0000000001", "10%25", "1e-1", "nan", "inf", "9" * 400],
    "repeat": ["0", "1.5", "x", "nan", "inf", "9" * 19],
    "fragment": ["0", "0k", "1.5k", "1t", "x", "nan", "9" * 19],
    "tick": ["0", "0s", "0.0000000001", "x", "nan", "inf", "9999999999s"],
    "ping": ["0", "0s", "0.0000000001", "x", "nan", "inf", "9999999999s"],
    "nopong": ["2", "yes", "true", "01", "nan", "9" * 400],
    "mute": ["2", "yes", "true", "01", "nan", "9" * 400],
    "slow": ["0", "0/s", "1/m", "1k/", "/s", "x", "nan", "9" * 19],
    "status": ["0", "100", "101", "199", "600", "1000", "x", "nan", "9" * 400],
    "subprotocol": ["a,b", "a%20b", "a;b", "a/b", "%C3%BC", "%7f"],
    "seed": ["1.5", "x", "nan", "inf", "9" * 19, "0x10"],
    "info": ["2", "yes", "true", "01", "nan", "9" * 400],
}


# Values beyond the limits, and the values in effect.
_HUGE = {
    "delay=999999999s": "delay=60s",
    "delay=277777h": "delay=60s",
    "jitter=999999999s&seed=1": "jitter=60s&seed=1",
    "repeat=999999999999999999": "repeat=100",
    "tick=1us": "tick=10ms",
    "ping=0.000000001": "ping=10ms",
    "tick=999999999s": "tick=999999999s",
    "fragment=999999999999999999g": "fragment=999999999999999999g",
    "slow=999999999999999999g/s": "slow=999999999999999999g/s",
    "close=4999&after=999999999999999999": "close=4999&after=999999999999999999",
    "close=4999&after=999999999s": "close=4999&after=999999999s",
    "drop=0.000000001&seed=999999999999999999": (
        "drop=0.000000001&seed=999999999999999999"
    ),
    "dup=.000000001&seed=0": "dup=0.000000001&seed=0",
}


_NAMES = (
    *(b"Delay", b"delays", b"", b"delay+", b"delay%00", b"%00", b"__proto__", b"%ff"),
    *(b"x" * 9000, b"%0d%0aX-Evil:%201", b"<script>", b"%e2%80%ae", b"'"),
)


class InvalidBehaviourTests(BehavioursTestCase):
    """
    Queries that are no behaviour.
    """

    def setUp(self) -> None:
        """
        Start a daemon.
        """
        super().setUp()
        self.serve()
        self.addCleanup(self.assertUnharmed, self.daemon.sockets())

    def refusal(self, query: bytes) -> str:
        """
        @return: The line that names the mistake in a query.
        """
        request = upgradeRequest("/socket?*").replace(b"*", query, 1)
        status, body = self.assertSafe(self.exchange(request))
        self.assertEqual(status, 400, query)
        text = body.decode()
        self.assertEqual(text[-1:], "\n", query)
        self.assertTrue(text[:-1].isprintable(), query)
        self.assertLess(len(text), 500, query)
        return text[:-1]

    def test_eachParameterWithEachInvalidValue(self) -> None:
        """
        400, and one line that names the parameter.
        """
        self.assertEqual(_GOOD.keys(), _WRONG.keys())
        for name in _GOOD:
            others = () if name == "subprotocol" else _NO_NUMBERS
            wrong = (value.encode() for value in _WRONG[name])
            for value in (*_BAD, *others, *wrong):
                told = self.refusal(name.encode() + b"=" + value)
                self.assertTrue(told.startswith(f"{name}: "), (name, value, told))
        for name, good in _GOOD.items():
            told = self.refusal(f"{name}={good}&{name}={good}".encode())
            self.assertEqual(told, f"{name}: is there twice, once is right")
            for query in [name, f"{name}=", f"&&{name}&"]:
                told = self.refusal(query.encode())
                self.assertTrue(told.startswith(f'{name}: "" is not '), told)
        for unknown in _NAMES:
            for first in b"", b"delay=1s&":
                told = self.refusal(first + unknown + b"=1")
                self.assertRegex(told, r" is no parameter: | is not percent-encoded")
        for name in "reason", "after":
            told = self.refusal(f"{name}=2".encode())
            self.assertRegex(told, f"{name}: .*: add close=4001")

    def test_eachByte(self) -> None:
        """
        Raw and percent-encoded.
        """
        for byte in range(256):
            self.refusal(b"delay=/%%%02x" % byte)
            request = upgradeRequest("/socket?*")
            answer = self.exchange(
                request.replace(b"*", b"delay=/" + bytes([byte]) + b"/", 1)
            )
            status, body = self.assertSafe(answer)
            self.assertEqual(status, 400)
            # twisted.web itself refuses bytes that no target may have.
            if 0x20 < byte < 0x7F and byte not in b"&":
                self.assertTrue(body.startswith(b"delay: "), (byte, body))

    def test_hugeValuesAreCapped(self) -> None:
        for query, applied in _HUGE.items():
            client = self.ask(query)
            self.assertEqual(self.applied(client), applied)
            self.assertTrue(client.ping().wait(PATIENCE))
            client.close()

    def test_queryOf64KiBIsTooLong(self) -> None:
        """
        Shorter ones are parsed.
        """
        for query in [
            b"delay=" + b"1" * 65536,
            b"&" * 65536,
            b"delay=1s&" * 7282,
            b"%00" * 21846,
            b"reason=" + b"\xff" * 65536,
        ]:
            for path in [b"/socket", b"/info", b"/"]:
                request = (
                    b"GET " + path + b"?" + query + b" HTTP/1.1\r\nHost: a\r\n\r\n"
                )
                status, body = self.assertSafe(self.exchange(request))
                self.assertEqual((status, body.count(b"\n")), (414, 1))
                self.assertIn(b"too long", body)

        # Shorter ones are read.
        for query in [
            b"close=4001&reason=" + b"%e2%82%ac" * 1700,
            b"delay=" + b"0" * 15000 + b"1s",
            b"x" * 15000 + b"=1",
            b"delay=1s&" * 1600,
            b"&" * 15000 + b"delay",
            b"%" * 15000,
        ]:
            self.refusal(query)


class HostileInfoTests(BehavioursTestCase):
    """
    Requests whose fields the daemon repeats, in C{/info} and C{info=1}.
    """

    def test_repeatedFieldsAreHarmless(self) -> None:
        self.serve()
        sockets = self.daemon.sockets()
        self.values()
        self.names()
        self.targets()
        self.attempts()
        self.many()
        self.conversation()
        self.assertUnharmed(sockets)

    def told(self, lines: bytes, target: bytes = b"/info") -> Any:
        """
        @param lines: Header fields.

        @return: What C{/info} repeats; None if the request was refused.
        """
        request = b"GET " + target + b" HTTP/1.0\r\nHost: a\r\n" + lines + b"\r\n\r\n"
        status, body = self.assertSafe(self.exchange(request))
        if status != 200:
            self.assertIn(status, (400, 431), lines)
            self.assertEqual(body.count(b"\n"), 1)
            return None
        self.assertEqual(body[-1:], b"\n")
        for byte in body[:-1]:
            self.assertTrue(0x20 <= byte <= 0x7E, body)
        for character in b"<>&'":
            self.assertNotIn(character, body)
        return json.loads(body)

    def expected(self, value: bytes) -> str:
        """
        @return: The text for the bytes of a value.
        """
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("latin-1")

    def values(self) -> None:
        """
        Every byte in a value is unchanged, or refused.
        """
        accepted = set()
        for byte in range(256):
            value = b"a" + bytes([byte]) + b"b"
            told = self.told(b"X-Test: " + value)
            if told is not None:
                self.assertEqual(
                    told["headers"], [["Host", "a"], ["X-Test", self.expected(value)]]
                )
                accepted.add(byte)
        self.assertLessEqual({0x09, *range(0x20, 0x7F), *range(0x80, 0x100)}, accepted)
        self.assertFalse(accepted & {0x00, 0x0A, 0x0D})

    def names(self) -> None:
        """
        Every byte in a name.
        """
        for byte in range(256):
            told = self.told(b"X-a" + bytes([byte]) + b"b: 1")
            if told is not None:
                self.assertEqual(len(told["headers"]), 2)

    def targets(self) -> None:
        """
        Every byte in the target.
        """
        for byte in range(256):
            told = self.told(b"X: 1", b"/info?a" + bytes([byte]) + b"b=<'&>")
            if told is not None:
                self.assertIn("b=<'&>", told["request"])

    def attempts(self) -> None:
        """
        Known attacks: markup, quotes, second and folded header lines.
        """
        for value in [
            b"<script>alert(1)</script>",
            b"</script><script>alert(1)//",
            b"\"'`><img src=x onerror=alert(1)>",
            b"&lt;script&gt; &#60; <!-- ]]>",
            b'\\u003cscript\\u003e \\" \\n',
            b'"}, "host": "evil"',
            b"\xe2\x80\xa8\xe2\x80\xa9 \xe2\x80\xae \xef\xbb\xbf \xed\xa0\x80",
            b"1%0d%0aX-Evil: 1",
            b"\x1b]0;evil\x07\x1b[2J",
            b"x" * 10_000,
            b"<" * 10_000,
            b"\xff" * 10_000,
        ]:
            told = self.told(b"X-Test: " + value)
            if told is not None:
                self.assertEqual(
                    told["headers"][1:], [["X-Test", self.expected(value)]]
                )
        for lines in [
            b"X-Test: 1\rX-Evil: 1",
            b"X-Test: 1\nX-Evil: 1",
            b"X-Test: 1\r\nX-Evil: 1",
            b"X-Test: 1\r\n X-Evil: 1",
            b"X-Test: 1\r\n\tX-Evil: 1",
            b"X-Test: 1\r\r\nX-Evil: 1",
            b"X-Test\r\n: 1",
            b": 1",
            b"X Test: 1",
            b"X-Test : 1",
            b"X-Test",
            b" X-Test: 1",
            b'X-Forwarded-For: <script>\r\nForwarded: for="<script>"',
        ]:
            self.told(lines)

    def many(self) -> None:
        """
        All of many fields are repeated; too many are refused.
        """
        told = self.told(b"\r\n".join(b"A%d: <%d>" % (n, n) for n in range(400)))
        self.assertEqual(told["headers"][1:], [[f"A{n}", f"<{n}>"] for n in range(400)])
        self.assertIsNone(self.told(b"\r\n".join([b"A: 1"] * 2000)))
        self.assertIsNone(self.told(b"A: " + b"x" * 20_000))

    def conversation(self) -> None:
        """
        C{info=1} is as safe.
        """
        for value in [b"<script>\"'&", b"\xff\xfe", b"\xe2\x80\xae", b"x" * 9000]:
            connection = self.dial(self.port)
            request = upgradeRequest("/socket?info=1", X_Test="*")
            connection.sendall(request.replace(b"*", value))
            answer = b""
            while b"}" not in answer:
                answer += connection.recv(65536)
            head, _, body = answer.partition(b"\r\n\r\n")
            self.assertNotIn(b"X-Test", head)
            self.assertEqual(body[0], 0x80 | Opcode.TEXT)
            text = body[body.index(b"{") :]
            for byte in text:
                self.assertTrue(0x20 <= byte <= 0x7E, text)
            for character in b"<>&'":
                self.assertNotIn(character, text)
            headers: Iterable[Any] = json.loads(text)["headers"]
            self.assertIn(["X-Test", self.expected(value)], headers)
            connection.close()
