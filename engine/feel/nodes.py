"""The syntax tree. A node knows where it stands in the text (`at`), how many nodes it holds (`size`)
and what it costs (`cost`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from engine.feel.limits import COST_OF_CALL


@dataclass(slots=True)
class Node:
    at: int

    def children(self) -> Iterator[Node]:
        for name in field_names(type(self)):
            yield from nodes_in(getattr(self, name))

    def walk(self) -> Iterator[Node]:
        """This node and all below it, without recursion."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(node.children())

    @property
    def size(self) -> int:
        return sum(1 for _ in self.walk())

    @property
    def cost(self) -> int:
        """What one evaluation costs, in units of work (`limits`)."""
        return sum(COST_OF_CALL if isinstance(node, Call) else 1 for node in self.walk())


FIELDS: dict[type[Node], tuple[str, ...]] = {}


def field_names(node: type[Node]) -> tuple[str, ...]:
    if node not in FIELDS:
        FIELDS[node] = tuple(field.name for field in fields(node))
    return FIELDS[node]


def nodes_in(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from nodes_in(part)


@dataclass(slots=True)
class Literal(Node):
    value: object


@dataclass(slots=True)
class BadLiteral(Node):
    """A literal such as `@"foo"` that reads well and means nothing: null, with a warning."""

    message: str


@dataclass(slots=True)
class Name(Node):
    name: str


@dataclass(slots=True)
class Path(Node):
    base: Node
    name: str


@dataclass(slots=True)
class Filter(Node):
    base: Node
    condition: Node


@dataclass(slots=True)
class Call(Node):
    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...]
    """Of the arguments, or empty where they are positional."""


@dataclass(slots=True)
class Negation(Node):
    operand: Node


@dataclass(slots=True)
class Arithmetic(Node):
    """`first op operand op operand …`, from left to right. A long sum is one node, not a deep tree."""

    first: Node
    operations: tuple[tuple[str, Node], ...]


@dataclass(slots=True)
class Comparison(Node):
    operator: str
    left: Node
    right: Node


@dataclass(slots=True)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(slots=True)
class In(Node):
    """`value in tests`: true if one of the tests holds."""

    value: Node
    tests: tuple[Node, ...]


@dataclass(slots=True)
class UnaryComparison(Node):
    """`< 10`: in a test a comparison with the input, elsewhere a range."""

    operator: str
    operand: Node


@dataclass(slots=True)
class Not(Node):
    """`not(tests)` as a whole unary test."""

    tests: tuple[Node, ...]


@dataclass(slots=True)
class Anything(Node):
    """`-` as a whole unary test."""


@dataclass(slots=True)
class Logic(Node):
    """`and` or `or` over two or more operands."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(slots=True)
class If(Node):
    condition: Node
    then: Node
    otherwise: Node


@dataclass(slots=True)
class Binding(Node):
    """`name in domain`, or `name in domain..end`."""

    name: str
    domain: Node
    end: Node | None


@dataclass(slots=True)
class For(Node):
    iterators: tuple[Binding, ...]
    body: Node


@dataclass(slots=True)
class Quantified(Node):
    quantifier: str
    iterators: tuple[Binding, ...]
    body: Node


@dataclass(slots=True)
class ListOf(Node):
    items: tuple[Node, ...]


@dataclass(slots=True)
class ContextOf(Node):
    entries: tuple[tuple[str, Node], ...]


@dataclass(slots=True)
class RangeOf(Node):
    start: Node
    end: Node
    start_included: bool
    end_included: bool


@dataclass(slots=True)
class Lambda(Node):
    parameters: tuple[str, ...]
    types: tuple[TypeNode | None, ...]
    body: Node | None
    """None for an external function, which there is no way to call here."""


@dataclass(slots=True)
class InstanceOf(Node):
    value: Node
    type: TypeNode


@dataclass(slots=True)
class TypeNode(Node):
    """`list<number>`, `context<a: string>`, `function<number>->string`, or just a name."""

    name: str
    arguments: tuple[TypeNode, ...] = ()
    keys: tuple[str, ...] = ()
    result: TypeNode | None = None


@dataclass(slots=True)
class Tests(Node):
    """The unary tests of a decision table's cell: a list of alternatives."""

    tests: tuple[Node, ...]
