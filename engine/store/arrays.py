"""Array parameters in PostgreSQL's binary format, packed a column at a time.

A batch statement gets one array per column. psycopg's own list dumper asks every element for its type; these know it,
and cost a tenth. Each class is a type of array; an object of it wraps the values of one column:

    connection.execute("… FROM unnest(%b, %b)", [Int8Array(keys), TextArray(names)])

`register` makes a connection understand them. Times are integers: milliseconds since the epoch.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import repeat
from typing import Any, ClassVar

from psycopg import AsyncConnection, Connection
from psycopg.adapt import Dumper
from psycopg.pq import Format

_NULL = b"\xff\xff\xff\xff"
_HEADER = "!iiiii"  # dimensions, has nulls, element type, length, lower bound
_header = struct.Struct(_HEADER).pack
_length = struct.Struct("!i").pack
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_POSTGRES_EPOCH_MICROSECONDS = 946_684_800_000_000

# Up to this length a column of numbers is packed by one struct made for it; longer ones element by element.
_PACKED_AT_ONCE = 128


class ArrayParameter:
    """The values of one column; None is NULL."""

    __slots__ = ("values",)

    type_oid: ClassVar[int]  # of the array
    element_oid: ClassVar[int]
    type_name: ClassVar[str]

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = values

    @classmethod
    def pack(cls, values: Sequence[Any]) -> bytes:
        """The whole parameter: a header, then the elements, each with its length before it."""
        if not values:
            return _header(0, 0, cls.element_oid, 0, 1)[:12]
        return _header(1, int(None in values), cls.element_oid, len(values), 1) + cls.elements(values)

    @classmethod
    def elements(cls, values: Sequence[Any]) -> bytes:
        """The elements alone."""
        raise NotImplementedError


@lru_cache(maxsize=4096)
def _whole(head: str, code: str, length: int) -> struct.Struct:
    return struct.Struct(head + code * length)


class _NumberArray(ArrayParameter):
    """Elements of a fixed size; `code` is struct's: the length, then the value."""

    __slots__ = ()

    code: ClassVar[str]
    size: ClassVar[int]

    @classmethod
    def pack(cls, values: Sequence[Any]) -> bytes:
        count = len(values)
        if count > _PACKED_AT_ONCE or None in values or not count:
            return super().pack(values)
        interleaved = [cls.size] * (2 * count)
        interleaved[1::2] = values
        return _whole(_HEADER, cls.code, count).pack(1, 0, cls.element_oid, count, 1, *interleaved)

    @classmethod
    def elements(cls, values: Sequence[Any]) -> bytes:
        one, size = _whole("!", cls.code, 1).pack, cls.size
        if None in values:
            return b"".join([_NULL if value is None else one(size, value) for value in values])
        return b"".join(map(one, repeat(size), values))


class Int8Array(_NumberArray):
    __slots__ = ()
    type_oid, element_oid, type_name = 1016, 20, "bigint[]"
    code, size = "iq", 8


class Int4Array(_NumberArray):
    __slots__ = ()
    type_oid, element_oid, type_name = 1007, 23, "integer[]"
    code, size = "ii", 4


class Int2Array(_NumberArray):
    __slots__ = ()
    type_oid, element_oid, type_name = 1005, 21, "smallint[]"
    code, size = "ih", 2


class BoolArray(_NumberArray):
    __slots__ = ()
    type_oid, element_oid, type_name = 1000, 16, "boolean[]"
    code, size = "i?", 1


class TimeArray(Int8Array):
    """timestamptz[] from milliseconds since the epoch."""

    __slots__ = ()
    type_oid, element_oid, type_name = 1185, 1184, "timestamptz[]"

    @classmethod
    def pack(cls, values: Sequence[Any]) -> bytes:
        offset = _POSTGRES_EPOCH_MICROSECONDS
        return super().pack([None if at is None else at * 1000 - offset for at in values])


class TextArray(ArrayParameter):
    __slots__ = ()
    type_oid, element_oid, type_name = 1009, 25, "text[]"

    @classmethod
    def elements(cls, values: Sequence[Any]) -> bytes:
        return b"".join([_NULL if value is None else _text(value) for value in values])


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _length(len(encoded)) + encoded


class NameArray(TextArray):
    """text[] of few different values that come again and again: types, element ids, tenants."""

    __slots__ = ()

    @classmethod
    def elements(cls, values: Sequence[Any]) -> bytes:
        known = _known_names
        try:
            return b"".join([known[value] for value in values])
        except KeyError:
            _learn(values)
            return super().elements(values)


_known_names: dict[str | None, bytes] = {None: _NULL}
_MOST_NAMES = 20_000
_LONGEST_NAME = 200


def _learn(values: Sequence[Any]) -> None:
    if len(_known_names) > _MOST_NAMES:
        _known_names.clear()
        _known_names[None] = _NULL
    for value in values:
        if value is not None and len(value) <= _LONGEST_NAME:
            _known_names[value] = _text(value)


class ByteaArray(ArrayParameter):
    __slots__ = ()
    type_oid, element_oid, type_name = 1001, 17, "bytea[]"

    @classmethod
    def elements(cls, values: Sequence[Any]) -> bytes:
        return b"".join([_NULL if value is None else _length(len(value)) + value for value in values])


class _ArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: ArrayParameter) -> bytes:
        return obj.pack(obj.values)


ARRAYS: tuple[type[ArrayParameter], ...] = (
    Int8Array,
    Int4Array,
    Int2Array,
    BoolArray,
    TimeArray,
    TextArray,
    NameArray,
    ByteaArray,
)


def _dumper(array: type[ArrayParameter]) -> type[_ArrayDumper]:
    return type(f"{array.__name__}Dumper", (_ArrayDumper,), {"oid": array.type_oid})


_DUMPERS = {array: _dumper(array) for array in ARRAYS}


def register(connection: AsyncConnection[Any] | Connection[Any]) -> None:
    """Let `connection` take these arrays as parameters."""
    for array, dumper in _DUMPERS.items():
        connection.adapters.register_dumper(array, dumper)


def time_parameter(at: int) -> datetime:
    """A single time, in milliseconds since the epoch, as a parameter."""
    return _EPOCH + timedelta(milliseconds=at)


def array_literal(values: Sequence[str]) -> str:
    """A text[] value in PostgreSQL's text form, for a column of arrays, which unnest would flatten."""
    quoted = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"
