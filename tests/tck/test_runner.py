"""The runner of the kit: on our own cases, on results that are wrong, and on the kit itself where it is there."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from engine import dmn
from engine.feel import temporal
from tests.tck import runner
from tests.tck.kit import read_kit


def test_our_own_cases_pass() -> None:
    outcomes = runner.run_kit(runner.OWN_CASES, dmn.Mode.SPEC)
    assert [str(outcome) for outcome in outcomes if not outcome.passed] == []
    assert len(outcomes) == 8


def test_cases_are_read_with_their_level_and_topic() -> None:
    names = [(case.level, case.name) for case in read_kit(runner.OWN_CASES)]
    assert names[0] == ("decisions", "lending / lending-01 / small loan")


def test_the_report_counts_per_level(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.main(["--kit", str(runner.OWN_CASES)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == ["decisions", "4", "0", "100.00", "%", "3", "0", "100.00", "%"]
    assert lines[3][:3] == ["all", "8", "0"]


def test_a_failure_is_listed_and_fails_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    topic = tmp_path / "level" / "values"
    topic.mkdir(parents=True)
    for file in (runner.OWN_CASES / "expressions" / "values").iterdir():
        (topic / file.name).write_text(file.read_text(encoding="utf-8").replace(">Ann<", ">Bob<"), encoding="utf-8")
    assert runner.main(["--kit", str(tmp_path)]) == 1
    assert (
        "FAILED values / values-01 / relation / people:"
        " expected [{'name': 'Bob', 'age': 30}], found [{'name': 'Ann', 'age': 30}]"
    ) in capsys.readouterr().out


def test_cases_can_be_skipped(tmp_path: Path) -> None:
    listed = tmp_path / "skipped.csv"
    listed.write_text("test,file,case,status,\nexpressions/values,values-01,null,IGNORED,\n", encoding="utf-8")
    outcomes = runner.run_kit(runner.OWN_CASES, dmn.Mode.SPEC, runner.read_skipped(listed))
    assert len(outcomes) == 7


def test_a_folder_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        runner.main(["--kit", "/nowhere"])
    assert "name the kit's with --kit or POINTSMAN_TCK" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("found", "expected", "same"),
    [
        (1, Decimal(1), True),
        (Decimal("0.333333333333"), Decimal("0.33333333"), True),
        (Decimal("0.3334"), Decimal("0.3333"), False),
        (True, 1, False),
        (1, True, False),
        ("1", 1, False),
        (None, None, True),
        (0, None, False),
        ([1, 2], [1, 2], True),
        ([1], [1, 2], False),
        ({"a": 1}, {"a": 1}, True),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        (temporal.parse_date("2024-05-01"), temporal.parse_date_time("2024-05-01T00:00:00"), False),
        (temporal.parse_time("10:00:00Z"), temporal.parse_time("11:00:00+01:00"), True),
    ],
)
def test_results_are_compared_by_type_and_value(found: object, expected: object, same: bool) -> None:
    assert runner.matches(found, expected) is same


@pytest.mark.skipif("POINTSMAN_TCK" not in os.environ, reason="POINTSMAN_TCK names no folder with the kit")
def test_the_kit_passes_as_promised(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.main([]) == 0, capsys.readouterr().out
