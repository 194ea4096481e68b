"""Where a name of an expression is found, and what it is called in the compiled code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from engine.feel.pyast import LOAD, arguments, is_type, load

INPUT = "input"
"""What `?` is called in the compiled code of unary tests."""


@dataclass(slots=True)
class Bound:
    """A scope of parameters or loop variables: FEEL's name → Python's."""

    names: dict[str, str]


@dataclass(slots=True)
class Siblings:
    """The entries of a context that are there so far; the Python name of the dict that holds them."""

    scope: str
    keys: set[str] = field(default_factory=set)
    used: bool = False


@dataclass(slots=True)
class Item:
    """Inside a filter: the item's entries come before everything outside."""

    item: str


Scope = Bound | Siblings | Item


class Scopes:
    """The scopes around the place that is being compiled, the innermost last; outside are the variables."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.variables: dict[str, str] = {}
        self.strict: set[str] = set()
        """Variables that are missed where they are missing."""
        self.has_input = False
        self.count = 0

    def fresh(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def resolve(self, name: str) -> ast.expr:
        """A name from the innermost scope that has it."""
        return self.resolve_in(name, len(self.scopes) - 1, strict=True)

    def resolve_in(self, name: str, depth: int, *, strict: bool) -> ast.expr:
        if depth < 0:
            return self.variable(name, strict=strict)
        scope = self.scopes[depth]
        if isinstance(scope, Bound) and name in scope.names:
            return load(scope.names[name])
        if isinstance(scope, Siblings) and name in scope.keys:
            scope.used = True
            return ast.Subscript(load(scope.scope), ast.Constant(name), LOAD)
        if isinstance(scope, Item) and name != "?":
            if name == "item":
                return self.entry_or(scope.item, name, load(scope.item))
            return self.entry_or(scope.item, name, self.resolve_in(name, depth - 1, strict=False))
        return self.resolve_in(name, depth - 1, strict=strict)

    def entry_or(self, item: str, name: str, otherwise: ast.expr) -> ast.expr:
        """`item["name"] if item is a context that has it, else …`."""
        has = ast.Compare(ast.Constant(name), [ast.In()], [load(item)])
        test = ast.BoolOp(ast.And(), [is_type(load(item), "dict_type"), has])
        return ast.IfExp(test, ast.Subscript(load(item), ast.Constant(name), LOAD), otherwise)

    def variable(self, name: str, *, strict: bool) -> ast.expr:
        if name == "?" and self.has_input:
            return load(INPUT)
        if strict:
            self.strict.add(name)
        if name not in self.variables:
            self.variables[name] = self.fresh("v")
        return load(self.variables[name])

    def is_bound(self, name: str) -> bool:
        bound = (scope.names for scope in self.scopes if isinstance(scope, Bound))
        built = (scope.keys for scope in self.scopes if isinstance(scope, Siblings))
        return any(name in names for names in (*bound, *built))

    def binder(
        self, names: Iterable[str], body: Callable[[], ast.expr], *, with_run: bool = False
    ) -> ast.expr:
        """`lambda p1, p2: body`, with the names bound to the parameters."""
        bound = {name: self.fresh("p") for name in names}
        self.scopes.append(Bound(bound))
        result = body()
        self.scopes.pop()
        return ast.Lambda(arguments([*(["run"] if with_run else []), *bound.values()]), result)
