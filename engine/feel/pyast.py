"""The few forms of Python's syntax tree that compiled expressions are made of."""

from __future__ import annotations

import ast
from typing import Final

LOAD: Final = ast.Load()
STORE: Final = ast.Store()


def load(name: str) -> ast.Name:
    return ast.Name(name, LOAD)


def call(function: str, *values: ast.expr) -> ast.expr:
    return ast.Call(load(function), list(values), [])


def assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, STORE)], value)


def last(steps: list[ast.expr]) -> ast.expr:
    """Evaluate all, from left to right; the value is the last one's."""
    return ast.Subscript(ast.Tuple(steps, LOAD), ast.UnaryOp(ast.USub(), ast.Constant(1)), LOAD)


def is_(value: ast.expr, truth: bool) -> ast.expr:
    """`value is truth`; decided here for a literal, of which Python would warn."""
    if isinstance(value, ast.Constant):
        return ast.Constant(value.value is truth)
    return ast.Compare(value, [ast.Is()], [ast.Constant(truth)])


def is_type(value: ast.expr, type_name: str) -> ast.expr:
    return ast.Compare(call("type_of", value), [ast.Is()], [load(type_name)])


def is_plain_number(value: ast.expr) -> ast.expr:
    return ast.Compare(call("type_of", value), [ast.In()], [load("plain_numbers")])


def arguments(names: list[str]) -> ast.arguments:
    return ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])


def located(tree: ast.Module) -> ast.Module:
    """The tree with a place for every node, as Python wants it; one for all, as nobody will read it."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        if "lineno" in node._attributes:
            node.lineno, node.col_offset = 1, 0  # type: ignore[attr-defined]
        for name in node._fields:
            value = getattr(node, name)
            if isinstance(value, list):
                stack.extend(value)
            elif isinstance(value, ast.AST) and value is not LOAD:
                stack.append(value)
    return tree


RUN: Final = load("run")
