"""Variables, paths, indexes and filters."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from engine.feel.evaluation import Evaluation, Null
from engine.feel.limits import MAX_DEPTH
from engine.feel.operations.arithmetic import exact
from engine.feel.operations.comparison import range_of
from engine.feel.temporal.calendar import SECOND
from engine.feel.temporal.types import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from engine.feel.values import NUMBER, Range, describe, kind

__all__ = ["bad_literal", "filter_list", "index", "missing", "not_missing", "path", "put", "range_of"]


def missing(run: Evaluation, name: str) -> Null:
    return run.warn("NO_VARIABLE_FOUND", f"no variable {name!r}; expected one in scope")


def not_missing(_run: Evaluation, _name: str) -> None:
    """For a name that may be an entry of a filtered item: then nobody misses the variable."""


def bad_literal(run: Evaluation, message: str) -> Null:
    return run.warn("INVALID_VALUE", message)


def put(scope: dict[str, object], key: str, value: object) -> None:
    """One entry of a context that is being built, so that the next can refer to it."""
    scope[key] = value


def path(run: Evaluation, base: Any, name: str, depth: int = 0) -> object:
    """`base.name`: an entry of a context, a property of a value, or of a list the list of all of them."""
    if type(base) is dict:
        if name in base:
            return base[name]
        return run.warn(
            "NO_CONTEXT_ENTRY_FOUND", f"the context has no entry {name!r}; it has {some_keys(base)}"
        )
    if type(base) is list:
        run.look(len(base))
        if depth > MAX_DEPTH:
            return run.warn("INVALID_VALUE", f"lists are nested more than {MAX_DEPTH} deep")
        return [path(run, item, name, depth + 1) for item in base]
    reader = PROPERTIES.get(type(base), {}).get(name)
    if reader is None:
        return run.warn("NO_PROPERTY_FOUND", f"{describe(base)} has no property {name!r}")
    return reader(base)


def some_keys(context: dict[str, object]) -> str:
    names = [repr(key) for key in list(context)[:5]]
    return ", ".join(names) + (", …" if len(context) > 5 else "") if names else "none"


def offset_of(value: Time | DateTime) -> DaysTimeDuration | None:
    return None if value.offset is None else DaysTimeDuration(value.offset * SECOND)


def date_properties(kinds: tuple[str, ...]) -> dict[str, Callable[[Any], object]]:
    return {name: ALL_PROPERTIES[name] for name in kinds}


ALL_PROPERTIES: Final[dict[str, Callable[[Any], object]]] = {
    "year": lambda value: value.year,
    "month": lambda value: value.month,
    "day": lambda value: value.day,
    "weekday": lambda value: value.weekday,
    "hour": lambda value: value.hour,
    "minute": lambda value: value.minute,
    "second": lambda value: value.second,
    "time offset": offset_of,
    "timezone": lambda value: value.timezone,
    "years": lambda value: value.years,
    "months": lambda value: value.months,
    "days": lambda value: value.days,
    "hours": lambda value: value.hours,
    "minutes": lambda value: value.minutes,
    "seconds": lambda value: value.seconds,
    "start": lambda value: value.start,
    "end": lambda value: value.end,
    "start included": lambda value: value.start_included,
    "end included": lambda value: value.end_included,
}
_DAY: Final = ("year", "month", "day", "weekday")
_CLOCK: Final = ("hour", "minute", "second", "time offset", "timezone")
PROPERTIES: Final[dict[type[Any], dict[str, Callable[[Any], object]]]] = {
    Date: date_properties(_DAY),
    Time: date_properties(_CLOCK),
    DateTime: date_properties(_DAY + _CLOCK),
    YearsMonthsDuration: date_properties(("years", "months")),
    DaysTimeDuration: date_properties(("days", "hours", "minutes", "seconds")),
    Range: date_properties(("start", "end", "start included", "end included")),
}


def index(run: Evaluation, base: Any, position: Any) -> object:
    """`base[position]`: from 1 at the start, from -1 at the end; a value alone is a list of itself."""
    if base is None:
        return run.warn("INVALID_TYPE", "null has no items")
    items = base if type(base) is list else [base]
    position = exact(position)
    if type(position) is Decimal or not 1 <= abs(position) <= len(items):
        return run.warn("OUT_OF_BOUNDS", f"no item {str(position)[:40]} in a list of {len(items)}")
    return items[position - 1 if position > 0 else position]


def filter_list(
    run: Evaluation, base: Any, condition: Callable[[Any], Any], weight: int, is_test: bool
) -> object:
    """`base[condition]`: the items for which it is true; one item where it turns out to be a number."""
    if base is None:
        return run.warn("INVALID_TYPE", "null has no items")
    items = base if type(base) is list else [base]
    if is_test:
        run.charge(len(items), weight)
        return [item for item in items if condition(item) is True]
    run.charge(1, weight)
    first = condition(items[0] if items else None)
    if kind(first) == NUMBER:
        return index(run, items, first)
    if type(first) is not bool and first is not None:
        return run.warn("INVALID_TYPE", f"a filter must be a boolean or a number, not {describe(first)}")
    run.charge(len(items), weight)
    kept = [items[0]] if items and first is True else []
    kept.extend(item for item in items[1:] if condition(item) is True)
    return kept
