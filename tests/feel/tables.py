"""How the tests of this folder read: a table of expressions and of what they are, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine import feel

NOW = datetime(2024, 2, 29, 13, 30, 15, tzinfo=ZoneInfo("Europe/Berlin"))


def result(expression: str, *, mode: feel.Mode = feel.Mode.CAMUNDA, **variables: Any) -> Any:
    """The value of an expression, as JSON."""
    return feel.to_json(feel.compile(expression, mode=mode).evaluate(variables, now=NOW))


def spec(expression: str, *names: str, **variables: Any) -> Any:
    """The same in spec mode; `names` are variables that the author can use, beside those given."""
    scope = {name.replace("_", " "): value for name, value in variables.items()}
    compiled = feel.compile(expression, mode=feel.Mode.SPEC, names=frozenset((*names, *scope)))
    return feel.to_json(compiled.evaluate(scope, now=NOW))


def warnings(expression: str, **variables: Any) -> list[str]:
    """The kinds of the warnings of an evaluation."""
    return [one.kind for one in feel.compile(expression).evaluate_with_warnings(variables).warnings]
