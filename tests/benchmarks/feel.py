"""What FEEL costs, in µs: `python -m tests.benchmarks.feel`.

Each figure is processor time, the best of nine rounds. Evaluation includes finding the variables in a dict;
parsing and compiling are without the cache. The goals stand beside the figures.
"""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable

from engine import feel
from engine.feel.compiler import compile_node

SCOPE = {
    "amount": 200,
    "price": 12.5,
    "status": "open",
    "items": list(range(10)),
    "people": [{"name": f"p{age}", "age": age} for age in range(10)],
}
EVALUATION_GOALS = {
    "amount > 100": 0.6,
    'amount > 100 and status = "open"': None,
    "price > 100": None,
    "price * 1.19": None,
    'if amount > 10 then "a" else "b"': None,
    "{a: amount, b: a + 1}": None,
    "for i in items return i * 2": 6,
    "sum(items)": 6,
    "some i in items satisfies i > 5": None,
    "people[age > 3].name": None,
    'contains(status, "op")': None,
    'date("2024-01-01") < @"2024-05-05"': None,
}
TEXT = 'amount > 100 and status = "open"'


def microseconds(work: Callable[[], object], number: int) -> float:
    return min(timeit.repeat(work, timer=time.process_time, number=number, repeat=9)) / number * 1e6


def report(what: str, found: float, goal: float | None) -> None:
    verdict = "" if goal is None else f"  goal {goal:g}{'' if found <= goal else '  MISSED'}"
    print(f"{what:45} {found:8.2f} µs{verdict}")


def main() -> None:
    for text, goal in EVALUATION_GOALS.items():
        evaluate = feel.compile(text).evaluate
        report(text, microseconds(lambda evaluate=evaluate: evaluate(SCOPE), 20_000), goal)  # type: ignore[misc]
    report(f"parse {TEXT}", microseconds(lambda: feel.parse(TEXT), 2_000), 25)
    node = feel.parse(TEXT)
    report(f"compile {TEXT}", microseconds(lambda: compile_node(node), 500), 250)


if __name__ == "__main__":
    main()
