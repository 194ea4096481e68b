"""Loops, quantifiers and filters. They work on what FEEL's own work on, but conditions must be booleans."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.dmn.compilation import Compilation, Evaluator, Names, Scope
from engine.dmn.source import Element, attribute, child, local_name, mentions, type_ref, weight_of
from engine.feel import Evaluation
from engine.feel.operations import control
from engine.feel.values import describe


def for_each(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    """The body sees the variable, and what the turns before it gave as `partial`."""
    name = attribute(element, "iteratorVariable")
    domain = domain_of(compilation, element, names)
    body = compilation.inner(child(element, "return"), names | {name, "partial"})
    weight = weight_of(element)

    def evaluate(scope: Scope, run: Evaluation) -> object:
        return control.for_each(run, domain(scope, run), lambda item: body({**scope, name: item}, run), weight)

    def evaluate_with_partial(scope: Scope, run: Evaluation) -> object:
        def turn(partial: object, item: object) -> object:
            return body({**scope, name: item, "partial": partial}, run)

        return control.for_partial(run, (lambda: domain(scope, run),), turn, weight, keeps=True)

    return evaluate_with_partial if mentions(element, "partial") else evaluate


def quantified(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    """Null where the body is no boolean for any item, even if others have decided."""
    decisive = local_name(element) == "some"
    name = attribute(element, "iteratorVariable")
    domain = domain_of(compilation, element, names)
    body = compilation.inner(child(element, "satisfies"), names | {name})
    weight = weight_of(element)

    def evaluate(scope: Scope, run: Evaluation) -> object:
        items = control.items_of(run, domain(scope, run), weight)
        truths = truths_of(run, items, lambda item: body({**scope, name: item}, run))
        if truths is None:
            return None
        if decisive in truths:
            return decisive
        return None if None in truths else not decisive

    return evaluate


def filtered(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    """The condition sees `item` and, where that is a context, its entries."""
    domain = domain_of(compilation, element, names)
    match = compilation.inner(child(element, "match"), names | {"item"})
    weight = weight_of(element)

    def evaluate(scope: Scope, run: Evaluation) -> object:
        def condition(item: object) -> object:
            entries = item if isinstance(item, dict) else {}
            return match({**scope, "item": item, **entries}, run)

        items = control.items_of(run, domain(scope, run), weight)
        truths = truths_of(run, items, condition)
        if items is None or truths is None:
            return None
        return [item for item, truth in zip(items, truths, strict=True) if truth]

    return evaluate


def domain_of(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    domain = child(element, "in")
    return compilation.typed(compilation.inner(domain, names), type_ref(domain), "the list to go through")


def truths_of(
    run: Evaluation, items: Sequence[object] | None, condition: Callable[[object], object]
) -> list[bool | None] | None:
    """The condition for each item; None, with a warning, where one is neither a boolean nor null."""
    truths: list[bool | None] = []
    for item in items or ():
        truth = condition(item)
        if truth is not None and not isinstance(truth, bool):
            return run.warn("INVALID_TYPE", f"the condition must be a boolean, found {describe(truth)}")
        truths.append(truth)
    return None if items is None else truths
