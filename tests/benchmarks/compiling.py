"""A diagram of 100 elements, as an editor writes it, from XML to a graph that can be executed.

The diagram has 38 expressions that no compilation before has seen, so FEEL is compiled with it.
"""

from __future__ import annotations

import argparse
import sys
import time
from statistics import median

from engine.bpmn import compile_model
from tests.benchmarks import case, diagrams
from tests.benchmarks.figures import Figure, spread

TARGET = 15.0  # milliseconds
MEASURED = 20  # diagrams for each repetition


def measure(options: argparse.Namespace) -> list[Figure]:
    texts = [diagrams.hundred_elements(salt) for salt in range(1, MEASURED * options.repeat + 6)]
    elements = len(compile_model(texts[0], "warm.bpmn").processes[0].nodes)
    times = []
    for text in texts[1:]:
        began = time.process_time()
        compile_model(text, "bench.bpmn")
        times.append((time.process_time() - began) * 1000)
    again = []
    for text in texts[-5:]:
        began = time.process_time()
        compile_model(text, "bench.bpmn")
        again.append((time.process_time() - began) * 1000)
    size = f"{elements} elements, {len(texts[-1]) / 1000:.0f} kB"
    return [
        Figure(
            what="parse and compile",
            value=median(times[5:]),
            unit="ms CPU",
            target=TARGET,
            at_most=True,
            note=f"{size}; {spread(times[5:])}",
        ),
        Figure(what="the same again, its expressions being known", value=median(again), unit="ms CPU"),
    ]


def main() -> int:
    return case.run(measure, __doc__)


if __name__ == "__main__":
    sys.exit(main())
