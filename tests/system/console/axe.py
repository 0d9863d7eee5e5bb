"""
Accessibility: axe-core's findings on the page.
"""

import os
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome

_FILE = os.environ.get("AXE", "")

#: Why tests are skipped, or None.
MISSING = (
    None
    if _FILE
    else "no axe-core: get it with npm, and set AXE to the path of its axe.min.js"
)

_RUN = """
const done = arguments[arguments.length - 1];
axe.run().then(result => done(result.violations), error => done(String(error)));
"""


def violations(driver: Chrome) -> list[str]:
    """
    @return: What axe-core finds on the page: rule, impact, element and reason.
    """
    if not driver.execute_script("return Boolean(window.axe)"):
        driver.execute_script(Path(_FILE).read_text("utf-8"))
    found: list[dict[str, Any]] = driver.execute_async_script(_RUN)
    return [
        f"{each['id']} ({each['impact']}): {node['html']}: {node['failureSummary']}"
        for each in found
        for node in each["nodes"]
    ]
