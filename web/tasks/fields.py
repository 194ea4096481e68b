"""Variables as typed fields, and what somebody has entered into them as JSON again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import select

from engine.store.keys import part_of
from engine.store.search import Reader, figures
from engine.store.tables import variable
from web.refusals import InvalidInput

LONGEST = 20_000  # characters of a value that is shown in a field
KINDS = {
    "string": "Text",
    "number": "Number",
    "boolean": "Yes or no",
    "date": "Date",
    "datetime": "Date and time",
    "json": "JSON",
}

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_NAME = re.compile(r"[^\W\d]\w*")


class Field(msgspec.Struct, frozen=True):
    """A variable: its kind, what stands in its field, and whether it is too long for one."""

    name: str
    kind: str
    text: str
    too_long: bool = False


class Entry(msgspec.Struct):
    """What somebody has entered."""

    name: str
    kind: str
    text: str


async def variables_of(reader: Reader, task: Any) -> dict[str, str]:
    """The JSON texts of the variables that a task sees, by name; of several of one name the innermost."""
    instance = int(task.processInstanceKey)
    scopes = await figures.scopes_around(reader, instance, int(task.elementInstanceKey))
    statement = select(variable.c.name, variable.c.value, variable.c.scope_key).where(
        variable.c.part == part_of(instance),
        variable.c.process_instance_key == instance,
        variable.c.scope_key.in_(scopes),
    )
    rows = sorted(await reader.rows(statement), key=lambda row: scopes.index(row[2]), reverse=True)
    return {name: value for name, value, _ in rows}


def fields_of(variables: Mapping[str, str]) -> list[Field]:
    """A field for each variable, by name."""
    return [_field(name, variables[name]) for name in sorted(variables)]


def _field(name: str, json: str) -> Field:
    if len(json) > LONGEST:
        return Field(name, "json", json[:1000], too_long=True)
    value = msgspec.json.decode(json)
    if isinstance(value, bool):
        return Field(name, "boolean", "true" if value else "false")
    if isinstance(value, int | float):
        return Field(name, "number", json)
    if not isinstance(value, str):
        return Field(name, "json", msgspec.json.format(json, indent=2))
    if _DATE.fullmatch(value):
        return Field(name, "date", value)
    if _DATETIME.fullmatch(value):
        return Field(name, "datetime", value)
    return Field(name, "string", value)


def entered(entries: Iterable[Entry]) -> dict[str, Any]:
    """The values by name; raises InvalidInput for the first that is none of its kind."""
    found: dict[str, Any] = {}
    for entry in entries:
        if not _NAME.fullmatch(entry.name):
            raise InvalidInput(
                f"A variable's name begins with a letter and goes on with letters, digits and _; found '{entry.name}'."
            )
        if entry.name in found:
            raise InvalidInput(f"There are two variables '{entry.name}'; give one of them another name.")
        found[entry.name] = _value(entry)
    return found


def _value(entry: Entry) -> Any:
    text = entry.text.strip()
    match entry.kind:
        case "number":
            if not text:
                return None
            if not _NUMBER.fullmatch(text):
                raise InvalidInput(f"'{entry.name}' must be a number like 12.5, but is '{text[:60]}'.")
            return _json(entry.name, text)
        case "boolean":
            return text == "true"
        case "json":
            return _json(entry.name, text)
        case "date" | "datetime":
            return text or None
        case _:
            return entry.text


def _json(name: str, text: str) -> Any:
    try:
        return msgspec.json.decode(text) if text else None
    except msgspec.ValidationError as error:
        raise InvalidInput(f"'{name}' has a number that is too large.") from error
    except msgspec.DecodeError as error:
        raise InvalidInput(f"'{name}' is not JSON: {error}. A text stands in quotation marks.") from error
    except RecursionError as error:
        raise InvalidInput(f"'{name}' is nested too deeply.") from error
