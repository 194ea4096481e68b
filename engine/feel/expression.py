"""Compile and evaluate: what a caller of this package uses."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Final, Protocol

from engine.feel.builtins import REGISTRY
from engine.feel.compiler import Compiled, compile_node
from engine.feel.cursor import phrases_of
from engine.feel.errors import FeelBudgetError, FeelSyntaxError
from engine.feel.evaluation import Evaluation, Result
from engine.feel.nodes import Node, Tests, TypeNode
from engine.feel.parser import Parser
from engine.feel.types import TypeTest, type_test

CACHE_SIZE: Final = 4096
BUILTIN_PHRASES: Final = phrases_of(REGISTRY)
NO_NAMES: Final[frozenset[str]] = frozenset()


class Mode(Enum):
    """CAMUNDA: a name is one word or in backticks. SPEC: names may have spaces, as the DMN standard says."""

    CAMUNDA = "camunda"
    SPEC = "spec"


class Scope(Protocol):
    """Where an expression finds its variables: a dict, or what raises KeyError for a name it has not."""

    def __getitem__(self, name: str, /) -> object: ...


class Expression:
    """A compiled expression. Immutable; may be evaluated from many threads at once."""

    __slots__ = ("_function", "names", "spec", "text")

    def __init__(self, text: str, compiled: Compiled, spec: bool) -> None:
        self.text = text
        self.names = compiled.names
        """The variables it may read. Each is asked for once, when the evaluation begins."""
        self.spec = spec
        self._function = compiled.function

    def evaluate(
        self,
        context: Scope,
        *,
        now: datetime | None = None,
        entropy: Callable[[int], bytes] | None = None,
    ) -> object:
        """The value; null (None) where something in it could not be computed.

        `now` is what `now()` and `today()` answer, `entropy(n)` gives n random bytes to `uuid()` and
        `random number()`; without them these functions answer null. FeelAssertionError and
        FeelBudgetError are the only errors.
        """
        run = Evaluation()
        if now is not None:
            run.now = now
        if entropy is not None:
            run.entropy = entropy
        return self.run(context, run)

    def evaluate_with_warnings(
        self,
        context: Scope,
        *,
        now: datetime | None = None,
        entropy: Callable[[int], bytes] | None = None,
    ) -> Result:
        """Like `evaluate`, and why parts became null."""
        run = Evaluation()
        run.now, run.entropy, run.warnings = now, entropy, []
        value = self.run(context, run)
        return Result(value, tuple(run.warnings))

    def run(self, context: Scope, run: Evaluation) -> object:
        """Evaluate as a part of a larger evaluation, with its budgets and its time."""
        if self.spec:
            run.spec = True
        try:
            return self._function(context, run)
        except RecursionError as error:
            raise FeelBudgetError("the evaluation is nested too deep") from error

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"


class UnaryTests(Expression):
    """The compiled tests of a decision table's cell."""

    __slots__ = ()

    def evaluate(  # type: ignore[override]
        self, context: Scope, input_value: object, *, now: datetime | None = None
    ) -> bool | None:
        """Whether the input meets one of the tests; None where that cannot be told."""
        run = Evaluation()
        if now is not None:
            run.now = now
        return self.test(context, input_value, run)

    def test(self, context: Scope, input_value: object, run: Evaluation) -> bool | None:
        """Evaluate as a part of a larger evaluation."""
        if self.spec:
            run.spec = True
        try:
            truth = self._function(context, run, input_value)
        except RecursionError as error:
            raise FeelBudgetError("the evaluation is nested too deep") from error
        return truth if truth is True or truth is False else None


@dataclass(frozen=True, slots=True)
class Static:
    """An attribute that is no expression: its text is its value."""

    text: str
    names: frozenset[str] = NO_NAMES

    def evaluate(self, context: Scope, *, now: datetime | None = None) -> object:
        return self.text


def parse(text: str, *, mode: Mode = Mode.CAMUNDA, names: Collection[str] = NO_NAMES) -> Node:
    """The syntax tree of an expression. FeelSyntaxError if it is none."""
    return guarded(text, mode, names, Parser.parse_expression)


def parse_unary(text: str, *, mode: Mode = Mode.CAMUNDA, names: Collection[str] = NO_NAMES) -> Tests:
    """The syntax tree of unary tests."""
    tests = guarded(text, mode, names, Parser.parse_tests)
    assert isinstance(tests, Tests)
    return tests


def guarded(text: str, mode: Mode, names: Collection[str], parse_with: Callable[[Parser], Node]) -> Node:
    try:
        spec = mode is Mode.SPEC
        return parse_with(Parser(text, spec=spec, names=phrases_of(names), functions=BUILTIN_PHRASES))
    except RecursionError as error:
        raise FeelSyntaxError("the expression is nested too deep", text) from error


def compile(text: str, *, mode: Mode = Mode.CAMUNDA, names: Collection[str] = NO_NAMES) -> Expression:
    """An expression, compiled once per text, mode and names.

    `names` are the variables that the author can use, as far as they are known: only their names with
    spaces or operators in them can be told apart by it, and a name that is also a built-in function means
    the variable. FeelSyntaxError says where the text is wrong and what was expected.
    """
    return _compile(text, mode, frozenset(names))


def compile_unary(text: str, *, mode: Mode = Mode.CAMUNDA, names: Collection[str] = NO_NAMES) -> UnaryTests:
    """The unary tests of a decision table's cell, such as `< 10, [20..30]`, `not("a")` or `-`."""
    return _compile_unary(text, mode, frozenset(names))


@lru_cache(maxsize=CACHE_SIZE)
def _compile(text: str, mode: Mode, names: frozenset[str]) -> Expression:
    spec = mode is Mode.SPEC
    return Expression(text, compile_node(parse(text, mode=mode, names=names), names, spec=spec), spec)


@lru_cache(maxsize=CACHE_SIZE)
def _compile_unary(text: str, mode: Mode, names: frozenset[str]) -> UnaryTests:
    spec = mode is Mode.SPEC
    return UnaryTests(
        text, compile_node(parse_unary(text, mode=mode, names=names), names, spec=spec), not spec
    )


def attribute(text: str, *, mode: Mode = Mode.CAMUNDA) -> Expression | Static:
    """An attribute of a model: an expression if it begins with `=`, else a static string."""
    stripped = text.strip()
    return compile(stripped[1:], mode=mode) if stripped.startswith("=") else Static(text)


def parse_type(text: str, *, mode: Mode = Mode.CAMUNDA) -> TypeTest:
    """Whether a value, that is not null, is of the type that `text` names, such as `list<number>`."""
    node = guarded(text, mode, NO_NAMES, Parser.parse_type)
    assert isinstance(node, TypeNode)
    return type_test(node)


def parse_value(text: str) -> object:
    """The value of an expression that needs no variables, such as a literal."""
    return compile(text).evaluate({})


def evaluate(text: str, context: Scope, *, mode: Mode = Mode.CAMUNDA, now: datetime | None = None) -> object:
    """Compile and evaluate at once."""
    return compile(text, mode=mode).evaluate(context, now=now)
