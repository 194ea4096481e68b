"""Columns of a batch reach PostgreSQL as they are, NULLs and corner cases too."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

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
    array_literal,
    register,
    time_parameter,
)

VALUES: list[tuple[type[ArrayParameter], list[Any]]] = [
    (Int8Array, [0, -1, 2**63 - 1, -(2**63)]),
    (Int4Array, [0, -1, 2**31 - 1, -(2**31)]),
    (Int2Array, [0, -1, 2**15 - 1, -(2**15)]),
    (BoolArray, [True, False, True]),
    (TextArray, ["", "a", "ä€😀", "x" * 100_000, "NULL"]),
    (NameArray, ["worker", "", "wörker", "worker"]),
    (ByteaArray, [b"", b"\0\xff", b"NULL"]),
]


def sent_and_back(url: str, parameter: ArrayParameter) -> list[Any]:
    with psycopg.connect(url) as connection:
        register(connection)
        (found,) = connection.execute("SELECT %b", [parameter]).fetchone() or ()
    return list(found)


@pytest.mark.parametrize(("array", "values"), VALUES)
def test_values_arrive_as_they_are(module_database_url: str, array: type[ArrayParameter], values: list[Any]) -> None:
    assert sent_and_back(module_database_url, array(values)) == values


@pytest.mark.parametrize(("array", "values"), VALUES)
def test_none_is_null(module_database_url: str, array: type[ArrayParameter], values: list[Any]) -> None:
    with_nulls = [None, *values, None]
    assert sent_and_back(module_database_url, array(with_nulls)) == with_nulls


@pytest.mark.parametrize(("array", "values"), VALUES)
def test_an_empty_column_is_an_empty_array(
    module_database_url: str, array: type[ArrayParameter], values: list[Any]
) -> None:
    assert sent_and_back(module_database_url, array([])) == []


@pytest.mark.parametrize("count", [1, 128, 129, 5_000])
def test_short_and_long_columns_are_packed_alike(module_database_url: str, count: int) -> None:
    assert sent_and_back(module_database_url, Int8Array(range(count))) == list(range(count))


def test_times_are_milliseconds_since_the_epoch(module_database_url: str) -> None:
    times = [0, 946_684_800_000, 1_735_689_600_123, -1, 253_402_300_799_000]
    found = sent_and_back(module_database_url, TimeArray(times))
    assert found == [time_parameter(each) for each in times]


def test_names_are_learnt_again_after_too_many(module_database_url: str) -> None:
    for start in range(0, 30_000, 10_000):
        names = [f"name {number}" for number in range(start, start + 10_000)]
        assert sent_and_back(module_database_url, NameArray(names)) == names


def test_an_array_in_a_row_is_a_literal(module_database_url: str) -> None:
    groups = ["plain", 'with "quotes"', "back\\slash", "comma, brace } {", "", "NULL", "ä"]
    with psycopg.connect(module_database_url) as connection:
        (found,) = connection.execute("SELECT %s::text[]", [array_literal(groups)]).fetchone() or ()
    assert found == groups
