"""What FEEL costs, in µs.

Each figure is processor time, the best of nine rounds. Evaluation includes finding the variables in a dict;
parsing and compiling are without the cache. The goals stand beside the figures.

Other libraries are measured in the same run where they are installed: pySFeel and bkflow-feel in this Python,
feelin where Node is there (or in the folder that FEELIN_FOLDER names). They parse a text each time, as their interface
has it; what is compared is the price of asking for a value.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import os
import subprocess
import sys
import time
import timeit
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from engine import feel
from engine.feel.compiler import compile_node
from tests.benchmarks import case
from tests.benchmarks.figures import Figure

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
#: Where `make bench` installs the libraries to compare with.
LIBRARIES = Path(__file__).parents[2] / "build" / "bench" / "libraries"

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


def figure(what: str, found: float, goal: float | None = None, note: str = "") -> Figure:
    return Figure(what=what, value=found, unit="µs", target=goal, at_most=True, note=note)


def evaluation(text: str) -> float:
    evaluate = feel.compile(text).evaluate
    return microseconds(lambda: evaluate(SCOPE), 20_000)


def others() -> Iterator[tuple[str, Callable[[str], object]]]:
    """The libraries that are installed, as functions from a text to its value."""
    if str(LIBRARIES) not in sys.path:
        sys.path.append(str(LIBRARIES))  # at the end: what is there hides nothing of ours
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
    folder = Path(os.environ.get("FEELIN_FOLDER") or LIBRARIES)
    if not (folder / "node_modules" / "feelin").exists():
        return []
    command = ["node", "--input-type=module", "-e", FEELIN, json.dumps([COMPARED, SCOPE])]
    found: list[float] = json.loads(
        subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout
    )
    return found


def measure(_: argparse.Namespace) -> list[Figure]:
    logging.disable(logging.CRITICAL)
    figures = [figure(text, evaluation(text), goal) for text, goal in GOALS.items()]
    node = feel.parse(TEXT)
    figures.append(figure(f"parse {TEXT}", microseconds(lambda: feel.parse(TEXT), 2_000), 25))
    figures.append(figure(f"compile {TEXT}", microseconds(lambda: compile_node(node), 500), 250))
    return figures + list(_compared({text: found.value for text, found in zip(GOALS, figures, strict=False)}))


def _compared(ours: dict[str, float]) -> Iterator[Figure]:
    """What others take for the same, and how many times as long that is."""
    for library, evaluate in others():
        for text in COMPARED:
            if knows(evaluate, text):
                found = microseconds(partial(evaluate, text), 100)
                yield figure(f"{library}: {text}", found, note=f"{found / ours[text]:,.0f} times as long")
    for text, found in zip(COMPARED, feelin(), strict=False):
        yield figure(f"feelin: {text}", found, note=f"{found / ours[text]:,.0f} times as long")


def main() -> int:
    return case.run(measure, __doc__)


if __name__ == "__main__":
    sys.exit(main())
