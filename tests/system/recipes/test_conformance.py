"""
Does it keep to RFC 6455?
"""

import xml.etree.ElementTree as ET

from websockets.sync.server import ServerConnection

from tests.kit.servers import (
    WebSocketServer,
)
from tests.system.recipes.recipes import (
    CHECK,
    LISTING,
    SECTIONS,
    RecipeTestCase,
)


def _shout(connection: ServerConnection) -> None:
    """
    Be no echo.
    """
    for message in connection:
        connection.send(message.upper())


class ConformanceTests(RecipeTestCase):
    """
    C{echo-client check}.
    """

    def test_daemonPassesAll(self) -> None:
        """
        With compression and without.
        """
        urls = [self.daemon(*each).url() for each in ((), ("--compression",))]
        for url, process in [
            (url, self.ask(CHECK, f"--timeout 1m {url}")) for url in urls
        ]:
            run = self.finish(process)
            self.assertEqual((run.status, run.err), (0, ""))
            *lines, last = run.lines
            self.assertGreater(len(lines), 50)
            skipped = [line for line in lines if line[:4] == "skip"]
            ok = [line for line in lines if line[:4] == "ok  "]
            self.assertEqual(len(ok) + len(skipped), len(lines))
            declined = [line for line in skipped if line.endswith(" was declined")]
            self.assertEqual(bool(declined), url == urls[0])
            end = f", {len(skipped)} not checked" if skipped else ""
            self.assertEqual(last, f"{url}: {len(ok)} ok, 0 notes, 0 failed{end}")

    def test_sectionsAndJUnit(self) -> None:
        """
        Only cases of the sections run, and each is in the JUnit file. C{--list} lists
        the same cases.
        """
        url = self.daemon().url()
        path = self.directory / "check.xml"
        run = self.finish(self.ask(SECTIONS, url, {"check.xml": str(path)}))
        self.assertEqual(run.status, 0)
        sections = {line.split()[1] for line in run.lines[:-1]}
        self.assertTrue(all(each.startswith(("5.4", "5.5")) for each in sections))
        report = ET.parse(path)  # noqa: S314  (our own)
        self.assertEqual(len(report.findall(".//testcase")), len(run.lines) - 1)
        listed = self.finish(self.start(*LISTING.split()[1:]))
        self.assertEqual(listed.status, 0)
        checked = [line for line in run.lines if line.split()[1].startswith("5.5")]
        self.assertEqual(len(listed.lines), len(checked))

    def test_failedCasesAreListed(self) -> None:
        url = WebSocketServer(self, _shout).url
        text = self.ask(CHECK, f"--timeout 20s {url}")
        data = self.ask(CHECK, f"--timeout 20s --json {url}")
        run = self.finish(text)
        self.assertEqual(run.status, 1)
        self.found(r"FAIL +5\.6 +a text comes back.*", run.out)
        lines = [line for line in run.lines if line[:4] == "FAIL"]
        failed = rf"ws://.*: \d+ ok, \d+ notes, {len(lines)} failed, \d+ not checked"
        self.found(failed, run.out)
        run = self.finish(data)
        summary = self.summary(run.out)
        self.assertEqual((run.status, summary["status"]), (1, 1))
        self.assertEqual(summary["check"]["fail"], len(lines))
