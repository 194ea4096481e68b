"""Runs the cases one after the other and prints the table: see tests/benchmarks/__init__.py."""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from tests.benchmarks import host
from tests.benchmarks.case import common_options
from tests.benchmarks.figures import HEADER, Figure

ROOT = Path(__file__).parent.parent.parent
RESULTS = ROOT / "build" / "bench"

CASES = {
    "compiling": "A diagram of 100 elements, read and compiled",
    "feel": "FEEL",
    "dmn": "Decision tables",
    "one_task": "One-task process in one process",
    "one_task_rest": "One-task process over REST, 32 connections",
    "ten_tasks": "Ten sequential service tasks, in one process",
    "fan_out": "Parallel multi-instance",
    "job_latency": "From a job's creation to a waiting worker's hands, at half of the load that it can bear",
    "spiffworkflow": "Ten user tasks, beside SpiffWorkflow",
    "million": "Beside instances that wait",
    "lists": "List pages among instances that have ended and that wait",
    "pages": "Every page beside a million instances: rendered, and opened in a browser",
}


def main(argv: Sequence[str]) -> int:
    """Run the named cases, or all; 1 where one of them could not be run."""
    parser = argparse.ArgumentParser(prog="pointsman bench", description="Measures this machine.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of: {', '.join(CASES)} (default: all)")
    common_options(parser)
    options = parser.parse_args(argv)
    unknown = [case for case in options.cases if case not in CASES]
    if unknown:
        parser.error(f"there is no case {', '.join(unknown)}; there are: {', '.join(CASES)}")
    report: dict[str, Any] = {**host.describe(), "command": shlex.join(["pointsman", "bench", *argv])}
    return _run([case for case in CASES if case in (options.cases or CASES)], options, report)


def _run(cases: Sequence[str], options: argparse.Namespace, report: dict[str, Any]) -> int:
    for name in ("machine", "versions", "date", "commit"):
        print(f"{name:>9}  {report[name]}")
    print(f"\n{HEADER}", flush=True)
    report["cases"] = {}
    for case in cases:
        report["cases"][case] = _run_case(case, options)
    path = _keep(report)
    missed = [f"{case}: {figure.what}" for case in cases for figure in _missed(report["cases"][case])]
    print(f"\nAll of it is in {path}.")
    if missed:
        print("\n".join(["Missed:", *(f"  {line}" for line in missed)]))
    return int(any("error" in result for result in report["cases"].values()))


def _run_case(case: str, options: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", f"tests.benchmarks.{case}", *_arguments(options)]
    print(f"{CASES[case]}\n  $ {shlex.join(['python', *command[1:]])}", flush=True)
    others, began = host.Others(), time.perf_counter()
    done = subprocess.run([*command, "--json"], cwd=ROOT, stdout=subprocess.PIPE, check=False)
    took = round(time.perf_counter() - began, 1)
    result: dict[str, Any] = {"command": shlex.join(["python", *command[1:]]), "seconds": took}
    if done.returncode:
        print(f"  could not be measured (exit code {done.returncode})", flush=True)
        return result | {"error": done.returncode, "figures": []}
    figures = msgspec.json.decode(done.stdout, type=list[Figure])
    for figure in figures:
        print(figure.line())
    result["others"] = round(others.share(), 3)
    print(f"  ({took:.0f} s; other programs took {result['others']:.0%} of the machine meanwhile)", flush=True)
    return result | {"figures": figures}


def _arguments(options: argparse.Namespace) -> list[str]:
    """What was asked for, where it is not the default anyway."""
    parser = argparse.ArgumentParser()
    common_options(parser)
    defaults = vars(parser.parse_args([]))
    return [
        part
        for name, default in defaults.items()
        if getattr(options, name) != default
        for part in (f"--{name.replace('_', '-')}", str(getattr(options, name)))
    ]


def _missed(result: dict[str, Any]) -> list[Figure]:
    return [figure for figure in result["figures"] if figure.ratio is not None and figure.ratio < 1]


def _keep(report: dict[str, Any]) -> Path:
    RESULTS.mkdir(parents=True, exist_ok=True)
    moment = report["date"][:19].replace(":", "").replace("-", "")
    path = RESULTS / f"{moment}-{report['commit'].split()[0] if report['commit'] else 'unknown'}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1))
    (RESULTS / "latest.json").write_bytes(path.read_bytes())
    return path.relative_to(ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
