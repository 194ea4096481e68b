"""The kinds of a field: how its values are read from a request, compared in SQL, and written to an answer.

A filter is a literal, which means equality, or an object of operators, all of which must hold; null is no filter. Which
operators a kind knows is a table (`Kind.operators`). Comparisons with something absent follow plain sense,
not SQL: `$neq` and `$notIn` also match rows that have no value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    and_,
    any_,
    cast,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from engine.store.search.errors import InvalidSearch
from engine.store.search.values import (
    describe,
    like_expression,
    like_pattern,
    read_boolean,
    read_date,
    read_key,
    read_list,
    read_text,
    write_date,
)

Column = ColumnElement[Any]
Condition = ColumnElement[bool]

#: `key >> PART_SHIFT` is the part that leads the primary key of everything that belongs to an instance.
PART_SHIFT = 51
MAX_INTEGER = 2**31 - 1

EQUALITY = ("$eq", "$neq", "$exists", "$in", "$notIn")
LIKE = (*EQUALITY, "$like")
ORDER = (*EQUALITY, "$gt", "$gte", "$lt", "$lte")

_SYMBOLS: dict[str, Callable[[Any, Any], Any]] = {
    "$gt": lambda column, value: column > value,
    "$gte": lambda column, value: column >= value,
    "$lt": lambda column, value: column < value,
    "$lte": lambda column, value: column <= value,
}


class Kind:
    """Base of all kinds. `type` is what the answer carries, `json` the name of that in a schema."""

    operators: tuple[str, ...] = EQUALITY
    type: Any = str
    json = "string"

    def read(self, value: object, path: str) -> Any:
        """A literal of the request as the value to compare with; InvalidSearch if it cannot be one."""
        raise NotImplementedError

    def write(self, value: Any) -> Any:
        """A value from a row as the answer carries it."""
        return value

    def conditions(self, column: Column, filter: object, path: str) -> list[Condition]:
        """What a filter (a literal or an object of operators) demands of a column."""
        if not isinstance(filter, dict):
            return [self.compare(column, "$eq", filter, path)]
        given = [(operator, value) for operator, value in filter.items() if value is not None]
        return [self.compare(column, operator, value, f"{path}.{operator}") for operator, value in given]

    def compare(self, column: Column, operator: str, value: object, path: str) -> Condition:
        if operator not in self.operators:
            known = ", ".join(self.operators)
            raise InvalidSearch(f"'{path}' is not an operator of this field; it knows {known}.")
        if operator == "$exists":
            return column.is_not(None) if read_boolean(value, path) else column.is_(None)
        if operator in ("$in", "$notIn"):
            values = [self.read(item, f"{path}[{i}]") for i, item in enumerate(read_list(value, path))]
            return self.among(column, values) if operator == "$in" else self._not(column, self.among(column, values))
        if operator == "$like":
            return self.like(column, read_text(value, path))
        comparand = self.read(value, path)
        if operator in _SYMBOLS:
            condition: Condition = _SYMBOLS[operator](column, comparand)
            return condition
        if operator == "$neq":
            return self._not(column, self.equals(column, comparand))
        return self.equals(column, comparand)

    def equals(self, column: Column, value: Any) -> Condition:
        condition: Condition = column == value
        return condition

    def among(self, column: Column, values: list[Any]) -> Condition:
        return column == any_(literal(values, ARRAY(column.type)))

    def like(self, column: Column, pattern: str) -> Condition:
        return column.like(like_pattern(pattern), escape="\\")

    def _not(self, column: Column, condition: Condition) -> Condition:
        return or_(column.is_(None), not_(condition))


class TextKind(Kind):
    operators = LIKE

    def read(self, value: object, path: str) -> str:
        return read_text(value, path)


class KeyKind(Kind):
    """A key: digits in a string on the wire. A `pinned` one also pins the part of its row, which leads the
    index.
    """

    def __init__(self, pinned: bool = False) -> None:
        self.pinned = pinned

    def read(self, value: object, path: str) -> int:
        return read_key(value, path)

    def write(self, value: int | None) -> str | None:
        return None if value is None else str(value)

    def equals(self, column: Column, value: int) -> Condition:
        if not self.pinned:
            return column == value
        return and_(_part(column) == value >> PART_SHIFT, column == value)

    def among(self, column: Column, values: list[int]) -> Condition:
        condition = column == any_(literal(values, ARRAY(BigInteger)))
        if not self.pinned:
            return condition
        parts = sorted({value >> PART_SHIFT for value in values})
        return and_(_part(column) == any_(literal(parts, ARRAY(BigInteger))), condition)


class IntegerKind(Kind):
    operators = ORDER
    type = int
    json = "integer"

    def read(self, value: object, path: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidSearch(f"'{path}' must be an integer, but is {describe(value)}.")
        if not -MAX_INTEGER - 1 <= value <= MAX_INTEGER:
            raise InvalidSearch(f"'{path}' must be an integer of 32 bits, but is {value}.")
        return value


class DateKind(Kind):
    """A moment: RFC 3339 on the wire, in UTC with milliseconds when written."""

    operators = ORDER

    def read(self, value: object, path: str) -> datetime:
        return read_date(read_text(value, path), path)

    def write(self, value: datetime | None) -> str | None:
        return None if value is None else write_date(value)


class BooleanKind(Kind):
    operators = ("$eq", "$neq", "$exists")
    type = bool
    json = "boolean"

    def read(self, value: object, path: str) -> bool:
        return read_boolean(value, path)

    def equals(self, column: Column, value: bool) -> Condition:
        return column if value else not_(column)


class ChoiceKind(Kind):
    """An enumeration: a name on the wire, in any case; in the row whatever stands for it (the name if
    nothing does).
    """

    operators = LIKE

    def __init__(self, choices: Sequence[str] | Mapping[str, Any]) -> None:
        self.stored: Mapping[str, Any] = (
            choices if isinstance(choices, Mapping) else {choice: choice for choice in choices}
        )
        self.names = {stored: name for name, stored in self.stored.items()}
        self.stores_names = all(name == stored for name, stored in self.stored.items())

    def read(self, value: object, path: str) -> Any:
        name = read_text(value, path).upper()
        if name not in self.stored:
            raise InvalidSearch(f"'{path}' must be one of {', '.join(self.stored)}, but is '{value}'.")
        return self.stored[name]

    def write(self, value: Any) -> Any:
        return value if self.stores_names or value is None else self.names[value]

    def like(self, column: Column, pattern: str) -> Condition:
        matches = like_expression(pattern)
        return self.among(column, [stored for name, stored in self.stored.items() if matches.match(name)])


class StateKind(Kind):
    """An enumeration that a row shows in several ways: each name has its own condition, made for a column.

    `names` gives the name for what the column holds; without it the column holds the name.
    """

    operators = LIKE

    def __init__(
        self, conditions: Mapping[str, Callable[[Column], Condition]], names: Mapping[int, str] | None = None
    ) -> None:
        self.choices = conditions
        self.names = names

    def read(self, value: object, path: str) -> str:
        name = read_text(value, path).upper()
        if name not in self.choices:
            raise InvalidSearch(f"'{path}' must be one of {', '.join(self.choices)}, but is '{value}'.")
        return name

    def write(self, value: Any) -> Any:
        return value if self.names is None else self.names[value]

    def equals(self, column: Column, value: str) -> Condition:
        return self.choices[value](column)

    def among(self, column: Column, values: list[str]) -> Condition:
        return or_(false(), *(self.choices[value](column) for value in values))

    def like(self, column: Column, pattern: str) -> Condition:
        matches = like_expression(pattern)
        return self.among(column, [name for name in self.choices if matches.match(name)])

    def _not(self, column: Column, condition: Condition) -> Condition:
        return not_(condition)


class TextsKind(Kind):
    """An array of texts; a filter asks about its members."""

    operators = LIKE
    type = list[str]

    def read(self, value: object, path: str) -> str:
        return read_text(value, path)

    def compare(self, column: Column, operator: str, value: object, path: str) -> Condition:
        if operator == "$exists":
            filled = func.cardinality(column) > 0
            return filled if read_boolean(value, path) else not_(filled)
        return super().compare(column, operator, value, path)

    def equals(self, column: Column, value: str) -> Condition:
        return column.bool_op("@>")(literal([value], ARRAY(Text)))

    def among(self, column: Column, values: list[str]) -> Condition:
        return column.bool_op("&&")(literal(values, ARRAY(Text)))

    def like(self, column: Column, pattern: str) -> Condition:
        member = func.unnest(column).column_valued("member")
        return select(true()).where(member.like(like_pattern(pattern), escape="\\")).exists()

    def _not(self, column: Column, condition: Condition) -> Condition:
        return not_(condition)


class TagsKind(Kind):
    """A JSON array of texts, or null for none; a filter lists tags, all of which must be there."""

    operators = ()
    type = msgspec.Raw
    json = "array"

    def write(self, value: str | None) -> msgspec.Raw:
        return msgspec.Raw(b"[]" if value is None else value.encode())

    def conditions(self, column: Column, filter: object, path: str) -> list[Condition]:
        tags = [read_text(tag, f"{path}[{i}]") for i, tag in enumerate(read_list(filter, path))]
        if not tags:
            return []
        wanted = cast(literal(msgspec.json.encode(tags).decode(), Text), JSONB)
        return [cast(column, JSONB).bool_op("@>")(wanted)]


class JsonKind(Kind):
    """A JSON object kept as text, which goes out exactly as it came in; not to be filtered by."""

    operators = ()
    type = msgspec.Raw
    json = "object"

    def write(self, value: str) -> msgspec.Raw:
        return msgspec.Raw(value.encode())


def part_of(key: Column) -> Column:
    """The part of a key, in SQL."""
    return cast(key.op(">>")(literal_column(str(PART_SHIFT))), Integer)


def _part(column: Column) -> Column:
    part: Column = column.table.c.part
    return part


TEXT = TextKind()
KEY = KeyKind()
PINNED_KEY = KeyKind(pinned=True)
INTEGER = IntegerKind()
DATE = DateKind()
BOOLEAN = BooleanKind()
TEXTS = TextsKind()
TAGS = TagsKind()
JSON = JsonKind()
