"""Run the test kit of the DMN standard: `python -m tests.tck.runner [--kit DIR] [--mode spec|camunda]`.

Without `--kit`, the environment variable POINTSMAN_TCK names the kit's folder, and without that the project's
own small cases are run. Prints, per level, how many results passed and failed and how many of them were not
null (a stub would pass the others), then each failure with what was expected and found. A number passes if it
differs by less than 10^-8 of the expected one, since the kit's are rounded; an error counts as null. The exit
code is 1 where less passes than the project promises.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine import dmn
from engine.feel import Evaluation, FeelValueError, equal, to_json
from engine.xml import parse
from tests.tck.kit import Case, Expectation, read_kit

OWN_CASES = Path(__file__).parent / "cases"
PROMISED = 97.0
PROMISED_NOT_NULL = 95.0
TOLERANCE = Decimal("1e-8")


@dataclass(frozen=True)
class Outcome:
    """One result of a case, found and expected."""

    case: Case
    expectation: Expectation
    found: object
    error: str = ""

    @property
    def passed(self) -> bool:
        return matches(self.found, self.expectation.value)

    @property
    def is_null(self) -> bool:
        return self.expectation.value is None

    def __str__(self) -> str:
        found = f"{show(self.found)} ({self.error})" if self.error else show(self.found)
        return f"{self.case.name} / {self.expectation.decision}: expected {show(self.expectation.value)}, found {found}"


@dataclass
class Tally:
    """What passed of one level."""

    outcomes: list[Outcome] = field(default_factory=list)

    def count(self, *, passed: bool, not_null: bool = False) -> int:
        return sum(one.passed is passed and not (not_null and one.is_null) for one in self.outcomes)

    def share(self, *, not_null: bool = False) -> float:
        """Percent that passed; all where there was nothing to pass."""
        passed, failed = (self.count(passed=each, not_null=not_null) for each in (True, False))
        return 100.0 * passed / (passed + failed) if passed + failed else 100.0

    def line(self, level: str) -> str:
        return (
            f"{level:<20} {self.count(passed=True):>6} {self.count(passed=False):>6} {self.share():>7.2f} %"
            f" {self.count(passed=True, not_null=True):>9} {self.count(passed=False, not_null=True):>6}"
            f" {self.share(not_null=True):>7.2f} %"
        )


# -- running ---------------------------------------------------------------------------------------------


def run_kit(folder: Path, mode: dmn.Mode, skipped: frozenset[tuple[str, str, str]] = frozenset()) -> list[Outcome]:
    """The outcomes of all cases below a folder, without those that are skipped by (topic, file, id)."""
    cases = (case for case in read_kit(folder) if (case.topic, case.file, case.id) not in skipped)
    return [outcome for case in cases for outcome in run_case(case, mode)]


def run_case(case: Case, mode: dmn.Mode) -> Iterable[Outcome]:
    model = model_of(case.model, mode)
    for expectation in case.expected:
        try:
            found, error = evaluate(model, case, expectation)
        except dmn.UnknownDecision as unknown:
            found, error = None, str(unknown)
        yield Outcome(case, expectation, found, error)


def evaluate(model: dmn.Model, case: Case, expectation: Expectation) -> tuple[object, str]:
    """The value of the expected decision, and why it is null."""
    if case.service:
        result = model.evaluate_service(case.service, case.inputs)
        value = next((one.value for one in result.decisions if one.name == expectation.decision), result.value)
    else:
        result = model.evaluate(expectation.decision, case.inputs)
        value = result.value
    reasons = [str(result.failure)] if result.failure else [warning.message for warning in result.warnings]
    return value, "; ".join(reasons[:3])


@lru_cache(maxsize=8)
def model_of(path: Path, mode: dmn.Mode) -> dmn.Model:
    """A model, with those in the same folder that it imports."""
    files = sorted(path.parent.glob("*.dmn"))
    models = dmn.read_models([parse(file.read_bytes()) for file in files], mode=mode)
    return models[files.index(path)]


# -- comparing -------------------------------------------------------------------------------------------


def matches(found: object, expected: object) -> bool:
    if isinstance(expected, int | Decimal) and not isinstance(expected, bool):
        return is_number(found) and close(found, expected)
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(found) == len(expected)
            and all(matches(one, other) for one, other in zip(found, expected, strict=True))
        )
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and found.keys() == expected.keys()
            and all(matches(found[key], value) for key, value in expected.items())
        )
    return type(found) is type(expected) and equal(Evaluation(), found, expected) is True


def is_number(value: object) -> bool:
    return isinstance(value, int | Decimal | float) and not isinstance(value, bool)


def close(found: Any, expected: int | Decimal) -> bool:
    difference = abs(Decimal(str(found)) - Decimal(expected))
    return difference <= TOLERANCE * max(Decimal(1), abs(Decimal(expected)))


def show(value: object) -> str:
    try:
        return repr(to_json(value))
    except FeelValueError:
        return str(value)


# -- reporting -------------------------------------------------------------------------------------------


def report(outcomes: list[Outcome]) -> bool:
    """Print it; whether as much passed as is promised."""
    levels: dict[str, Tally] = {}
    for outcome in outcomes:
        levels.setdefault(outcome.case.level, Tally()).outcomes.append(outcome)
    total = Tally(outcomes)
    print(f"{'':<20} {'passed':>6} {'failed':>6} {'':>9} {'not null:':>9} {'failed':>6}")
    for level, tally in levels.items():
        print(tally.line(level))
    print(total.line("all"))
    cases = {outcome.case.name for outcome in outcomes}
    failed = {outcome.case.name for outcome in outcomes if not outcome.passed}
    print(f"{len(cases - failed)} of {len(cases)} test cases passed")
    for outcome in outcomes:
        if not outcome.passed:
            print(f"FAILED {outcome}")
    return total.share() >= PROMISED and total.share(not_null=True) >= PROMISED_NOT_NULL


def read_skipped(path: Path | None) -> frozenset[tuple[str, str, str]]:
    """A list in the format of the kit's result files: `level/topic,file,case,…`."""
    if path is None:
        return frozenset()
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if len(row) >= 3]
    return frozenset((row[0].rpartition("/")[2], row[1], row[2]) for row in rows)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Run the test kit of the DMN standard.")
    parser.add_argument("--kit", type=Path, default=Path(os.environ.get("POINTSMAN_TCK") or OWN_CASES))
    parser.add_argument("--mode", choices=[mode.value for mode in dmn.Mode], default=dmn.Mode.SPEC.value)
    parser.add_argument("--skip", type=Path, help="a file of cases to leave out: level/topic,file,case per line")
    options = parser.parse_args(arguments)
    if not options.kit.is_dir():
        parser.error(f"there is no folder {options.kit}; name the kit's with --kit or POINTSMAN_TCK")
    outcomes = run_kit(options.kit, dmn.Mode(options.mode), read_skipped(options.skip))
    return 0 if report(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
