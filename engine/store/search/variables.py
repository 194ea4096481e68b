"""Variables, and filters of other entities by them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import (
    Table,
    and_,
    exists,
    false,
    func,
    not_,
    true,
)

from engine.store.search.entity import Entity, Field, MoreFilter, Source
from engine.store.search.errors import InvalidSearch
from engine.store.search.joins import with_instance
from engine.store.search.kinds import (
    BOOLEAN,
    KEY,
    PINNED_KEY,
    TEXT,
    Column,
    Condition,
    TextKind,
)
from engine.store.search.values import like_beginning, read_boolean
from engine.store.tables import process_instance as pi
from engine.store.tables import variable

#: A searched value is cut here (characters) unless the request asks for all of it.
TRUNCATE_AT = 8192

#: So much of a value is in the index (characters).
INDEXED = 100


class ValueKind(TextKind):
    """The JSON text of a variable; what is compared with is brought into the form in which values are
    stored.
    """

    def read(self, value: object, path: str) -> str:
        text = super().read(value, path)
        try:
            return msgspec.json.encode(msgspec.json.decode(text)).decode()
        except (msgspec.DecodeError, RecursionError):  # a text that is no JSON, or deeper than what is stored
            return text

    def equals(self, column: Column, value: str) -> Condition:
        return and_(func.left(column, INDEXED) == value[:INDEXED], column == value)

    def like(self, column: Column, pattern: str) -> Condition:
        """What a value begins with is looked up in the index; where the pattern begins otherwise, all are read."""
        beginning = like_beginning(pattern)[:INDEXED]
        if not beginning:
            return super().like(column, pattern)
        begins = func.left(column, INDEXED).startswith(beginning, autoescape=True, escape="\\")
        return and_(begins, super().like(column, pattern))


VALUE = ValueKind()


def variables_filter(rows: Table, instance_key: Column, scope: Column | None) -> Callable[[Any, str], Condition]:
    """A condition made from `[{name, value}, …]`: every one is there, in that scope or (None) in any of the
    instance.
    """

    def condition(filters: Any, path: str) -> Condition:
        if not isinstance(filters, list):
            raise InvalidSearch(f"'{path}' must be an array of objects with name and value.")
        return and_(true(), *(one(filter, f"{path}[{i}]") for i, filter in enumerate(filters)))

    def one(filter: Any, path: str) -> Condition:
        if not isinstance(filter, dict) or not {"name", "value"} <= set(filter) or not isinstance(filter["name"], str):
            raise InvalidSearch(f"'{path}' must have a name (a string) and a value.")
        for name in filter.keys() - {"name", "value"}:
            raise InvalidSearch(f"'{path}.{name}' is not known; beside the name and the value there is nothing.")
        place = [] if scope is None else [variable.c.scope_key == scope]
        return exists().where(
            variable.c.part == rows.c.part,
            variable.c.process_instance_key == instance_key,
            *place,
            variable.c.name == filter["name"],
            *VALUE.conditions(variable.c.value, filter["value"], f"{path}.value"),
        )

    return condition


def variables_entity(truncated: bool) -> Entity:
    """Variables; where `truncated`, no more of a value leaves the database than is shown."""
    long = func.length(variable.c.value) > TRUNCATE_AT
    value = func.left(variable.c.value, TRUNCATE_AT) if truncated else variable.c.value
    return Entity(
        "Variable" if not truncated else "VariableSearch",
        [Source(with_instance(variable), (variable.c.key,))],
        [
            Field("name", TEXT, variable.c.name),
            Field("tenantId", TEXT, pi.c.tenant_id),
            Field("variableKey", KEY, variable.c.key),
            Field("scopeKey", PINNED_KEY, variable.c.scope_key),
            Field("processInstanceKey", PINNED_KEY, variable.c.process_instance_key),
            Field(
                "rootProcessInstanceKey",
                KEY,
                pi.c.root_process_instance_key,
                nullable=True,
                filter=False,
                sort=False,
            ),
            Field("value", TEXT, value, filter=False),
            Field("isTruncated", BOOLEAN, long if truncated else false(), sort=False, filter=False),
        ],
        more_filters=[
            MoreFilter(
                ("value",),
                lambda values, _, path: and_(*VALUE.conditions(variable.c.value, values["value"], f"{path}.value")),
                VALUE,
            ),
            MoreFilter(
                ("isTruncated",),
                lambda values, _, path: _truncated(long, values["isTruncated"], f"{path}.isTruncated"),
                "boolean",
            ),
        ],
        default_sort=("variableKey",),
        key="variableKey",
    )


def _truncated(long: Condition, wanted: Any, path: str) -> Condition:
    return long if read_boolean(wanted, path) else not_(long)


VARIABLES = variables_entity(truncated=False)
VARIABLES_TRUNCATED = variables_entity(truncated=True)
