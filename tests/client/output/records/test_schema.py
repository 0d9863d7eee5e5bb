"""
Tests for C{schema.json}, which describes all records.
"""

import json
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it is

from tests.client.output.reports import places, samples
from tests.kit.client import ClientTestCase
from tests.kit.samples import (
    SCHEMA,
    invalid,
)

# Of each kind of value one that no field has.
WRONG: list[Any] = [{"a": {}}, -1, True, [None]]


def definitions() -> dict[str, dict[str, Any]]:
    """
    @return: The definition in the schema, by type of record.
    """
    found = {}
    for each in SCHEMA["oneOf"]:
        definition = SCHEMA["$defs"][each["$ref"].removeprefix("#/$defs/")]
        kind = definition["properties"]["type"]
        for name in kind.get("enum") or [kind["const"]]:
            assert name not in found
            found[name] = definition
    return found


class SchemaTests(ClientTestCase):
    """
    C{schema.json} accepts all records, and refuses others.
    """

    def setUp(self) -> None:
        super().setUp()
        self.records = samples(self)
        self.oneOfEach = {record["type"]: record for record in self.records}
        self.validators = {
            kind: Draft202012Validator({**definition, "$defs": SCHEMA["$defs"]})
            for kind, definition in definitions().items()
        }

    def test_isValidSchema(self) -> None:
        Draft202012Validator.check_schema(SCHEMA)

    def test_acceptsAllRecords(self) -> None:
        for record in self.records:
            self.assertEqual(invalid(record), [], record["type"])

    def test_hasExactlyTheWrittenTypes(self) -> None:
        written = {record["type"] for record in self.records}
        self.assertEqual(definitions().keys(), written)

    def test_usesAllDefinitions(self) -> None:
        text = json.dumps(SCHEMA)
        for name in SCHEMA["$defs"]:
            self.assertIn(f'"#/$defs/{name}"', text)

    def _refused(self, record: dict[str, Any]) -> bool:
        """
        @return: Whether the definition of its type refuses a record.
        """
        return not self.validators[record["type"]].is_valid(record)

    def test_refusesMissingField(self) -> None:
        for record in self.oneOfEach.values():
            connections = record.get("connections", {})
            free = [connections.get("closes"), connections.get("failures")]
            for place, at in [*places(record)]:
                if isinstance(place, list) or place in free or at == "type":
                    continue
                value = place.pop(at)
                self.assertTrue(self._refused(record), f"{record['type']}: {at}")
                place[at] = value
            self.assertFalse(self._refused(record))
            del record["type"]
            self.assertNotEqual(invalid(record), [])

    def test_refusesAdditionalField(self) -> None:
        for record in self.oneOfEach.values():
            for place, at in [({"": record}, ""), *places(record)]:
                inside = place[at]
                if isinstance(inside, dict) and at != "failures":
                    inside["extra"] = 1
                    self.assertTrue(self._refused(record), f"{record['type']}: {at}")
                    del inside["extra"]

    def test_refusesFieldOfOtherType(self) -> None:
        for record in self.oneOfEach.values():
            for place, at in [*places(record)]:
                value = place[at]
                for wrong in WRONG:
                    if at == "type" or type(value) is type(wrong) is bool:
                        continue
                    place[at] = wrong
                    self.assertTrue(self._refused(record), f"{at}: {wrong}")
                place[at] = value

    def test_refusesMessageOfBothKinds(self) -> None:
        text, binary = (self.records[at] for at in (3, 4))
        self.assertEqual((text["type"], binary["type"]), ("echo", "echo"))
        for record in (
            text | {"hex": "00"},
            text | {"binary": True},
            binary | {"text": "a"},
            binary | {"binary": False},
            binary | {"hex": "xy"},
        ):
            self.assertNotEqual(invalid(record), [])
