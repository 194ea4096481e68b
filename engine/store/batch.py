"""Batch statements: one per table and kind of change, with one array parameter per column.

    INSERT INTO job (part, key, …) SELECT … FROM unnest($1, $2, …)
    UPDATE job SET … FROM unnest($1, $2, …) AS u (…) WHERE job.part = u.part AND job.key = u.key

A statement's text never changes, so PostgreSQL plans it once a connection. Every update and delete joins on the whole
primary key, so the plan is an index look-up per row whatever the statistics say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, DateTime, Integer, LargeBinary, SmallInteger, Table, Text

from engine.store.arrays import (
    ArrayParameter,
    BoolArray,
    ByteaArray,
    Int2Array,
    Int4Array,
    Int8Array,
    NameArray,
    TextArray,
    TimeArray,
)

Row = tuple[Any, ...]

#: Columns of few different texts, which are encoded once.
NAMES = frozenset(
    {"tenant_id", "element_id", "node_id", "process_id", "type", "worker", "command", "headers", "outcome", "state"}
)

_ARRAYS: tuple[tuple[type, type[ArrayParameter]], ...] = (
    (BigInteger, Int8Array),
    (SmallInteger, Int2Array),
    (Integer, Int4Array),
    (Boolean, BoolArray),
    (DateTime, TimeArray),
    (LargeBinary, ByteaArray),
    (Text, TextArray),
    (ARRAY, TextArray),  # one literal a row: unnest would flatten an array of arrays
)


def _array(column: Column[Any]) -> type[ArrayParameter]:
    found = next(array for kind, array in _ARRAYS if isinstance(column.type, kind))
    return NameArray if found is TextArray and column.name in NAMES else found


def _cast(column: Column[Any]) -> str:
    """What turns an unnested value into the column's type, where it is not that already."""
    if not isinstance(column.type, ARRAY):
        return ""
    return "::bigint[]" if isinstance(column.type.item_type, BigInteger) else "::text[]"


def rows_of(columns: Sequence[str], arrays: Sequence[type[ArrayParameter]]) -> str:
    """The FROM item `u` that turns one array per column into rows.

    Each array is unnested in the select list. In the FROM clause PostgreSQL would keep every column in a tuplestore of
    its own, which for the few rows of a usual batch is a third of what all its statements cost.
    """
    unnested = ", ".join(
        f'unnest(%b::{array.type_name}) AS "{name}"' for name, array in zip(columns, arrays, strict=True)
    )
    return f"(SELECT {unnested}) AS u"


class Statement:
    """A batch statement and its columns; `types` are the object identifiers of its parameters' types."""

    __slots__ = ("_packers", "arrays", "columns", "name", "query", "types")

    def __init__(self, name: str, query: str, columns: Sequence[str], arrays: Sequence[type[ArrayParameter]]) -> None:
        self.name = name
        self.query = query.encode()
        self.columns = tuple(columns)
        self.arrays = tuple(arrays)
        self.types = tuple(array.type_oid for array in arrays)
        self._packers = tuple(array.pack for array in arrays)

    def __repr__(self) -> str:
        return f"<statement {self.name}>"

    def parameters(self, rows: Sequence[Row]) -> list[ArrayParameter]:
        """The rows, turned into one array per column."""
        return [array(values) for array, values in zip(self.arrays, zip(*rows, strict=True), strict=True)]

    def pack(self, rows: Sequence[Row]) -> list[bytes]:
        """The same, as PostgreSQL's binary format has them."""
        return [pack(values) for pack, values in zip(self._packers, zip(*rows, strict=True), strict=True)]


def _source(table: Table, columns: Sequence[str], texts: Sequence[str]) -> tuple[str, list[type[ArrayParameter]]]:
    arrays = [TextArray if name in texts else _array(table.c[name]) for name in columns]
    return rows_of(columns, arrays), arrays


def insert(table: Table, columns: Sequence[str], times_as_text: Sequence[str] = ()) -> Statement:
    """Insert rows. `times_as_text` are given as ISO 8601 texts."""
    source, arrays = _source(table, columns, times_as_text)
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(
        f'u."{name}"' + ("::timestamptz" if name in times_as_text else _cast(table.c[name])) for name in columns
    )
    query = f'INSERT INTO "{table.name}" ({names}) SELECT {values} FROM {source}'  # noqa: S608
    return Statement(f"insert {table.name}", query, columns, arrays)


def update(
    table: Table, columns: Sequence[str], change: str = "", times_as_text: Sequence[str] = (), name: str = ""
) -> Statement:
    """Update rows by primary key. `change` is the SET clause, where the columns are not simply replaced."""
    source, arrays = _source(table, columns, times_as_text)
    keys = [column.name for column in table.primary_key]
    replaced = ", ".join(
        f'"{column}" = u."{column}"' + ("::timestamptz" if column in times_as_text else _cast(table.c[column]))
        for column in columns
        if column not in keys
    )
    query = f'UPDATE "{table.name}" AS t SET {change or replaced} FROM {source} WHERE {_match(keys)}'  # noqa: S608
    return Statement(name or f"update {table.name}", query, columns, arrays)


def delete(table: Table, returning: str = "") -> Statement:
    """Delete rows by primary key."""
    keys = [column.name for column in table.primary_key]
    source, arrays = _source(table, keys, ())
    query = f'DELETE FROM "{table.name}" AS t USING {source} WHERE {_match(keys)}'  # noqa: S608
    if returning:
        query += f" RETURNING {returning}"
    return Statement(f"delete {table.name}", query, keys, arrays)


def _match(keys: Sequence[str]) -> str:
    return " AND ".join(f't."{key}" = u."{key}"' for key in keys)
