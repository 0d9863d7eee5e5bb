"""
Tests of L{echo.server.behaviour.parameters}.
"""

from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from echo.server.behaviour.parameters import PARAMETERS, readQuery

#: For each parameter, what it may say and how that is meant, and what it may not.
SAMPLES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "delay": ({"250ms": 0.25, "0": 0.0, "2": 2.0, ".5s": 0.5, "1M": 60.0}, ["5 s"]),
    "jitter": ({"50ms": 0.05, "0s": 0.0}, ["50msec"]),
    "close": (
        {"1000": 1000, "1003": 1003, "1007": 1007, "1014": 1014, "4999": 4999},
        ["0", "999", "1004", "1005", "1006", "1015", "1016", "2999", "5000", "4001.0"],
    ),
    "reason": (
        {"bye": "bye", "a+b%26": "a b&", "%E2%82%AC": "\u20ac", "x" * 123: "x" * 123},
        ["x" * 124, "%E2%82%AC" * 42, "a%0Ab", "a%00", "%C2%85", "%EF%BB%BF"],
    ),
    "after": (
        {"3": 3, "2s": 2.0, "500ms": 0.5, "1H": 3600.0},
        ["0", "0s", "0.0001us", "2.5", "s", "3 messages"],
    ),
    "abort": ({"1": True, "0": False}, ["2", "01", "true", "yes", " 1"]),
    "drop": ({"0": 0.0, ".5": 0.5, "0.1": 0.1, "1": 1.0}, ["1.1", "2", "10%25"]),
    "dup": ({"0.25": 0.25}, ["1.000000001"]),
    "repeat": ({"3": 3, "1": 1, "1" * 18: int("1" * 18)}, ["0", "1.5", "1k"]),
    "fragment": ({"1": 1, "1k": 1024, "64K": 65536}, ["0", "0k", "1.5k", "1kb"]),
    "tick": ({"1s": 1.0, "10ms": 0.01}, ["0", "0ms", "0.1ns"]),
    "ping": ({"1s": 1.0}, ["0", "0.0004us"]),
    "nopong": ({"1": True, "0": False}, ["on"]),
    "mute": ({"1": True, "0": False}, ["-"]),
    "slow": ({"1k/s": 1024, "512": 512, "1%6D/s": 2**20}, ["0", "0/s", "1k/m"]),
    "status": ({"200": 200, "503": 503, "599": 599}, ["0", "101", "199", "600"]),
    "subprotocol": (
        {"chat": "chat", "v1.a~b": "v1.a~b", "a%2Bb": "a+b"},
        ["a b", "a,b", "a/b", '"a"', "%C3%A9"],
    ),
    "seed": ({"0": 0, "42": 42, "9" * 18: 10**18 - 1}, ["4.2", "0x2a", "9" * 19]),
    "info": ({"1": True, "0": False}, ["json"]),
}

#: What no parameter may say, whatever it is for.
GARBAGE = [
    b"",
    b"%",
    b"%z1",
    b"100%",
    b"%4",
    b"%u0031",
    b"\xff",
    b"%ff",
    b"%C3",
    b"%ED%A0%80",
    b"%1B[2J",
    b"\x1b[2J",
    b"1%0D%0ASet-Cookie:+a=b",
    b"%E2%80%AE1",
    "\u202e1".encode(),
    b"%00",
]

#: What no parameter may say that has no text for a value.
NONSENSE = [
    b"-1",
    b"-1s",
    b"nan",
    b"inf",
    b"1e5",
    b"1" * 100,
    b"x",
    b"%D9%A1",
    b"<script>",
    b"'%22%5C",
    b"=",
    b"x" * 65536,
    b"1;2",
]


def refusal(test: SynchronousTestCase, query: bytes, allowed: bool = True) -> str:
    """
    @return: What a peer hears of its query, which is refused; one line that is
        bounded and safe to show.
    """
    line = str(test.assertRaises(ValueError, readQuery, query, allowed))
    test.assertLessEqual(len(line), 300)
    test.assertTrue(line.isprintable(), line)
    return line


class ParameterTests(SynchronousTestCase):
    """
    Each parameter by itself.
    """

    def test_everyParameterHasSamples(self) -> None:
        self.assertEqual(list(SAMPLES), list(PARAMETERS))

    def test_validValues(self) -> None:
        for name, (right, _) in SAMPLES.items():
            for text, value in right.items():
                read = readQuery(f"{name}={text}".encode(), True)
                self.assertEqual(read, {name: value})
                self.assertIs(type(read[name]), type(value), name)

    def test_roundTrip(self) -> None:
        for name, (right, _) in SAMPLES.items():
            for value in right.values():
                text = PARAMETERS[name].text(value)
                self.assertEqual(PARAMETERS[name].read(text), value)

    def test_invalidValueIsNamed(self) -> None:
        """
        The error has the parameter, the value and a valid value.
        """
        for name, (_, wrong) in SAMPLES.items():
            for text in wrong:
                line = refusal(self, f"{name}={text}".encode())
                self.assertTrue(line.startswith(f'{name}: "'), line)
                self.assertIn(f'" is not {PARAMETERS[name].right}', line)

    def test_hintsAreValid(self) -> None:
        for parameter in PARAMETERS.values():
            for text in parameter.right.partition(": try ")[2].split(" (")[0].split():
                if text != "or":
                    parameter.read(text.strip(","))

    def test_garbageIsRefused(self) -> None:
        """
        The error does not contain it unescaped.
        """
        for name in PARAMETERS:
            for text in GARBAGE:
                line = refusal(self, name.encode() + b"=" + text)
                self.assertTrue(line.startswith(f'{name}: "'), line)

    def test_invalidNumbers(self) -> None:
        for name in PARAMETERS:
            for text in NONSENSE:
                if name not in ("reason", "subprotocol"):
                    line = refusal(self, name.encode() + b"=" + text)
                    self.assertTrue(line.startswith(f'{name}: "'), line)

    def test_missingValueIsRefused(self) -> None:
        for name in PARAMETERS:
            line = refusal(self, name.encode())
            self.assertEqual(line, f'{name}: "" is not {PARAMETERS[name].right}')

    def test_codesThatAreNeverSent(self) -> None:
        """
        The error for 1005, 1006 and 1015 says so.
        """
        for code in (1005, 1006, 1015):
            line = refusal(self, f"close={code}".encode())
            self.assertIn("1005, 1006 and 1015 never are; for 1006, abort=1", line)


class QueryTests(SynchronousTestCase):
    """
    Queries of several parameters.
    """

    def test_emptyQuery(self) -> None:
        for query in (b"", b"&", b"&&&&"):
            self.assertEqual(readQuery(query, True), {})

    def test_anyOrder(self) -> None:
        self.assertEqual(
            readQuery(b"&mute=1&&delay=1s&", True), {"mute": True, "delay": 1.0}
        )

    def test_percentEncodedNames(self) -> None:
        """
        An encoded C{&} or C{=} does not separate.
        """
        self.assertEqual(readQuery(b"%6dute=%31", True), {"mute": True})
        self.assertEqual(readQuery(b"reason=a%26b%3Dc=d", True), {"reason": "a&b=c=d"})
        self.assertIn('"mute=1" is no parameter', refusal(self, b"mute%3D1"))

    def test_repeatedParameterIsRefused(self) -> None:
        for name, (right, _) in SAMPLES.items():
            text = f"{name}={next(iter(right))}"
            line = refusal(self, f"{text}&{text}".encode())
            self.assertEqual(line, f"{name}: is there twice, once is right")

    def test_unknownNameListsParameters(self) -> None:
        line = refusal(self, b"=1")
        self.assertEqual(line, f'"" is no parameter: there are {", ".join(PARAMETERS)}')
        for name in (b"x" * 65536, b"%1B", b"%E2%80%AE", b"<script>", b"DELAY"):
            self.assertIn(f"are {', '.join(PARAMETERS)}", refusal(self, name + b"=1"))

    def test_misspeltNameGetsSuggestion(self) -> None:
        for wrong, right in [
            (b"dealy", "delay"),
            (b"Close", "close"),
            (b"ABORT", "abort"),
        ]:
            self.assertIn(f"did you mean {right}?", refusal(self, wrong + b"=1"))

    def test_invalidNameIsRefused(self) -> None:
        for name in (b"%", b"%zz", b"\xff", b"%C3"):
            line = refusal(self, name + b"=1")
            self.assertIn('=1" is not percent-encoded UTF-8', line)

    def test_longQueryHasShortError(self) -> None:
        for query in (b"delay=" + b"%1B" * 20000, b"%" * 65536, b"\x1b" * 65536):
            refusal(self, query)

    def test_longValueIsNotDecoded(self) -> None:
        longest = readQuery(b"subprotocol=" + b"a" * 1024, True)
        self.assertEqual(longest, {"subprotocol": "a" * 1024})
        for value in (b"a" * 1025, b"%41" * 342):
            line = refusal(self, b"subprotocol=" + value)
            self.assertTrue(line.startswith('subprotocol: "'), line)
            self.assertTrue(line.endswith('..." is too long: 1024 bytes will do'), line)

    def test_infoWhereBehavioursAreOff(self) -> None:
        self.assertEqual(readQuery(b"info=1", False), {"info": True})
        for name in {*PARAMETERS, "%1B"} - {"info"}:
            line = refusal(self, f"info=1&{name}=1".encode(), allowed=False)
            self.assertIn(": behaviours are switched off here", line)
        self.assertIn("twice", refusal(self, b"info=0&info=1", allowed=False))

    @given(
        st.binary(max_size=100)
        | st.builds(
            lambda name, value: f"{name}={quote_from_bytes(value)}".encode(),
            st.sampled_from(sorted(PARAMETERS)),
            st.binary(max_size=50) | st.text(max_size=50).map(str.encode),
        )
    )
    def test_anyBytesAreParsedOrRefused(self, query: bytes) -> None:
        """
        The error is one line of printable text.
        """
        try:
            values = readQuery(query, True)
        except ValueError:
            refusal(self, query)
        else:
            self.assertLessEqual(values.keys(), PARAMETERS.keys())
