"""The values of FEEL that Python has no class for, and the name of every value's type.

| FEEL          | Python                                                               |
|---------------|----------------------------------------------------------------------|
| null, boolean | None, bool                                                           |
| number        | int if whole and of at most 34 digits, else Decimal; a float, which  |
|               | comes from JSON, is read by its shortest decimal                     |
| string        | str                                                                  |
| list, context | list, dict with str keys; never changed once made                    |
| date, time, … | the classes of `engine.feel.temporal`                                |
| range         | Range                                                                |
| function      | Function                                                             |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from engine.feel.temporal import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration

if TYPE_CHECKING:
    from engine.feel.evaluation import Evaluation

NUMBER: Final = "number"
STRING: Final = "string"
BOOLEAN: Final = "boolean"
DATE: Final = "date"
TIME: Final = "time"
DATE_TIME: Final = "date and time"
DAYS_TIME: Final = "days and time duration"
YEARS_MONTHS: Final = "years and months duration"
LIST: Final = "list"
CONTEXT: Final = "context"
RANGE: Final = "range"
FUNCTION: Final = "function"
NULL: Final = "null"


@dataclass(frozen=True, slots=True)
class Range:
    """All values between two ends. `operator` is set for the forms `(< 10)`, `(= 10)`, `(!= 10)` …

    An end that is None there is open; in `[a..b]` both must have a value, or nothing can be tested.
    """

    start: object
    end: object
    start_included: bool = True
    end_included: bool = True
    operator: str | None = None

    @classmethod
    def of(cls, operator: str, bound: object) -> Range:
        """The range of what compares with `bound` by `operator`."""
        if operator in ("<", "<="):
            return cls(None, bound, False, operator == "<=", operator)
        if operator in (">", ">="):
            return cls(bound, None, operator == ">=", False, operator)
        return cls(bound, bound, True, True, operator)


@dataclass(frozen=True, slots=True)
class Function:
    """Something that FEEL can call.

    `body` gets the Evaluation and one value per parameter, in order. `types` holds a test per parameter, or
    None where anything goes; an argument that fails its test makes the result null. `result` tests what
    comes back.
    """

    parameters: tuple[str, ...]
    body: Callable[..., object]
    types: tuple[Callable[[Evaluation, object], bool] | None, ...] = ()
    result: Callable[[Evaluation, object], bool] | None = None
    name: str = "function"
    variadic: bool = False
    invoke: Callable[..., object] | None = field(default=None, compare=False)
    """For built-in functions: called with the Evaluation and all arguments, however many."""


KINDS: Final[Mapping[type[Any], str]] = {
    type(None): NULL,
    bool: BOOLEAN,
    int: NUMBER,
    Decimal: NUMBER,
    float: NUMBER,
    str: STRING,
    list: LIST,
    dict: CONTEXT,
    Date: DATE,
    Time: TIME,
    DateTime: DATE_TIME,
    DaysTimeDuration: DAYS_TIME,
    YearsMonthsDuration: YEARS_MONTHS,
    Range: RANGE,
    Function: FUNCTION,
}


def kind(value: object) -> str:
    """The name of a value's type, as FEEL calls it."""
    return KINDS.get(type(value), "unknown")


def describe(value: object) -> str:
    """A value for a message: short, whatever its size."""
    name = kind(value)
    if name in (LIST, CONTEXT, FUNCTION):
        return f"a {name}"
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:40] + "…")
    return name if name in (NULL, RANGE) else f"{name} {str(value)[:60]}"
