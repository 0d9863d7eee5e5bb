"""
The records of C{--json}, and the demands of C{echo-client check}.
"""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from echo.client.check.cases.table import CASES, sections
from reference.markup import escaped, literal, section, table
from reference.options import linked

_Schema = Mapping[str, Any]

_RECORDS: _Schema = json.loads(
    files("echo.client.output").joinpath("schema.json").read_text("utf-8")
)
_DEFINITIONS: Mapping[str, _Schema] = _RECORDS["$defs"]


def records() -> Iterator[str]:
    """
    @return: A section for each record, by the value of its C{type}.
    """
    for each in _RECORDS["oneOf"]:
        definition = _DEFINITIONS[_name(each)]
        kind = definition["properties"]["type"]
        names = [kind["const"]] if "const" in kind else kind["enum"]
        text = definition.get("description") or kind["description"]
        title = " and ".join(f"`{name}`" for name in names)
        yield from section(title, f"ndjson-{names[0]}-record")
        yield from _described(text)
        yield from _fields(definition)


def parts() -> Iterator[str]:
    """
    @return: A section for each object that records share.
    """
    records = {_name(each) for each in _RECORDS["oneOf"]}
    for name, definition in _DEFINITIONS.items():
        if name not in records and _isObject(definition):
            yield from section(f"`{name}`", f"ndjson-{name}")
            yield from _described(definition["description"])
            yield from _fields(definition)


def demands() -> Iterator[str]:
    """
    @return: A section for each section of the RFCs.
    """
    for each in sections():
        rfc, _, number = each.rpartition(" ")
        yield from section(f"RFC {rfc or 6455}, section {number}")
        for case in CASES:
            if case.section == each:
                yield f"- {escaped(case.name)}"
        yield ""


def _described(text: str) -> Iterator[str]:
    if text:
        yield linked(text, "echo-client")
        yield ""


def _fields(definition: _Schema) -> Iterator[str]:
    rows = (
        (literal(name), _type(field), linked(_text(field), "echo-client"))
        for name, field in _flat(definition["properties"])
        if name not in ("type", "schema", "time")
    )
    return table(("Field", "Type", "Meaning"), rows)


def _flat(fields: _Schema, prefix: str = "") -> Iterator[tuple[str, _Schema]]:
    """
    @return: The fields by name, with those of nested objects as C{phases.dns}.
    """
    for name, field in fields.items():
        yield f"{prefix}{name}", field
        for each in (field, *field.get("anyOf", ()), field.get("items", {})):
            if "properties" in each and "$ref" not in each:
                yield from _flat(each["properties"], f"{prefix}{name}.")


def _type(field: _Schema) -> str:
    """
    @return: The type of a field in words, with links to shared objects.
    """
    if "$ref" in field:
        name = _name(field)
        shared = _DEFINITIONS[name]
        if "$ref" in shared:
            return _type(shared)
        if _isObject(shared):
            return f":ref:`{name} <ndjson-{name}>`"
        unit = f" of {name}" if name in ("milliseconds", "seconds") else ""
        return f"{_type(shared)}{unit}"
    if "anyOf" in field:
        return " or ".join(map(_type, field["anyOf"]))
    if "const" in field:
        return literal(str(field["const"]))
    if "enum" in field:
        return ", ".join(map(literal, field["enum"]))
    kinds = field["type"]
    return " or ".join([kinds] if isinstance(kinds, str) else kinds)


def _text(field: _Schema) -> str:
    text = field.get("description")
    if text is None and "$ref" in field:
        text = _DEFINITIONS[_name(field)].get("description")
    return text or ""


def _isObject(definition: _Schema) -> bool:
    return definition.get("type") == "object"


def _name(reference: _Schema) -> str:
    name: str = reference["$ref"].rpartition("/")[2]
    return name
