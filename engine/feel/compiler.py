"""Syntax tree → Python's `ast` → code object.

The code of an expression is one function `feel(context, run)`; of unary tests `feel(context, run, input)`. It
first reads its variables from the context, then returns one Python expression:

    amount > 100 and status = "open"

    def feel(context, run):
        try: v1 = context["amount"]
        except KeyError: v1 = missing(run, "amount")
        …
        return conjunction(run, (v1 > 100 if type_of(v1) in plain_numbers else greater(run, v1, 100)), …)

Names of an expression never become names of Python: variables are v1, v2 …, bound names p1 …, contexts under
construction s1 …, constants k1 …, and keys are constants. There is no attribute access in the code, its
builtins are `OPERATIONS` instead of Python's, and it can call only them, its constants, and values that are
functions of FEEL. What binds a name (`for`, `some`, filters, functions) becomes a lambda, so that scopes are
Python's.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine.feel.builtins import REGISTRY, as_value, invocation
from engine.feel.errors import FeelSyntaxError
from engine.feel.evaluation import Evaluation
from engine.feel.limits import MAX_FILTERS
from engine.feel.nodes import (
    Anything,
    Arithmetic,
    BadLiteral,
    Between,
    Binding,
    Call,
    Comparison,
    ContextOf,
    Filter,
    For,
    If,
    In,
    InstanceOf,
    Lambda,
    ListOf,
    Literal,
    Logic,
    Name,
    Negation,
    Node,
    Not,
    Path,
    Quantified,
    RangeOf,
    Tests,
    UnaryComparison,
)
from engine.feel.numbers import EXACT_FLOATS
from engine.feel.operations import OPERATIONS
from engine.feel.operations.comparison import range_of
from engine.feel.pyast import (
    LOAD,
    RUN,
    STORE,
    arguments,
    assign,
    call,
    is_,
    is_plain_number,
    is_type,
    last,
    load,
    located,
)
from engine.feel.scopes import INPUT, Item, Scopes, Siblings
from engine.feel.types import type_test

ARITHMETIC: Final = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "power"}
COMPARISONS: Final = {
    "=": "equal",
    "!=": "not_equal",
    "<": "less",
    "<=": "less_or_equal",
    ">": "greater",
    ">=": "greater_or_equal",
}
PYTHON_COMPARISONS: Final[dict[str, type[ast.cmpop]]] = {
    "=": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
}
TESTS: Final = (Comparison, Between, In, Logic, Quantified, InstanceOf)
AGGREGATES: Final = frozenset(("count", "sum", "min", "max", "mean", "product", "list contains", "is empty"))
CONVERSIONS: Final = frozenset(("date", "time", "date and time", "duration"))
LONG_CHAIN: Final = 20


@dataclass(slots=True)
class Compiled:
    """A function of (context, run[, input]), and the variables it may read."""

    function: Callable[..., object]
    names: frozenset[str]


def compile_node(node: Node, variables: frozenset[str] = frozenset(), *, spec: bool = False) -> Compiled:
    """`variables` are names that come before a built-in function of the same name."""
    return Compiler(variables, spec).compile(node)


class Compiler(Scopes):
    """Of one expression. `gen` turns any node into a Python expression."""

    def __init__(self, known: frozenset[str], spec: bool) -> None:
        super().__init__()
        self.known = known
        self.spec = spec
        self.constants: dict[str, object] = {}

    # -- the function ----------------------------------------------------------------------------------

    def compile(self, node: Node) -> Compiled:
        inputs = [INPUT] if isinstance(node, Tests) else []
        try:
            tree = self.module(self.gen(node), ["context", "run", *inputs])
            code = compile(tree, "<feel>", "exec")
        except RecursionError as error:
            raise FeelSyntaxError("the expression is nested too deep") from error
        scope: dict[str, Any] = {**self.constants, "__builtins__": OPERATIONS}
        exec(code, scope)  # noqa: S102  (our own code: no name or text of the expression is in it)
        return Compiled(scope["feel"], frozenset(self.variables))

    def module(self, body: ast.expr, parameters: list[str]) -> ast.Module:
        statements: list[ast.stmt] = [self.fetch(name, local) for name, local in self.variables.items()]
        statements.append(ast.Return(body))
        function = ast.FunctionDef("feel", arguments(parameters), statements, [], None)
        return located(ast.Module([function], []))

    def fetch(self, name: str, local: str) -> ast.stmt:
        """`try: v1 = context["name"]`, and what a missing variable is instead."""
        if self.spec and name in REGISTRY:
            absent: ast.expr = self.constant(as_value(name))
        else:
            absent = call("missing" if name in self.strict else "not_missing", RUN, ast.Constant(name))
        value = ast.Subscript(load("context"), ast.Constant(name), LOAD)
        handler = ast.ExceptHandler(load("KeyError"), None, [assign(local, absent)])
        return ast.Try([assign(local, value)], [handler], [], [])

    def constant(self, value: object) -> ast.expr:
        if value is None or isinstance(value, bool | int | str):
            return ast.Constant(value)
        name = self.fresh("k")
        self.constants[name] = value
        return load(name)

    # -- nodes -----------------------------------------------------------------------------------------

    def gen(self, node: Node) -> ast.expr:
        return GENERATORS[type(node)](self, node)

    def literal(self, node: Literal) -> ast.expr:
        return self.constant(node.value)

    def bad_literal(self, node: BadLiteral) -> ast.expr:
        return call("bad_literal", RUN, ast.Constant(node.message))

    def name(self, node: Name) -> ast.expr:
        return self.resolve(node.name)

    def path(self, node: Path) -> ast.expr:
        return call("path", RUN, self.gen(node.base), ast.Constant(node.name))

    def negation(self, node: Negation) -> ast.expr:
        return call("negate", RUN, self.gen(node.operand))

    def arithmetic(self, node: Arithmetic) -> ast.expr:
        result = self.gen(node.first)
        if len(node.operations) < LONG_CHAIN:
            for operator, operand in node.operations:
                result = call(ARITHMETIC[operator], RUN, result, self.gen(operand))
            return result
        total = self.fresh("t")
        steps: list[ast.expr] = [ast.NamedExpr(ast.Name(total, STORE), result)]
        for operator, operand in node.operations:
            step = call(ARITHMETIC[operator], RUN, load(total), self.gen(operand))
            steps.append(ast.NamedExpr(ast.Name(total, STORE), step))
        return last(steps)

    def comparison(self, node: Comparison) -> ast.expr:
        return self.compare(node.operator, self.gen(node.left), self.gen(node.right))

    def compare(self, operator: str, left: ast.expr, right: ast.expr) -> ast.expr:
        """A call, or in place where a variable is compared with a whole number or a string."""
        general = call(COMPARISONS[operator], RUN, left, right)
        if not isinstance(left, ast.Name) or not isinstance(right, ast.Constant):
            return general
        if is_small(right.value):
            of_type = is_plain_number(left)
        elif type(right.value) is str and operator in ("=", "!="):
            of_type = is_type(left, "str_type")
        else:
            return general
        fast = ast.Compare(left, [PYTHON_COMPARISONS[operator]()], [right])
        return ast.IfExp(of_type, fast, general)

    def between(self, node: Between) -> ast.expr:
        return call("between", RUN, self.gen(node.value), self.gen(node.low), self.gen(node.high))

    def logic(self, node: Logic) -> ast.expr:
        """The operand on the right is evaluated only where the left one has not decided."""
        function, decisive = ("conjunction", False) if node.operator == "and" else ("disjunction", True)
        return self.junction(function, decisive, node.operands)

    def junction(self, function: str, decisive: bool, operands: tuple[Node, ...]) -> ast.expr:
        """Halves of halves, so that a long chain makes no deep tree."""
        if len(operands) == 1:
            return self.gen(operands[0])
        half = len(operands) // 2
        left = self.fresh("t")
        first = ast.NamedExpr(ast.Name(left, STORE), self.junction(function, decisive, operands[:half]))
        both = call(function, RUN, load(left), self.junction(function, decisive, operands[half:]))
        return ast.IfExp(is_(first, decisive), ast.Constant(decisive), both)

    def conditional(self, node: If) -> ast.expr:
        condition = self.gen(node.condition)
        if not isinstance(node.condition, TESTS):
            condition = is_(condition, True)
        return ast.IfExp(condition, self.gen(node.then), self.gen(node.otherwise))

    def list_of(self, node: ListOf) -> ast.expr:
        return ast.List([self.gen(item) for item in node.items], LOAD)

    def context_of(self, node: ContextOf) -> ast.expr:
        """A dict; where an entry refers to one before it, a dict that is filled entry by entry."""
        siblings = Siblings(self.fresh("s"))
        self.scopes.append(siblings)
        values: list[ast.expr] = []
        for key, value in node.entries:
            values.append(self.gen(value))
            siblings.keys.add(key)
        self.scopes.pop()
        keys = [ast.Constant(key) for key, _ in node.entries]
        if not siblings.used:
            return ast.Dict(list(keys), values)
        steps: list[ast.expr] = [
            call("put", load(siblings.scope), key, value) for key, value in zip(keys, values, strict=True)
        ]
        build = ast.Lambda(arguments([siblings.scope]), last([*steps, load(siblings.scope)]))
        return ast.Call(build, [ast.Dict([], [])], [])

    def range_of(self, node: RangeOf) -> ast.expr:
        ends = (ast.Constant(node.start_included), ast.Constant(node.end_included))
        return call("range_of", RUN, self.gen(node.start), self.gen(node.end), *ends)

    def unary_range(self, node: UnaryComparison) -> ast.expr:
        return call("unary_range", ast.Constant(node.operator), self.gen(node.operand))

    def instance_of(self, node: InstanceOf) -> ast.expr:
        return call("instance_of", RUN, self.gen(node.value), self.constant(type_test(node.type)))

    def filter(self, node: Filter) -> ast.expr:
        base = self.gen(node.base)
        condition = node.condition
        if sum(isinstance(scope, Item) for scope in self.scopes) >= MAX_FILTERS:
            raise FeelSyntaxError(f"filters are nested more than {MAX_FILTERS} deep")
        if isinstance(condition, Literal) and type(condition.value) in (int, Decimal):
            return call("index", RUN, base, self.constant(condition.value))
        item = self.fresh("p")
        self.scopes.append(Item(item))
        test = ast.Lambda(arguments([item]), self.gen(condition))
        self.scopes.pop()
        is_test = ast.Constant(isinstance(condition, TESTS))
        return call("filter_list", RUN, base, test, ast.Constant(condition.cost), is_test)

    # -- loops -----------------------------------------------------------------------------------------

    def domain(self, binding: Binding) -> ast.expr:
        if binding.end is None:
            return self.gen(binding.domain)
        return call("span", RUN, self.gen(binding.domain), self.gen(binding.end))

    def loop(self, node: For) -> ast.expr:
        weight = ast.Constant(node.body.cost)
        if mentions(node.body, "partial"):
            return self.partial_loop(node, weight)
        return self.nested(node.iterators, "for_flat", "for_each", node.body, weight)

    def quantified(self, node: Quantified) -> ast.expr:
        weight = ast.Constant(node.body.cost)
        return self.nested(node.iterators, node.quantifier, node.quantifier, node.body, weight)

    def nested(
        self, bindings: tuple[Binding, ...], outer: str, inner: str, body: Node, weight: ast.expr
    ) -> ast.expr:
        """One loop in the other; the first binding is the outermost."""
        first, *rest = bindings
        domain = self.domain(first)
        if not rest:
            return call(inner, RUN, domain, self.binder([first.name], lambda: self.gen(body)), weight)
        turn = self.binder([first.name], lambda: self.nested(tuple(rest), outer, inner, body, weight))
        return call(outer, RUN, domain, turn, weight)

    def partial_loop(self, node: For, weight: ast.expr) -> ast.expr:
        names: list[str] = []
        domains: list[ast.expr] = []
        for binding in node.iterators:
            domains.append(self.binder(names, lambda binding=binding: self.domain(binding)))  # type: ignore[misc]
            names.append(binding.name)
        body = self.binder(["partial", *names], lambda: self.gen(node.body))
        keeps = ast.Constant(keeps_partial(node.body))
        return call("for_partial", RUN, ast.Tuple(domains, LOAD), body, weight, keeps)

    # -- functions -------------------------------------------------------------------------------------

    def function(self, node: Lambda) -> ast.expr:
        definition = node.body
        if definition is None:
            return call("bad_literal", RUN, ast.Constant("external functions are not supported"))
        body = self.binder(node.parameters, lambda: self.gen(definition), with_run=True)
        types = tuple(type_ and type_test(type_) for type_ in node.types)
        parameters = (self.constant(node.parameters), self.constant(types))
        return call("function_of", *parameters, body, ast.Constant(definition.cost))

    def folded(self, node: Node) -> Node:
        """`date("2024-01-31")` and its like as the literals that they are."""
        if not isinstance(node, Call) or not isinstance(node.function, Name) or node.names:
            return node
        name = node.function.name
        values = [argument.value for argument in node.arguments if isinstance(argument, Literal)]
        if name not in CONVERSIONS or name in self.known or self.is_bound(name):
            return node
        if len(values) < len(node.arguments):
            return node
        value = invocation(name, len(values))(Evaluation(), *values)
        return node if value is None else Literal(node.at, value)

    def call(self, node: Call) -> ast.expr:
        literal = self.folded(node)
        if isinstance(literal, Literal):
            return self.literal(literal)
        values = [self.gen(argument) for argument in node.arguments]
        name = node.function.name if isinstance(node.function, Name) else None
        if name is None or name not in REGISTRY or self.is_bound(name):
            return call("call_value", RUN, self.gen(node.function), self.constant(node.names), *values)
        if name in self.known:
            function = call(
                "function_or", self.resolve_in(name, -1, strict=False), self.constant(as_value(name))
            )
            return call("call_value", RUN, function, self.constant(node.names), *values)
        return ast.Call(self.constant(invocation(name, len(values), node.names)), [RUN, *values], [])

    # -- tests -----------------------------------------------------------------------------------------

    def in_tests(self, node: In) -> ast.expr:
        value = self.gen(node.value)
        if len(node.tests) == 1:
            return self.test(node.tests[0], value)
        name = self.fresh("t")
        tests = [self.test(test, load(name)) for test in node.tests]
        return last([ast.NamedExpr(ast.Name(name, STORE), value), call("any_true", RUN, *tests)])

    def unary_tests(self, node: Tests) -> ast.expr:
        self.has_input = True
        return self.any_test(node.tests)

    def any_test(self, tests: tuple[Node, ...]) -> ast.expr:
        results = [self.test(test, load(INPUT)) for test in tests]
        return results[0] if len(results) == 1 else call("any_true", RUN, *results)

    def test(self, test: Node, value: ast.expr) -> ast.expr:
        """Whether `value` meets one test."""
        if isinstance(test, Anything):
            return ast.Constant(True)
        if isinstance(test, Not):
            return call("negated", RUN, self.any_test(test.tests))
        if isinstance(test, UnaryComparison):
            return self.compare(test.operator, value, self.gen(test.operand))
        if isinstance(test, RangeOf):
            return self.in_range(test, value)
        if isinstance(test, Literal):
            return self.compare("=", value, self.gen(test))
        result = self.gen(test)
        if isinstance(value, ast.Name) and value.id == INPUT:
            return call("input_test", RUN, result, value, ast.Constant(mentions(test, "?")))
        return call("in_value", RUN, value, result)

    def in_range(self, node: RangeOf, value: ast.expr) -> ast.expr:
        """Of literals, the range is made once; of whole numbers, a variable is compared in place."""
        start, end = self.folded(node.start), self.folded(node.end)
        if not isinstance(start, Literal) or not isinstance(end, Literal):
            return call("in_range", RUN, value, self.gen(node))
        known = range_of(Evaluation(), start.value, end.value, node.start_included, node.end_included)
        general = call("in_range", RUN, value, self.gen(node) if known is None else self.constant(known))
        if not isinstance(value, ast.Name) or not (is_small(start.value) and is_small(end.value)):
            return general
        included = (node.start_included, node.end_included)
        operators: list[ast.cmpop] = [ast.LtE() if each else ast.Lt() for each in included]
        inside = ast.Compare(self.gen(start), operators, [value, self.gen(end)])
        return ast.IfExp(is_plain_number(value), inside, general)


def keeps_partial(body: Node) -> bool:
    """Whether `partial` may be kept: it is used for more than an item or an aggregate of it."""
    for node in (ListOf(0, (body,)), *body.walk()):
        reads = (
            isinstance(node, Call) and isinstance(node.function, Name) and node.function.name in AGGREGATES
        )
        for child in node.children():
            is_base = isinstance(node, Filter) and child is node.base
            if isinstance(child, Name) and child.name == "partial" and not (reads or is_base):
                return True
    return False


def mentions(node: Node, name: str) -> bool:
    return any(isinstance(part, Name) and part.name == name for part in node.walk())


def is_small(value: object) -> bool:
    """Whether it is a whole number that compares with a float as with the float's shortest decimal."""
    return type(value) is int and abs(value) < EXACT_FLOATS


GENERATORS: Final[dict[type[Node], Callable[[Compiler, Any], ast.expr]]] = {
    Literal: Compiler.literal,
    BadLiteral: Compiler.bad_literal,
    Name: Compiler.name,
    Path: Compiler.path,
    Filter: Compiler.filter,
    Call: Compiler.call,
    Negation: Compiler.negation,
    Arithmetic: Compiler.arithmetic,
    Comparison: Compiler.comparison,
    Between: Compiler.between,
    In: Compiler.in_tests,
    UnaryComparison: Compiler.unary_range,
    Logic: Compiler.logic,
    If: Compiler.conditional,
    For: Compiler.loop,
    Quantified: Compiler.quantified,
    ListOf: Compiler.list_of,
    ContextOf: Compiler.context_of,
    RangeOf: Compiler.range_of,
    Lambda: Compiler.function,
    InstanceOf: Compiler.instance_of,
    Tests: Compiler.unary_tests,
}
