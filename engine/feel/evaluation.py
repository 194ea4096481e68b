"""One evaluation: what it was given, what it used up, what it has to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Never, TypeAlias

from engine.feel.errors import FeelBudgetError
from engine.feel.limits import (
    CHARACTERS_PER_STEP,
    COST_OF_CALL,
    COST_OF_ITEM,
    COST_OF_LOOK,
    MAX_CALL_DEPTH,
    MAX_STEPS,
    MAX_STRING,
    MAX_WARNINGS,
    MAX_WORK,
)

Null: TypeAlias = Never | None  # noqa: RUF020  (mypy takes a call of type None for a mistake)
"""None as a value: the type of what `return run.warn(...)` gives."""


@dataclass(frozen=True, slots=True)
class Warning:
    """Why a part of an expression became null. `kind` is a constant such as NO_VARIABLE_FOUND."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Result:
    """A value, and the warnings that were met on the way to it."""

    value: object
    warnings: tuple[Warning, ...]


class Evaluation:
    """Shared by everything that one evaluation runs, so that its budgets hold for the whole.

    Made by `Expression.evaluate`; make one yourself to run several expressions as one (a decision does).
    The attributes are class attributes until they are set, which makes an evaluation cheap to begin.
    """

    now: datetime | None = None  # what now() and today() answer
    entropy: Callable[[int], bytes] | None = None  # n random bytes, for uuid() and random number()
    types: Mapping[str, Callable[[object], bool]] | None = None  # tests for the names of a model's types
    warnings: list[Warning] | None = None  # None: nobody wants to know
    steps = 0
    work = 0
    depth = 0
    regex_seconds = 0.0
    spec = False  # follow the DMN standard where Camunda differs

    def charge(self, steps: int, weight: int = 1) -> None:
        """Before `steps` turns of something that evaluates `weight` nodes each time."""
        self.steps += steps
        self.work += steps * weight
        if self.steps > MAX_STEPS or self.work > MAX_WORK:
            raise FeelBudgetError(
                f"the expression needs more than {MAX_STEPS:,} steps or {MAX_WORK:,} units of work;"
                " use shorter lists or fewer nested loops"
            )

    def spend(self, work: int) -> None:
        """Before an operation that costs so many units of work."""
        self.work += work
        if self.work > MAX_WORK:
            self.charge(0)

    def copy(self, count: int) -> None:
        """Before so many items of a list, or entries of a context, are copied."""
        self.spend(count * COST_OF_ITEM)

    def look(self, count: int) -> None:
        """Before so many items of a list, or entries of a context, are looked at one by one."""
        self.spend(count * COST_OF_LOOK)

    def foresee(self, steps: int) -> None:
        """Before a list for so many turns is made; the turns themselves are charged by the loop."""
        if self.steps + steps > MAX_STEPS:
            self.charge(steps)

    def charge_string(self, length: int) -> None:
        """Before a string of `length` characters is built or compared."""
        if length > CHARACTERS_PER_STEP:
            self.charge(length // CHARACTERS_PER_STEP)
        if length > MAX_STRING:
            raise FeelBudgetError(
                f"a string of {length:,} characters is longer than the {MAX_STRING:,} allowed"
            )

    def enter(self, weight: int) -> None:
        """Before the body of a function; `leave` after it."""
        self.charge(1, weight + COST_OF_CALL)
        self.depth += 1
        if self.depth > MAX_CALL_DEPTH:
            raise FeelBudgetError(f"functions call each other more than {MAX_CALL_DEPTH} deep")

    def leave(self) -> None:
        self.depth -= 1

    def warn(self, kind: str, message: str) -> Null:
        """Always answers None, so that a failure reads `return run.warn(...)`."""
        if self.warnings is None:
            return None
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(Warning(kind, message))
        return None
