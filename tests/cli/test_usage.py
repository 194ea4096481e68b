"""What is wrong with a command is said in one line, and its exit code says which kind of wrong it is."""

from __future__ import annotations

import io
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.cli import main
from api.cli.arguments import build_parser
from api.cli.client import Client
from api.cli.errors import WrongUsage
from api.cli.output import elapsed, shorten


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["start", "p", "--variables", "[1]"], "variables are a JSON object"),
        (["start", "p", "--variables", "{"], "not JSON"),
        (["start", "p", "--variables", "@/no/such/file"], "cannot read /no/such/file"),
        (["show", "abc"], "a key is a number"),
        (["jobs", "--limit", "0"], "expected a number from 1"),
        (["serve", "--port", "70000"], "a port is a number from 0 to 65535"),
        (["serve", "--keep-history", "a month"], "expected a number of days"),
        (["serve", "--deploy", "/no/such/folder"], "there is no folder"),
        ([], "required: COMMAND"),
    ],
)
def test_wrong_usage_exits_with_2(
    command: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(command)
    complaint = capsys.readouterr().err
    assert exit_.value.code == 2
    assert reason in complaint
    assert complaint.count("\n") == 1


def test_server_that_does_not_answer_exits_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert main(["instances", "--url", f"http://127.0.0.1:{port}"]) == 3
    complaint = capsys.readouterr().err
    assert "pointsman serve" in complaint
    assert complaint.count("\n") == 1


def test_missing_file_is_not_deployed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy", str(tmp_path / "missing.bpmn")]) == 1
    assert "missing.bpmn: No such file" in capsys.readouterr().err


def test_folder_without_anything_to_deploy_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["deploy", str(tmp_path)]) == 2
    assert "no file to deploy" in capsys.readouterr().err


def test_variables_come_from_the_command_line_a_file_or_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "variables.json").write_text('{"from": "file"}')
    monkeypatch.setattr("sys.stdin", io.StringIO('{"from": "input"}'))
    for typed, source in [
        ('{"from": "line"}', "line"),
        (f"@{tmp_path}/variables.json", "file"),
        ("-", "input"),
    ]:
        options = build_parser().parse_args(["start", "p", "--variables", typed])
        assert options.variables == {"from": source}


@pytest.mark.parametrize("url", ["ftp://host", "http://", "http:///path"])
def test_address_that_is_no_servers(url: str) -> None:
    with pytest.raises(WrongUsage, match=r"looks like http://127\.0\.0\.1:8080"):
        Client(url)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0123, "12 ms"), (3.4, "3.4 s"), (90, "90 s"), (600, "10 min"), (10_800, "3 h"), (864_000, "10 d")],
)
def test_durations_are_shown_in_the_unit_that_fits(seconds: float, shown: str) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    end = start + timedelta(seconds=seconds)
    assert elapsed(start.isoformat(), end.isoformat()) == shown


def test_long_text_is_cut_to_one_line() -> None:
    assert shorten("a\n  b", 10) == "a b"
    assert shorten("a" * 20, 10) == "a" * 9 + "…"
