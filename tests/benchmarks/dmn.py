"""What a decision table costs, in µs for each evaluation.

The table has 20 rules and 3 inputs: a category, a range of numbers and a list of alternatives. It is evaluated
for inputs that are spread over all rules, with the trace that is kept for each decision instance.
"""

from __future__ import annotations

import argparse
import sys
from time import perf_counter
from xml.etree import ElementTree as ET

from engine import dmn
from tests.benchmarks import case
from tests.benchmarks.figures import Figure

RULES = 20
GOAL = 12.0
NAMESPACE = "https://www.omg.org/spec/DMN/20230324/MODEL/"
REGIONS = ("EU", "US", "ASIA", "AFRICA")


def table(policy: str) -> str:
    """Discounts by region, amount and kind of customer."""
    rules = "".join(
        f"<rule id='r{number}'><inputEntry><text>\"{REGIONS[number % 4]}\"</text></inputEntry>"
        f"<inputEntry><text>[{number // 4 * 100}..{number // 4 * 100 + 99}]</text></inputEntry>"
        f'<inputEntry><text>"gold", "silver", "none"</text></inputEntry>'
        f"<outputEntry><text>{number}</text></outputEntry></rule>"
        for number in range(RULES)
    )
    inputs = "".join(
        f"<input id='{name}'><inputExpression><text>{name}</text></inputExpression></input>"
        for name in ("region", "amount", "status")
    )
    return (
        f"<definitions xmlns='{NAMESPACE}' id='discounts' name='Discounts' namespace='bench'>"
        f"<decision id='discount' name='Discount'><decisionTable hitPolicy='{policy}'>{inputs}"
        f"<output id='percent' name='percent'/>{rules}</decisionTable></decision></definitions>"
    )


def microseconds(model: dmn.Model) -> float:
    """Per evaluation, the best of many short runs: what else the machine does disturbs few of them."""
    contexts = [
        {"region": REGIONS[number % 4], "amount": number // 4 * 100 + 50, "status": "none"} for number in range(RULES)
    ]
    best = float("inf")
    for _ in range(500):
        start = perf_counter()
        for context in contexts:
            model.evaluate("discount", context)
        best = min(best, (perf_counter() - start) / len(contexts))
    return best * 1e6


def measure(_: argparse.Namespace) -> list[Figure]:
    figures = []
    for policy in ("UNIQUE", "FIRST"):
        model = dmn.read_model(ET.fromstring(table(policy)))
        assert not model.problems
        what = f"decision table, {RULES} rules × 3 inputs, {policy}"
        figures.append(Figure(what=what, value=microseconds(model), unit="µs", target=GOAL, at_most=True))
    return figures


def main() -> int:
    return case.run(measure, __doc__)


if __name__ == "__main__":
    sys.exit(main())
