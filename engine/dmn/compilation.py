"""What the compiling of one file shares: dialect, types, names, and the list of problems.

Logic is compiled once into evaluators: functions of (scope, run), where the scope is a dict of the variables
that can be seen and the run is FEEL's Evaluation, which carries budgets, time and warnings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from engine import feel
from engine.dmn.errors import Problem
from engine.dmn.results import DecisionType
from engine.dmn.source import Element, attribute, children, line_of, local_name, text_of, type_ref
from engine.dmn.types import ANY, BUILT_IN, Named, Type, convert_or_null
from engine.feel import Evaluation, FeelSyntaxError, Mode

Scope = dict[str, object]
Evaluator = Callable[[Scope, Evaluation], object]
Tester = Callable[[Mapping[str, object], object, Evaluation], bool | None]
Names = frozenset[str]
Compile = Callable[["Compilation", Element, Names], Evaluator]

MAX_NESTING: Final = 50
"""Boxed expressions in boxed expressions. Each takes some frames of Python's stack."""

class Boxed(NamedTuple):
    """A kind of boxed expression: what a decision with it is called, and how its element is compiled."""

    type: DecisionType
    compile: Compile


class Compilation:
    """Of one file. `owner` is the id of the element whose logic is being compiled, for problems.

    `expressions` are the boxed expressions that there are, by the names of their elements.
    """

    def __init__(self, mode: Mode, expressions: Mapping[str, Boxed]) -> None:
        self.mode = mode
        self.expressions = expressions
        self.strict = mode is Mode.SPEC
        """Whether types are held, as the standard says. Camunda's engine does not look at them."""
        self.problems: list[Problem] = []
        self.types: dict[str, Type] = {}
        self.special_names: Names = frozenset()
        """Names of components that are not single words: they can follow a dot anywhere."""
        self.allowed_values: dict[str, Element] = {}
        """By type, or type and component, the element that lists its values."""
        self.result_type = ""
        """The type that is declared for the result of the logic, if it is that of a decision."""
        self.owner = ""
        self.depth = 0

    def problem(self, element: Element, message: str, mend: str) -> None:
        line = line_of(element)
        self.problems.append(Problem(attribute(element, "id") or self.owner, line, message, mend))

    # -- FEEL ------------------------------------------------------------------------------------------

    def feel(self, element: Element, names: Names) -> Evaluator:
        """The expression in an element's `<text>`; none means null."""
        text = text_of(element)
        return self.expression(element, text, names) if text and self.is_feel(element) else nothing

    def feel_list(self, element: Element, names: Names) -> Evaluator:
        """The unary tests in an element's `<text>` as a list of values and ranges."""
        return self.expression(element, f"[{text_of(element)}]", names)

    def expression(self, element: Element, text: str, names: Names) -> Evaluator:
        try:
            return feel.compile(text, mode=self.mode, names=names | self.special_names).run
        except FeelSyntaxError as error:
            self.syntax_problem(element, text, error)
            return failing("SYNTAX_ERROR", str(error))

    def tests(self, element: Element, names: Names) -> Tester | None:
        """The unary tests in an element's `<text>`; None where they let everything through."""
        text = text_of(element)
        if text in ("", "-") or not self.is_feel(element):
            return None
        try:
            return feel.compile_unary(text, mode=self.mode, names=names | self.special_names).test
        except FeelSyntaxError as error:
            self.syntax_problem(element, text, error)
            return never

    def syntax_problem(self, element: Element, text: str, error: FeelSyntaxError) -> None:
        self.problem(element, f"'{text[:80]}' is no FEEL: {error}.", "Correct the expression.")

    def is_feel(self, element: Element) -> bool:
        language = attribute(element, "expressionLanguage")
        if not language or "feel" in language.lower():
            return True
        self.problem(element, f"The expression language '{language}' is not known.", "Write the expression in FEEL.")
        return False

    # -- boxed expressions -----------------------------------------------------------------------------

    def logic_in(self, element: Element) -> list[Element]:
        """The boxed expressions that are children of an element."""
        return children(element, *self.expressions)

    def decision(self, element: Element, names: Names, result_type: str) -> Evaluator:
        """The logic of a decision whose variable has a type."""
        self.result_type = result_type if local_name(element) == "decisionTable" else ""
        evaluate = self.boxed(element, names)
        self.result_type = ""
        return evaluate

    def inner(self, element: Element | None, names: Names) -> Evaluator:
        """The boxed expression in an element; null if there is none."""
        logic = self.logic_in(element) if element is not None else []
        return self.boxed(logic[0], names) if logic else nothing

    def boxed(self, element: Element, names: Names) -> Evaluator:
        """A boxed expression, held to its type."""
        if self.depth >= MAX_NESTING:
            self.problem(
                element,
                f"Boxed expressions are nested more than {MAX_NESTING} deep.",
                "Move a part of the logic into a decision of its own.",
            )
            return nothing
        self.depth += 1
        evaluate = self.expressions[local_name(element)].compile(self, element, names)
        self.depth -= 1
        return self.typed(evaluate, type_ref(element), "the result of the expression")

    # -- types -----------------------------------------------------------------------------------------

    def type(self, name: str) -> Type:
        """The type of a name; anything where there is no name, or where types are not held."""
        if not name:
            return ANY
        return BUILT_IN.get(name) or Named(name, self.find_type)

    def find_type(self, name: str) -> Type | None:
        """The type of that name; DMN 1.1 wrote `feel:number`."""
        return self.types.get(name) or BUILT_IN.get(name.rpartition(":")[2]) or self.types.get(name.rpartition(":")[2])

    def typed(self, evaluate: Evaluator, type_name: str, place: str) -> Evaluator:
        """The evaluator whose value is held to the type."""
        if not self.strict or not type_name or type_name == "Any":
            return evaluate
        type_ = self.type(type_name)
        return lambda scope, run: convert_or_null(run, type_, evaluate(scope, run), place)

    def converted(self, run: Evaluation, type_: Type, value: object, place: str) -> object:
        return convert_or_null(run, type_, value, place) if self.strict else value


def nothing(_scope: Mapping[str, object], _run: Evaluation) -> object:
    return None


def never(_scope: Mapping[str, object], _value: object, _run: Evaluation) -> bool:
    return False


def failing(kind: str, message: str) -> Evaluator:
    """Null, and why."""
    return lambda _scope, run: run.warn(kind, message)
