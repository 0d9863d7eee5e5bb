"""
The log events that the code publishes, and their description.
"""

import ast
from collections.abc import Iterator

from twisted.trial.unittest import SynchronousTestCase

from echo.server.logevents import EVENTS, FIELDS
from tests.architecture.code import isWithin, modules

#: Twisted's own fields: C{log.failure} adds the second.
_TWISTED = {"log_format", "log_failure"}


def published() -> Iterator[tuple[str, set[str]]]:
    """
    @return: The name and the fields of each event, from the keywords of a call or the
        keys of a dictionary.
    """
    for module in modules().values():
        if not isWithin(module.name, "echo.server"):
            continue
        for node in ast.walk(module.tree):
            values: dict[str, ast.expr]
            if isinstance(node, ast.Call):
                values = {str(each.arg): each.value for each in node.keywords}
            elif isinstance(node, ast.Dict):
                values = {
                    str(key.value): value
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant)
                }
            else:
                continue
            name = values.pop("event", None)
            if isinstance(name, ast.Constant):
                yield str(name.value), values.keys() - _TWISTED


class EventTests(SynchronousTestCase):
    """
    L{EVENTS} and L{FIELDS}.
    """

    def test_events(self) -> None:
        """
        Each published event is described, and each described event is published, with
        the same fields.
        """
        found: dict[str, set[str]] = {}
        for name, fields in published():
            found.setdefault(name, set()).update(fields)
        self.assertEqual(
            found,
            {name: {*event.fields} - _TWISTED for name, event in EVENTS.items()},
        )

    def test_fields(self) -> None:
        """
        Each field has a meaning, and is a field of an event.
        """
        used = {field for event in EVENTS.values() for field in event.fields}
        self.assertEqual(used, {*FIELDS})
