"""
The verdicts of a check as JUnit XML, which CI systems show.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from echo.client.check.cases.case import Case
from echo.client.check.cases.table import sections
from echo.client.check.verdicts import Level, Verdict
from echo.client.output.files import checkWritable

# Characters that XML does not allow, in no way of writing.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_COUNTS = {
    "tests": "testcase",
    "failures": "failure",
    "errors": "error",
    "skipped": "skipped",
}


class JUnitFile:
    """
    The file for the verdicts of one run.

    The run writes it twice. At the beginning, all demands are unchecked: a run that
    is killed leaves that, and not the verdicts of an earlier run.
    """

    def __init__(self, path: str, cases: Sequence[Case]) -> None:
        """
        @param cases: The demands that are checked.
        """
        self._path = Path(path)
        self._cases = cases

    def begin(self, url: str) -> None:
        """
        Write that nothing is checked yet. A pipe or a device takes one report only:
        that of the end.

        @raise OSError: The file cannot be written.
        """
        if self._path.is_file() or not self._path.exists():
            self.end(url, (), "the run did not end")

    def end(self, url: str, verdicts: Sequence[Verdict], missing: str) -> None:
        """
        Write the verdicts.

        @param url: The server, fit to be shown.

        @param missing: Why other demands have no verdict.

        @raise OSError: The file cannot be written.
        """
        self._path.write_bytes(junit(url, self._cases, verdicts, missing))


def checkJUnit(path: str) -> str:
    """
    @return: The path.

    @raise ValueError: No file can be written there.
    """
    checkWritable(path)
    return path


def junit(
    url: str, cases: Sequence[Case], verdicts: Sequence[Verdict], missing: str
) -> bytes:
    """
    @return: A C{testsuite} for each section, with a C{testcase} for each demand. A
        fault is a C{failure}. A note and a demand that the server gives no chance to
        check are C{skipped}. A demand without a verdict is an C{error}.
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
