"""Loops, quantifiers and filters: the boxed forms of FEEL's own, and evaluated by the same operations."""

from __future__ import annotations

from typing import Final

from engine.dmn.compilation import Compilation, Evaluator, Names, Scope, boxed
from engine.dmn.source import Element, attribute, child, local_name, type_ref
from engine.feel import Evaluation
from engine.feel.operations.access import filter_list
from engine.feel.operations.control import for_partial, items_of
from engine.feel.values import describe

WEIGHT: Final = 20
"""What a turn is charged: the body is not one expression whose nodes could be counted."""


@boxed("for")
def for_each(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    """The body sees the variable, and what the turns before it gave as `partial`."""
    name = attribute(element, "iteratorVariable")
    domain = domain_of(compilation, element, names)
    body = compilation.inner(child(element, "return"), names | {name, "partial"})

    def evaluate(scope: Scope, run: Evaluation) -> object:
        def turn(partial: object, item: object) -> object:
            return body({**scope, name: item, "partial": partial}, run)

        return for_partial(run, (lambda: domain(scope, run),), turn, WEIGHT)

    return evaluate


@boxed("some", "every")
def quantified(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    """Unlike FEEL's, null where the body is no boolean for any item, even if others have decided."""
    decisive = local_name(element) == "some"
    name = attribute(element, "iteratorVariable")
    domain = domain_of(compilation, element, names)
    body = compilation.inner(child(element, "satisfies"), names | {name})

    def evaluate(scope: Scope, run: Evaluation) -> object:
        items = items_of(run, domain(scope, run), WEIGHT)
        if items is None:
            return None
        truths = [body({**scope, name: item}, run) for item in items]
        wrong = next((truth for truth in truths if truth is not None and not isinstance(truth, bool)), None)
        if wrong is not None:
            return run.warn("INVALID_TYPE", f"what is satisfied must be a boolean, found {describe(wrong)}")
        if decisive in truths:
            return decisive
        return None if None in truths else not decisive

    return evaluate


@boxed("filter")
def filtered(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    """The condition sees `item` and, where that is a context, its entries."""
    domain = domain_of(compilation, element, names)
    match = compilation.inner(child(element, "match"), names | {"item"})

    def evaluate(scope: Scope, run: Evaluation) -> object:
        def condition(item: object) -> object:
            entries = item if isinstance(item, dict) else {}
            return match({**scope, "item": item, **entries}, run)

        return filter_list(run, domain(scope, run), condition, WEIGHT, False)

    return evaluate


def domain_of(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    domain = child(element, "in")
    return compilation.typed(compilation.inner(domain, names), type_ref(domain), "the list to go through")
