"""One result of the rules that matched.

| letter | hit policy   | result                                                        |
|--------|--------------|---------------------------------------------------------------|
| U      | UNIQUE       | the only one; several are a failure                           |
| A      | ANY          | any, since all must be equal                                  |
| P      | PRIORITY     | the one whose output comes first in the list of output values |
| F      | FIRST        | the first in the order of the rules                           |
| C      | COLLECT      | all; or their sum, minimum, maximum (C+, C<, C>), number (C#) |
| R      | RULE ORDER   | all, in the order of the rules                                |
| O      | OUTPUT ORDER | all, in the order of the list of output values                |
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from engine import feel
from engine.dmn.errors import DecisionFailure
from engine.feel import Evaluation, equal, is_in
from engine.feel.values import describe, kind

Outputs = Sequence[object]


class Match(NamedTuple):
    """A rule that matched, by its index from 1, and the values of its output columns."""

    rule: int
    outputs: Outputs


Ranks = Sequence[Sequence[object]]
"""Per output column, its values by falling priority; empty where none are given."""

ORDERABLE: Final = frozenset(
    ("number", "string", "date", "time", "date and time", "days and time duration", "years and months duration")
)
ADDABLE: Final = frozenset(("number", "days and time duration", "years and months duration"))


def unique(_run: Evaluation, matches: Sequence[Match], _ranks: Ranks) -> Match:
    if len(matches) > 1:
        raise DecisionFailure(
            f"{listed(matches)} match and hit policy UNIQUE allows one; make the rules exclude each other"
            " or choose another hit policy"
        )
    return matches[0]


def any_of(run: Evaluation, matches: Sequence[Match], _ranks: Ranks) -> Match:
    first = list(matches[0].outputs)
    if not all(equal(run, first, list(other.outputs)) is True for other in matches[1:]):
        raise DecisionFailure(
            f"{listed(matches)} match with different outputs and hit policy ANY wants them equal;"
            " correct the outputs or choose another hit policy"
        )
    return matches[0]


def listed(matches: Sequence[Match]) -> str:
    """`rules 1, 2 and 5`; of many, the first."""
    *some, last = [str(match.rule) for match in matches[:5]]
    more = f" and {len(matches) - 5} more" if len(matches) > 5 else ""
    return f"rules {', '.join(some)} and {last}{more}"


def first_of(_run: Evaluation, matches: Sequence[Match], _ranks: Ranks) -> Match:
    return matches[0]


def priority(run: Evaluation, matches: Sequence[Match], ranks: Ranks) -> Match:
    return min(matches, key=lambda match: rank_of(run, match.outputs, ranks))


def rank_of(run: Evaluation, outputs: Outputs, ranks: Ranks) -> tuple[int, ...]:
    """The places of the outputs in their lists, the first column counting most."""
    return tuple(place(run, value, values) for value, values in zip(outputs, ranks, strict=True))


def place(run: Evaluation, value: object, values: Sequence[object]) -> int:
    run.charge(len(values))
    return next((index for index, other in enumerate(values) if is_in(run, value, other) is True), len(values))


def in_rule_order(_run: Evaluation, matches: Sequence[Match], _ranks: Ranks) -> Sequence[Match]:
    return matches


def in_output_order(run: Evaluation, matches: Sequence[Match], ranks: Ranks) -> Sequence[Match]:
    return sorted(matches, key=lambda match: rank_of(run, match.outputs, ranks))


SINGLE: Final[dict[str, Callable[[Evaluation, Sequence[Match], Ranks], Match]]] = {
    "UNIQUE": unique,
    "ANY": any_of,
    "PRIORITY": priority,
    "FIRST": first_of,
}
"""The policies that choose one rule."""

MULTIPLE: Final[dict[str, Callable[[Evaluation, Sequence[Match], Ranks], Sequence[Match]]]] = {
    "COLLECT": in_rule_order,
    "RULE ORDER": in_rule_order,
    "OUTPUT ORDER": in_output_order,
}
"""The policies that answer a list."""


def aggregate(function: str, kinds: frozenset[str]) -> Callable[[Evaluation, list[object]], object]:
    expression = feel.compile(f"{function}(values)")

    def apply(run: Evaluation, values: list[object]) -> object:
        for value in values:
            if kind(value) not in kinds:
                raise DecisionFailure(
                    f"the aggregation {function.upper()} needs outputs that are one of {', '.join(sorted(kinds))},"
                    f" found {describe(value)}"
                )
        return expression.run({"values": values}, run)

    return apply


AGGREGATIONS: Final[dict[str, Callable[[Evaluation, list[object]], object]]] = {
    "SUM": aggregate("sum", ADDABLE),
    "MIN": aggregate("min", ORDERABLE),
    "MAX": aggregate("max", ORDERABLE),
    "COUNT": lambda _run, values: len(values),
}
