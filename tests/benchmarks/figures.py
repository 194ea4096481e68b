"""One measured figure, and its line in the table."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec


class Figure(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`target` is the least that is wanted, or with `at_most` the most. `note` says what else was seen."""

    what: str
    value: float
    unit: str
    target: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How far beyond its target it is: 1 and more is good, None where there is no target."""
        if self.target is None or not self.value:
            return None
        return self.target / self.value if self.at_most else self.value / self.target

    def line(self) -> str:
        """A line of the table."""
        goal = "" if self.target is None else f"{'≤' if self.at_most else '≥'} {number(self.target)}"
        ratio = self.ratio
        verdict = "" if ratio is None else f"{ratio:6.2f} ×{'' if ratio >= 1 else '  MISSED'}"
        found = f"{number(self.value):>10} {self.unit:<9}"
        return f"  {self.what:<58} {found} {goal:<10} {verdict:<17} {self.note}".rstrip()


HEADER = f"  {'':<58} {'found':>10} {'':<9} {'target':<10} {'ratio':>8}"


def number(value: float) -> str:
    """Three digits that matter, thousands apart."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def spread(values: Sequence[float]) -> str:
    """From which values a median is."""
    if len(values) < 2:
        return ""
    return f"median of {len(values)}: {number(min(values))} to {number(max(values))}"


def middle(what: str, values: Sequence[float], unit: str, target: float | None = None, at_most: bool = False) -> Figure:
    """The median of several measurements."""
    return Figure(
        what=what, value=median(values), unit=unit, target=target, at_most=at_most, note=spread(values)
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
