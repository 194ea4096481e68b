"""Literal expressions, lists, relations, contexts and conditionals."""

from __future__ import annotations

from engine.dmn.compilation import Compilation, Evaluator, Names, Scope
from engine.dmn.source import Element, attribute, child, children, type_ref
from engine.feel import Evaluation
from engine.feel.values import describe


def literal_expression(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    return compilation.feel(element, names)


def list_of(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    items = [compilation.boxed(item, names) for item in compilation.logic_in(element)]
    return lambda scope, run: [evaluate(scope, run) for evaluate in items]


def relation(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    """A list of contexts: one per row, one entry per column."""
    columns = [(attribute(column, "name"), type_ref(column)) for column in children(element, "column")]
    keys = [name for name, _ in columns]
    rows: list[list[Evaluator]] = []
    for row in children(element, "row"):
        cells = compilation.logic_in(row)
        if len(cells) != len(columns):
            compilation.problem(
                row,
                f"The row has {len(cells)} cells, but the relation has {len(columns)} columns.",
                "Give the row one expression per column.",
            )
            continue
        rows.append(
            [
                compilation.typed(compilation.boxed(cell, names), type_name, f"column '{name}'")
                for cell, (name, type_name) in zip(cells, columns, strict=True)
            ]
        )
    return lambda scope, run: [
        {key: evaluate(scope, run) for key, evaluate in zip(keys, row, strict=True)} for row in rows
    ]


def context(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    """Entry by entry, each sees those before it. An entry without a variable is the result of the whole."""
    entries: list[tuple[str, Evaluator]] = []
    result: Evaluator | None = None
    for entry in children(element, "contextEntry"):
        variable = child(entry, "variable")
        name = attribute(variable, "name")
        if not name:
            result = compilation.inner(entry, names)
            continue
        # An entry that is a function may call itself.
        value = compilation.inner(entry, names | {name})
        entries.append((name, compilation.typed(value, type_ref(variable), f"entry '{name}'")))
        names |= {name}

    def evaluate(scope: Scope, run: Evaluation) -> object:
        inside = dict(scope)
        values: Scope = {}
        for name, entry_value in entries:
            inside[name] = values[name] = entry_value(inside, run)
        return values if result is None else result(inside, run)

    return evaluate


def conditional(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    """Unlike FEEL's `if`, null where the condition is no boolean."""
    condition, then, otherwise = (
        compilation.inner(child(element, name), names) for name in ("if", "then", "else")
    )

    def evaluate(scope: Scope, run: Evaluation) -> object:
        truth = condition(scope, run)
        if truth is not None and not isinstance(truth, bool):
            return run.warn("INVALID_TYPE", f"the condition must be a boolean, found {describe(truth)}")
        return then(scope, run) if truth else otherwise(scope, run)

    return evaluate
