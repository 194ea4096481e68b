"""Conversion functions: from one type to another, from and to JSON text."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final

from engine.feel.builtins.registry import MISMATCH, builtin, to_number
from engine.feel.errors import FeelValueError
from engine.feel.evaluation import Evaluation
from engine.feel.jsonable import Writer, range_text
from engine.feel.limits import CHARACTERS_PER_STEP, MAX_DEPTH, MAX_STEPS
from engine.feel.numbers import CONTEXT, as_number, decimal_text
from engine.feel.temporal import parse_date, parse_date_time, parse_duration, parse_time
from engine.feel.temporal.arithmetic import months_between
from engine.feel.temporal.calendar import SECOND
from engine.feel.temporal.types import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from engine.feel.values import Function, Range, describe

NUMBER_TEXT: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,5})?", re.ASCII)
MAX_NUMBER_TEXT: Final = 10_000
PLAIN_KEY: Final = re.compile(r"[^\W\d][\w ]*")


@builtin("string(from: any?)")
def string(run: Evaluation, value: Any) -> str | None:
    return None if value is None else text_of(run, value)


def text_of(run: Evaluation, value: Any, depth: int = 0) -> str:
    """A value as FEEL writes it; strings inside lists and contexts stand in quotes."""
    run.charge(1)
    if depth > MAX_DEPTH:
        raise ValueError(f"the value is nested more than {MAX_DEPTH} deep")
    if type(value) is str:
        return value if depth == 0 else json.dumps(value, ensure_ascii=False)
    if value is None or type(value) is bool:
        return {None: "null", True: "true", False: "false"}[value]
    number = to_number(value)
    if number is not MISMATCH:
        return decimal_text(number)
    if type(value) is list:
        return joined(run, "[", [text_of(run, item, depth + 1) for item in value], "]")
    if type(value) is dict:
        entries = [f"{key_text(key)}: {text_of(run, item, depth + 1)}" for key, item in value.items()]
        return joined(run, "{", entries, "}")
    if type(value) is Range:
        return range_text(value)
    return "function(" + ", ".join(value.parameters) + ")" if type(value) is Function else str(value)


def key_text(key: str) -> str:
    return key if PLAIN_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def joined(run: Evaluation, opening: str, parts: list[str], closing: str) -> str:
    run.charge_string(sum(map(len, parts)) + 2 * len(parts) + 2)
    return opening + ", ".join(parts) + closing


@builtin("number(from: string)")
def number(run: Evaluation, text: str) -> object:
    run.charge(1 + len(text) // 50)
    if len(text) > MAX_NUMBER_TEXT or not NUMBER_TEXT.fullmatch(text):
        return run.warn("INVALID_VALUE", f"number(): {describe(text)} is not a number")
    return as_number(CONTEXT.create_decimal(text))


@builtin("number(from: number)")
def number_of_number(_run: Evaluation, value: Any) -> object:
    return value


@builtin("number(from: string, grouping separator: string?, [decimal separator: string?])")
def number_with_separators(
    run: Evaluation, text: str, grouping: str | None, point: str | None = None
) -> object:
    if (
        grouping not in (None, " ", ",", ".")
        or point not in (None, ",", ".")
        or grouping == point is not None
    ):
        return run.warn(
            "INVALID_VALUE",
            "number(): expected ' ', ',' or '.' to group, another of ',' and '.' before decimals",
        )
    if grouping is not None:
        text = text.replace(grouping, "")
    if point is not None and point != ".":
        if "." in text:
            return run.warn("INVALID_VALUE", f"number(): {describe(text)} has a '.' beside {point!r}")
        text = text.replace(point, ".")
    return number(run, text)


@builtin("context(entries: list)")
def context(run: Evaluation, entries: list[Any]) -> dict[str, Any] | None:
    """From entries with `key` and `value`. Of two with one key the last counts; in spec mode none does."""
    run.charge(len(entries))
    result: dict[str, Any] = {}
    for entry in entries:
        if type(entry) is not dict or type(entry.get("key")) is not str or "value" not in entry:
            return run.warn("INVALID_VALUE", f"context(): {describe(entry)} has no 'key' and 'value'")
        if entry["key"] in result and run.spec:
            return run.warn("INVALID_VALUE", f"context(): the key {describe(entry['key'])} occurs twice")
        result[entry["key"]] = entry["value"]
    return result


# -- dates and times -----------------------------------------------------------------------------------


def whole(name: str, value: Any) -> int:
    """A part of a date or a time. ValueError if it has a fraction."""
    if type(value) is Decimal and value != value.to_integral_value():
        raise ValueError(f"{name} {value} is not a whole number")
    return int(value)


@builtin("date(from: string)")
def date(run: Evaluation, text: str) -> Date:
    run.charge(1)
    return parse_date(text)


@builtin("date(from: date)")
def date_of(_run: Evaluation, value: Date) -> Date:
    return value


@builtin("date(year: number, month: number, day: number)")
def date_from_parts(_run: Evaluation, year: Any, month: Any, day: Any) -> Date:
    return Date(whole("year", year), whole("month", month), whole("day", day))


@builtin("time(from: string)")
def time(run: Evaluation, text: str) -> Time:
    run.charge(1)
    return parse_time(text)


@builtin("time(from: time)")
def time_of_time(_run: Evaluation, value: Time) -> Time:
    return value


@builtin("time(from: date and time)")
def time_of(_run: Evaluation, value: DateTime) -> Time:
    """A date is its midnight in UTC."""
    return value.time


@builtin("time(hour: number, minute: number, second: number, [offset: days and time duration?])")
def time_from_parts(
    _run: Evaluation, hour: Any, minute: Any, second: Any, offset: DaysTimeDuration | None = None
) -> Time:
    seconds = int(second)
    fraction = int((Decimal(second) - seconds) * SECOND)
    zone = None if offset is None else int(offset.nanos / SECOND)
    return Time.of(whole("hour", hour), whole("minute", minute), seconds, zone, fraction)


@builtin("date and time(from: string)")
def date_and_time(run: Evaluation, text: str) -> DateTime:
    run.charge(1)
    return parse_date_time(text)


@builtin("date and time(from: date and time)")
def date_and_time_of(_run: Evaluation, value: DateTime) -> DateTime:
    return value


@builtin("date and time(date: date, time: time)")
def date_and_time_from_parts(_run: Evaluation, day: Date, clock: Time) -> DateTime:
    return DateTime(day, clock.nanos, clock.zone)


@builtin("date and time(date: only date and time, timezone: string)")
def date_and_time_in_zone(_run: Evaluation, value: DateTime, timezone: str) -> DateTime:
    """The same moment on the clocks of another zone; a local one is read in UTC."""
    zone = parse_time(
        "00:00:00" + (timezone if timezone[:1] in ("Z", "z", "+", "-") else "@" + timezone)
    ).zone
    return DateTime.from_instant(value.instant, zone)


@builtin("duration(from: string)")
def duration(run: Evaluation, text: str) -> YearsMonthsDuration | DaysTimeDuration:
    run.charge(1)
    return parse_duration(text)


@builtin("duration(from: duration)")
def duration_of(_run: Evaluation, value: YearsMonthsDuration | DaysTimeDuration) -> object:
    return value


@builtin("years and months duration(from: date, to: date)")
def years_and_months_duration(_run: Evaluation, start: Date, end: Date) -> YearsMonthsDuration:
    return months_between(start, end)


# -- JSON ----------------------------------------------------------------------------------------------


@builtin("to json(value: any?)")
def to_json_text(run: Evaluation, value: Any) -> str | None:
    try:
        writer = Writer(MAX_STEPS - run.steps)
        written = writer.write(value, 0)
        run.charge(writer.count)
        text = json.dumps(written, ensure_ascii=False, separators=(",", ":"))
    except FeelValueError as error:
        return run.warn("INVALID_VALUE", f"to json(): {error}")
    run.charge_string(len(text))
    run.charge(1 + len(text) // CHARACTERS_PER_STEP)
    return text


@builtin("from json(value: string)")
def from_json_text(run: Evaluation, text: str) -> object:
    run.charge(1 + len(text) // 50)
    try:
        return json.loads(text, parse_float=json_number, parse_int=json_number, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        return run.warn("INVALID_VALUE", f"from json(): {describe(text)} is not JSON: {error}")


def json_number(text: str) -> int | Decimal:
    return as_number(CONTEXT.create_decimal(text))


def no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a value of JSON")
