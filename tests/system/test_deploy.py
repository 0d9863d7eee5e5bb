"""
The files for Prometheus and Grafana in C{deploy/prometheus}.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from echo.server.conversation.factory import EchoFactory
from echo.server.daemonsettings import DaemonSettings
from echo.server.metrics.collector import makeRegistry

PROMETHEUS = Path(__file__).parent.parent.parent / "deploy" / "prometheus"

_SELECTOR = re.compile(r"\b((?:echo|process|python)_\w+)(?:\{([^}]*)\})?")
_LABEL = re.compile(r"(\w+)\s*=~?")
_GROUPING = re.compile(r"\b(?:by|on) \(([^)]*)\)")
_LEGEND = re.compile(r"(?:\{\{|\$labels\.)(\w+)")

#: The labels that Prometheus adds.
_ADDED = {"job", "instance"}


def exposed() -> dict[str, set[str]]:
    """
    @return: The labels of the exposed samples, by name.
    """
    factory = EchoFactory(Clock(), DaemonSettings())
    factory.counters.refused("full")
    names: dict[str, set[str]] = {}
    for family in makeRegistry(factory).collect():
        for sample in family.samples:
            names.setdefault(sample.name, set()).update(sample.labels)
    return names


def dashboard() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((PROMETHEUS / "grafana.json").read_text())
    return loaded


def panels() -> list[dict[str, Any]]:
    """
    @return: The dashboard's panels.
    """
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries() -> Iterator[tuple[str, str]]:
    """
    @return: The panels' queries, with their legends.
    """
    for panel in panels():
        for target in panel["targets"]:
            yield target["expr"], target["legendFormat"]
    for annotation in dashboard()["annotations"]["list"]:
        yield annotation.get("expr", ""), annotation.get("titleFormat", "")


class NameTests(SynchronousTestCase):
    """
    Names of metrics and labels.
    """

    def used(self, query: str, legend: str) -> set[str]:
        """
        Assert that a daemon exposes all names in a query.

        @return: The metrics.
        """
        names = exposed()
        metrics = set()
        known = set(_ADDED)
        for name, selector in _SELECTOR.findall(query):
            self.assertIn(name, names, query)
            labels = set(_LABEL.findall(selector))
            self.assertLessEqual(labels, names[name] | _ADDED, query)
            metrics.add(name)
            known |= names[name]
        for grouping in _GROUPING.findall(query):
            self.assertLessEqual(set(re.split(r",\s*", grouping)), known, query)
        self.assertLessEqual(set(_LEGEND.findall(legend)), known, legend)
        return metrics

    def test_dashboardShowsAllMetrics(self) -> None:
        shown = set().union(*(self.used(*query) for query in queries()))
        self.assertEqual(shown, set(exposed()))

    def test_alerts(self) -> None:
        rules = (PROMETHEUS / "alerts.yml").read_text().split("- alert: ")[1:]
        self.assertGreater(len(rules), 7)
        for rule in rules:
            query, _, text = rule.partition("annotations:")
            name = query.split()[0]
            metrics = self.used(query, text)
            self.assertTrue(metrics or "up{" in query, name)
            tests = (PROMETHEUS / "alerts_test.yml").read_text().split("alertname: ")
            mine = [each for each in tests if each.startswith(f"{name}\n")]
            self.assertTrue([each for each in mine if "exp_alerts: []" in each], name)
            self.assertTrue([each for each in mine if "exp_labels" in each], name)


class DashboardTests(SynchronousTestCase):
    """
    The dashboard.
    """

    def test_panelsAreComplete(self) -> None:
        """
        Each has a description and a unit, overlaps no other, and uses the chosen data
        source and instances.
        """
        cells: set[tuple[int, int]] = set()
        for panel in dashboard()["panels"]:
            place = panel["gridPos"]
            for x in range(place["x"], place["x"] + place["w"]):
                self.assertLess(x, 24)
                for y in range(place["y"], place["y"] + place["h"]):
                    self.assertNotIn((x, y), cells)
                    cells.add((x, y))
        for panel in panels():
            self.assertTrue(panel["title"] and panel["description"])
            self.assertEqual(panel["datasource"]["uid"], "${datasource}")
            self.assertIn('"unit"', json.dumps(panel))
            for target in panel["targets"]:
                self.assertIn('instance=~"$instance"', target["expr"])
                self.assertTrue(target["legendFormat"])
        variables = [each["name"] for each in dashboard()["templating"]["list"]]
        self.assertEqual(variables, ["datasource", "instance"])


class PromtoolTests(SynchronousTestCase):
    """
    promtool on the files.
    """

    def promtool(self, *arguments: str) -> None:
        """
        Assert that promtool finds no error.
        """
        promtool = shutil.which("promtool")
        if promtool is None:
            raise SkipTest("promtool is not installed")
        result = subprocess.run(
            [promtool, *arguments],
            cwd=PROMETHEUS,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_configuration(self) -> None:
        self.promtool("check", "config", "prometheus.yml")

    def test_rules(self) -> None:
        self.promtool("check", "rules", "alerts.yml")

    def test_alerts(self) -> None:
        self.promtool("test", "rules", "alerts_test.yml")

    def test_queries(self) -> None:
        rules = [
            {
                "record": f"test:{number}",
                "expr": query.replace("$__rate_interval", "1m"),
            }
            for number, (query, _) in enumerate(queries())
            if query
        ]
        path = Path(self.mktemp()).absolute()
        path.write_text(json.dumps({"groups": [{"name": "test", "rules": rules}]}))
        self.promtool("check", "rules", str(path))
