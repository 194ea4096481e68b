"""Tokens → syntax tree: a Pratt parser, no backtracking.

From the loosest binding to the tightest: `or`, `and`, comparison (does not chain), `+ -`, `* /`, `**` (from
the left), `instance of`, negation, and then path, filter and call. `if`, `for`, `some`, `every` and
`function` begin an operand and reach as far to the right as they can.

A name is one word or stands in backticks. Names of several words are found by the longest match among the
names that are in scope: those given by the caller, the keys of the contexts around, parameters and loop
variables, and the built-in functions. In spec mode words that follow each other without an operator are one
name even if nobody declared it, since they can be nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.feel.cursor import WORDS
from engine.feel.errors import FeelSyntaxError
from engine.feel.limits import MAX_NESTING, MAX_NODES
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
    TypeNode,
    UnaryComparison,
)
from engine.feel.temporal import parse_temporal
from engine.feel.type_parser import TypeParser

OR, AND, COMPARISON, SUM, PRODUCT, POWER = range(1, 7)
LEVELS: Final = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "between", "in"), COMPARISON),
    **dict.fromkeys("+-", SUM),
    **dict.fromkeys("*/", PRODUCT),
    "**": POWER,
}
COMPARATORS: Final = frozenset(("=", "!=", "<", "<=", ">", ">="))
BEGINS_OPERAND: Final = frozenset(
    (
        *("number", "string", "name", "quoted", "temporal", "(", "[", "{", "-", "?", "true", "false", "null"),
        *("if", "for", "some", "every", "function"),
    )
)
CONSTANTS: Final = {"true": True, "false": False, "null": None}


class Parser(TypeParser):
    """Of one text."""

    # -- whole texts -----------------------------------------------------------------------------------

    def parse_expression(self) -> Node:
        return self.finished(self.expression())

    def parse_tests(self) -> Tests:
        """Unary tests: `-`, `not(…)`, or alternatives with commas between them."""
        kinds = self.kinds
        if kinds[:2] == ["-", "end"]:
            self.index = 1
            return Tests(0, (Anything(0),))
        if self.word(0) == "not" and kinds[1] == "(" and self.closing_index(1) == len(kinds) - 2:
            self.index = 2
            negated = Not(0, self.test_list())
            self.take(")")
            return Tests(0, (self.finished(negated),))
        return Tests(0, self.finished_all(self.test_list()))

    def parse_type(self) -> TypeNode:
        node = self.type_node()
        self.finished(node)
        return node

    def finished_all(self, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        self.finished(ListOf(0, nodes))
        return nodes

    def finished(self, node: Node) -> Node:
        if self.kinds[self.index] != "end":
            raise self.unexpected("an operator or the end of the expression")
        if len(self.kinds) > MAX_NODES and (size := node.size) > MAX_NODES:
            raise FeelSyntaxError(
                f"the expression has {size:,} parts; at most {MAX_NODES:,} are allowed", self.text
            )
        return node

    def closing_index(self, index: int) -> int:
        depth = 0
        for position in range(index, len(self.kinds)):
            depth += (self.kinds[position] == "(") - (self.kinds[position] == ")")
            if depth == 0:
                return position
        return -1

    # -- expressions -----------------------------------------------------------------------------------

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise FeelSyntaxError(
                f"the expression is nested more than {MAX_NESTING} deep", self.text, self.position
            )
        node = self.binary(OR)
        self.depth -= 1
        return node

    def binary(self, level: int, left: Node | None = None) -> Node:
        """An operand and all operators after it that bind at least as tight as `level`."""
        left = left or self.operand()
        while True:
            operator = self.kinds[self.index]
            found = LEVELS.get(operator, 0)
            if found < level:
                return left
            if found == COMPARISON:
                left = self.comparison(left, operator)
            elif found <= AND:
                left = self.logic(left, operator, found)
            else:
                left = self.arithmetic(left, found)

    def logic(self, left: Node, operator: str, level: int) -> Node:
        operands = [left]
        while self.kinds[self.index] == operator:
            self.index += 1
            operands.append(self.binary(level + 1))
        return Logic(left.at, operator, tuple(operands))

    def arithmetic(self, left: Node, level: int) -> Node:
        operations = []
        while LEVELS.get(operator := self.kinds[self.index], 0) == level:
            self.index += 1
            operations.append((operator, self.binary(level + 1)))
        return Arithmetic(left.at, left, tuple(operations))

    def comparison(self, left: Node, operator: str) -> Node:
        self.index += 1
        if operator == "between":
            low = self.binary(SUM)
            self.take("and")
            result: Node = Between(left.at, left, low, self.binary(SUM))
        elif operator == "in":
            result = In(left.at, left, self.in_tests())
        else:
            result = Comparison(left.at, operator, left, self.binary(SUM))
        if LEVELS.get(self.kinds[self.index]) == COMPARISON:
            raise FeelSyntaxError(
                "comparisons cannot follow each other",
                self.text,
                self.position,
                "'and', 'or' or brackets around one",
            )
        return result

    def in_tests(self) -> tuple[Node, ...]:
        """After `in`: one test, or several in brackets."""
        if self.kinds[self.index] != "(":
            return (self.test(SUM),)
        start = self.position
        self.index += 1
        first = self.test(OR)
        if self.kinds[self.index] == "..":
            return (self.binary(SUM, self.postfix(self.range_from(start, first, start_included=False))),)
        tests = (first, *self.more_tests())
        self.take(")")
        if len(tests) == 1 and not isinstance(first, UnaryComparison):
            return (self.binary(SUM, self.postfix(first)),)
        return tests

    def test_list(self) -> tuple[Node, ...]:
        return (self.test(OR), *self.more_tests())

    def more_tests(self) -> list[Node]:
        tests = []
        while self.kinds[self.index] == ",":
            self.index += 1
            tests.append(self.test(OR))
        return tests

    def test(self, level: int) -> Node:
        """`< 10`, or an expression that binds at least as tight as `level`."""
        operator = self.kinds[self.index]
        if operator in COMPARATORS:
            at = self.position
            self.index += 1
            return UnaryComparison(at, operator, self.binary(SUM))
        return self.expression() if level == OR else self.binary(level)

    # -- operands --------------------------------------------------------------------------------------

    def operand(self) -> Node:
        """A value with its minus signs, paths, filters, calls and `instance of`."""
        start = self.index
        while self.kinds[self.index] == "-":
            self.index += 1
        minus_signs = self.index - start
        kind = self.kinds[self.index]
        phrase = self.phrase_in_scope() if self.scopes and kind in WORDS else None
        if phrase is not None:
            node: Node = Name(self.starts[start], phrase)
        elif kind in PRIMARIES:
            node = PRIMARIES[kind](self)
        else:
            raise self.unexpected("a value")
        node = self.postfix(node)
        for _ in range(min(minus_signs, 2 - minus_signs % 2)):
            node = self.negated(node, self.starts[start])
        while self.kinds[self.index] == "instance":
            self.index += 1
            self.take_word("of")
            node = InstanceOf(node.at, node, self.type_node())
        return node

    def negated(self, node: Node, at: int) -> Node:
        if isinstance(node, Literal) and isinstance(node.value, (int,)) and not isinstance(node.value, bool):
            return Literal(at, -node.value)
        return Negation(at, node)

    def postfix(self, node: Node) -> Node:
        links = 0
        while True:
            kind = self.kinds[self.index]
            if kind == "." and self.kinds[self.index + 1] in WORDS:
                self.index += 1
                node = Path(node.at, node, self.property_name())
            elif kind == "[" and not self.closes_range():
                self.index += 1
                node = Filter(node.at, node, self.expression())
                self.take("]")
            elif kind == "(":
                node = self.call(node)
            else:
                return node
            links += 1
            if links > MAX_NESTING:
                raise FeelSyntaxError(
                    f"more than {MAX_NESTING} paths, filters or calls follow each other", self.text
                )

    def closes_range(self) -> bool:
        """Whether this `[` ends a range such as `[1..5[`: then nothing follows that could be a filter."""
        return self.range_end_depth == self.depth and self.kinds[self.index + 1] not in BEGINS_OPERAND

    def name(self) -> Node:
        at = self.position
        known = self.matching_words(self.functions)
        if known and (self.spec or self.kinds[self.index + len(known)] == "("):
            self.index += len(known)
            return Name(at, " ".join(known))
        self.index += 1
        return Name(at, self.merged(str(self.values[self.index - 1])))

    def word_as_function(self) -> Node:
        """`and(list)` and `or(list)`, whose names are operators elsewhere."""
        if self.kinds[self.index + 1] != "(":
            raise self.unexpected("a value")
        self.index += 1
        return Name(self.starts[self.index - 1], self.kinds[self.index - 1])

    def quoted_name(self) -> Node:
        self.index += 1
        return Name(self.starts[self.index - 1], str(self.values[self.index - 1]))

    def input_name(self) -> Node:
        self.index += 1
        return Name(self.starts[self.index - 1], "?")

    def value(self) -> Node:
        self.index += 1
        return Literal(self.starts[self.index - 1], self.values[self.index - 1])

    def constant(self) -> Node:
        self.index += 1
        return Literal(self.starts[self.index - 1], CONSTANTS[self.kinds[self.index - 1]])

    def temporal(self) -> Node:
        node = self.value()
        assert isinstance(node, Literal)
        try:
            return Literal(node.at, parse_temporal(str(node.value)))
        except ValueError as error:
            return BadLiteral(node.at, str(error))

    def bracketed(self) -> Node:
        """`(expression)`, `(a..b]`, or `(< 10)`."""
        start = self.position
        self.index += 1
        if self.kinds[self.index] in COMPARATORS:
            node = self.test(OR)
        else:
            node = self.expression()
            if self.kinds[self.index] == "..":
                return self.range_from(start, node, start_included=False)
        self.take(")")
        return node

    def list_or_range(self) -> Node:
        start = self.position
        self.index += 1
        if self.kinds[self.index] == "]":
            self.index += 1
            return ListOf(start, ())
        items = [self.test(OR)]
        if self.kinds[self.index] == "..":
            return self.range_from(start, items[0], start_included=True)
        while self.kinds[self.index] == ",":
            self.index += 1
            items.append(self.test(OR))
        self.take("]")
        return ListOf(start, tuple(items))

    def open_range(self) -> Node:
        """`]a..b]`."""
        start = self.position
        self.index += 1
        node = self.expression()
        if self.kinds[self.index] != "..":
            raise self.unexpected("'..' of a range")
        return self.range_from(start, node, start_included=False)

    def range_from(self, at: int, start: Node, *, start_included: bool) -> Node:
        """The rest of a range, from `..` on."""
        self.index += 1
        outer, self.range_end_depth = self.range_end_depth, self.depth + 1
        end = self.expression()
        self.range_end_depth = outer
        closing = self.kinds[self.index]
        if closing not in ("]", ")", "["):
            raise self.unexpected("']', ')' or '[' at the end of the range")
        self.index += 1
        return RangeOf(at, start, end, start_included, closing == "]")

    def context(self) -> Node:
        at = self.position
        self.index += 1
        entries: list[tuple[str, Node]] = []
        self.scopes.append({})
        while self.kinds[self.index] != "}":
            key = self.context_key()
            self.take(":")
            entries.append((key, self.expression()))
            self.declare(key)
            if self.kinds[self.index] != "}":
                self.take(",")
                if self.kinds[self.index] == "}":
                    raise self.unexpected("a key")
        self.index += 1
        self.scopes.pop()
        return ContextOf(at, tuple(entries))

    def call(self, function: Node) -> Node:
        self.index += 1
        arguments: list[Node] = []
        names: list[str] = []
        while self.kinds[self.index] != ")":
            name = self.argument_name()
            if name is not None:
                names.append(name)
            arguments.append(self.test(OR))
            if len(names) not in (0, len(arguments)):
                raise FeelSyntaxError(
                    "a call has either names for all arguments or for none", self.text, self.position
                )
            if self.kinds[self.index] == ")":
                break
            self.take(",")
            if self.kinds[self.index] == ")":
                raise self.unexpected("an argument")
        self.take(")")
        return Call(function.at, function, tuple(arguments), tuple(names))

    def argument_name(self) -> str | None:
        end = self.index
        while self.kinds[end] in WORDS:
            end += 1
        if end == self.index or self.kinds[end] != ":":
            return None
        name = self.name_until((":",), "the name of an argument")
        self.index += 1
        return name

    # -- forms that begin with a word ------------------------------------------------------------------

    def conditional(self) -> Node:
        at = self.position
        self.index += 1
        condition = self.expression()
        self.take("then")
        then = self.expression()
        self.take("else")
        return If(at, condition, then, self.expression())

    def loop(self) -> Node:
        at = self.position
        self.index += 1
        bindings = self.bindings()
        self.take("return")
        node = For(at, bindings, self.expression())
        self.scopes.pop()
        return node

    def quantified(self) -> Node:
        at, quantifier = self.position, self.kinds[self.index]
        self.index += 1
        bindings = self.bindings()
        self.take("satisfies")
        node = Quantified(at, quantifier, bindings, self.expression())
        self.scopes.pop()
        return node

    def bindings(self) -> tuple[Binding, ...]:
        """`x in xs, y in ys`; leaves the scope of the variables on the stack."""
        self.scopes.append({})
        bindings = [self.binding()]
        while self.kinds[self.index] == ",":
            self.index += 1
            bindings.append(self.binding())
        return tuple(bindings)

    def binding(self) -> Binding:
        at = self.position
        name = self.name_until(("in",), "a variable and 'in'")
        self.take("in")
        domain = self.expression()
        end = None
        if self.kinds[self.index] == "..":
            self.index += 1
            end = self.expression()
        self.declare(name)
        return Binding(at, name, domain, end)

    def function(self) -> Node:
        at = self.position
        self.index += 1
        self.take("(")
        self.scopes.append({})
        parameters: list[str] = []
        types: list[TypeNode | None] = []
        while self.kinds[self.index] != ")":
            if parameters:
                self.take(",")
            parameters.append(self.name_until((":", ",", ")"), "the name of a parameter"))
            types.append(self.parameter_type())
            self.declare(parameters[-1])
        self.index += 1
        body = self.function_body()
        self.scopes.pop()
        return Lambda(at, tuple(parameters), tuple(types), body)

    def function_body(self) -> Node | None:
        if self.word(self.index) == "external" and self.kinds[self.index + 1] == "{":
            self.index += 1
            self.expression()
            return None
        return self.expression()


PRIMARIES: Final[dict[str, Callable[[Parser], Node]]] = {
    "number": Parser.value,
    "string": Parser.value,
    "temporal": Parser.temporal,
    "name": Parser.name,
    "quoted": Parser.quoted_name,
    "and": Parser.word_as_function,
    "or": Parser.word_as_function,
    "?": Parser.input_name,
    "true": Parser.constant,
    "false": Parser.constant,
    "null": Parser.constant,
    "(": Parser.bracketed,
    "[": Parser.list_or_range,
    "]": Parser.open_range,
    "{": Parser.context,
    "if": Parser.conditional,
    "for": Parser.loop,
    "some": Parser.quantified,
    "every": Parser.quantified,
    "function": Parser.function,
}
