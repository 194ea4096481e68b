"""What FEEL costs, in µs: `python -m tests.benchmarks.feel`.

Each figure is processor time, the best of nine rounds. Evaluation includes finding the variables in a dict;
parsing and compiling are without the cache. The goals stand beside the figures.

Other libraries are measured in the same run where they are installed: pySFeel and bkflow-feel in this Python,
feelin in the folder of Node modules that FEELIN_FOLDER names. They parse a text each time, as their interface
has it; what is compared is the price of asking for a value.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import subprocess
import time
import timeit
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from engine import feel
from engine.feel.compiler import compile_node

SCOPE = {
    "amount": 200,
    "price": 12.5,
    "status": "open",
    "items": list(range(10)),
    "people": [{"name": f"p{age}", "age": age} for age in range(10)],
}
GOALS: dict[str, float | None] = {
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
}
COMPARED = ("amount > 100", "sum(items)", "for i in items return i * 2")
TEXT = 'amount > 100 and status = "open"'
FEELIN = """
import { evaluate } from "feelin";
const [texts, scope] = JSON.parse(process.argv[1]);
const figures = texts.map((text) => {
  const rounds = Array.from({ length: 5 }, () => {
    const began = process.hrtime.bigint();
    for (let turn = 0; turn < 500; turn++) evaluate(text, scope);
    return Number(process.hrtime.bigint() - began) / 500e3;
  });
  return Math.min(...rounds);
});
console.log(JSON.stringify(figures));
"""


def microseconds(work: Callable[[], object], number: int) -> float:
    return min(timeit.repeat(work, timer=time.process_time, number=number, repeat=9)) / number * 1e6


def report(what: str, found: float, goal: float | None = None) -> None:
    verdict = "" if goal is None else f"  goal {goal:g}{'' if found <= goal else '  MISSED'}"
    print(f"{what:60} {found:9.2f} µs{verdict}")


def evaluation(text: str) -> float:
    evaluate = feel.compile(text).evaluate
    return microseconds(lambda: evaluate(SCOPE), 20_000)


def others() -> Iterator[tuple[str, Callable[[str], object]]]:
    """The libraries that are installed, as functions from a text to its value."""
    try:
        parser: Any = importlib.import_module("pySFeel").SFeelParser()
        for name in ("amount", "items"):
            parser.sFeelParse(f"{name} <- {json.dumps(SCOPE[name])}")
        yield "pySFeel", lambda text: parser.sFeelParse(text)[1]
    except ImportError:
        pass
    try:
        api: Any = importlib.import_module("bkflow_feel.api")
        yield "bkflow-feel", lambda text: api.parse_expression(text, SCOPE)
    except ImportError:
        pass


def knows(evaluate: Callable[[str], object], text: str) -> bool:
    """Whether a library gives the right value; each knows a part of the language only."""
    try:
        return evaluate(text) == feel.evaluate(text, SCOPE)
    except Exception:  # noqa: BLE001  (whatever a library raises for what it does not know)
        return False


def feelin() -> list[float]:
    """Figures for the compared texts, empty where there is no feelin."""
    folder = os.environ.get("FEELIN_FOLDER")
    if folder is None:
        return []
    command = ["node", "--input-type=module", "-e", FEELIN, json.dumps([COMPARED, SCOPE])]
    found: list[float] = json.loads(
        subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout
    )
    return found


def main() -> None:
    logging.disable(logging.CRITICAL)
    for text, goal in GOALS.items():
        report(text, evaluation(text), goal)
    report(f"parse {TEXT}", microseconds(lambda: feel.parse(TEXT), 2_000), 25)
    node = feel.parse(TEXT)
    report(f"compile {TEXT}", microseconds(lambda: compile_node(node), 500), 250)
    for library, evaluate in others():
        for text in COMPARED:
            if knows(evaluate, text):
                report(f"{library}: {text}", microseconds(partial(evaluate, text), 100))
            else:
                print(f"{library}: {text}: does not know it")
    for text, figure in zip(COMPARED, feelin(), strict=False):
        report(f"feelin: {text}", figure)


if __name__ == "__main__":
    main()
