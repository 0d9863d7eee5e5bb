"""
The verdicts of a check as JUnit XML, for CI systems.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from echo.client.check.cases.case import Case
from echo.client.check.cases.table import sections
from echo.client.check.verdicts import Level, Verdict

# Characters that XML 1.0 forbids, even as references.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# The attributes of a suite, and the elements that they count.
_COUNTS = {
    "tests": "testcase",
    "failures": "failure",
    "errors": "error",
    "skipped": "skipped",
}


class JUnitFile:
    """
    The JUnit file of one run.

    The run writes it at its beginning, with all demands unchecked, and at its end: so
    a killed run does not leave the verdicts of an earlier run.
    """

    def __init__(self, path: str, cases: Sequence[Case]) -> None:
        self._path = Path(path)
        self._cases = cases

    def begin(self, url: str) -> None:
        """
        Write that no demand is checked yet; not to a pipe or a device, which take one
        document.

        @raise OSError: The file cannot be written.
        """
        if self._path.is_file() or not self._path.exists():
            self.end(url, (), "the run did not end")

    def end(self, url: str, verdicts: Sequence[Verdict], missing: str) -> None:
        """
        @param url: The URL of the server, without credentials.

        @param missing: Why the other demands have no verdict.

        @raise OSError: The file cannot be written.
        """
        self._path.write_bytes(junit(url, self._cases, verdicts, missing))


def junit(
    url: str, cases: Sequence[Case], verdicts: Sequence[Verdict], missing: str
) -> bytes:
    """
    @return: A document with a C{testsuite} for each section and a C{testcase} for
        each demand. L{Level.FAIL} becomes C{failure}, L{Level.NOTE} and L{Level.SKIP}
        become C{skipped}, and a demand without a verdict becomes C{error}.
    """
    found = {verdict.name: verdict for verdict in verdicts}
    top = Element("testsuites", name=_text(f"echo-client check {url}"))
    suites = {
        section: SubElement(top, "testsuite", name=_standard(section))
        for section in sections(cases)
    }
    for case in cases:
        _add(suites[case.section], case, found.get(case.name), missing)
    for each in (top, *suites.values()):
        for attribute, tag in _COUNTS.items():
            each.set(attribute, str(len(list(each.iter(tag)))))
    indent(top)
    document: bytes = tostring(top, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _add(suite: Element, case: Case, verdict: Verdict | None, missing: str) -> None:
    each = SubElement(
        suite, "testcase", name=case.name, classname=_standard(case.section)
    )
    if verdict is None:
        SubElement(each, "error", message=_text(f"not checked: {missing}"))
        return
    each.set("time", f"{verdict.seconds:.3f}")
    if verdict.level is Level.FAIL:
        SubElement(each, "failure", message=_text(verdict.detail))
    elif verdict.level is Level.NOTE:
        SubElement(each, "skipped", message=_text(f"note: {verdict.detail}"))
    elif verdict.level is Level.SKIP:
        SubElement(each, "skipped", message=_text(f"not checked: {verdict.detail}"))


def _standard(section: str) -> str:
    rfc, _, rest = section.rpartition(" ")
    return f"RFC {rfc or 6455}, {rest}"


def _text(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: ascii(found[0])[1:-1], text)
