"""What is wrong with a command is said in one line, and its exit code says which kind of wrong it is."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from api.cli.arguments import DEFAULT_URL, build_parser
from api.cli.client import Client
from api.cli.errors import WrongUsage
from api.cli.output import elapsed, shorten


def run_command(*words: str, **streams: Any) -> subprocess.CompletedProcess[str]:
    """`pointsman WORDS` in a process of its own; its output goes where `streams` say."""
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *words],
        env={name: value for name, value in os.environ.items() if not name.startswith("POINTSMAN_")},
        text=True,
        timeout=60,
        check=False,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
    )


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["start", "p", "--variables", "[1]"], "variables are a JSON object"),
        (["start", "p", "--variables", "{"], "not JSON"),
        (["start", "p", "--variables", "@/no/such/file"], "cannot read /no/such/file"),
        (["start", "p", "--variables", '{"a": 1e999}'], "not JSON"),
        (["start", "p", "--variables", '{"a": NaN}'], "not JSON"),
        (["start", "p", "--variables", "[" * 100_000], "nested too deeply"),
        (["start", "p", "--idempotency-key", ""], "1 to 256 printable ASCII characters"),
        (["start", "p", "--idempotency-key", "a\nb"], "1 to 256 printable ASCII characters"),
        (["show", "abc"], "a key is a number"),
        (["jobs", "--limit", "0"], "expected a number from 1"),
        (["serve", "--port", "70000"], "a port is a number from 0 to 65535"),
        (["serve", "--host", ""], "expected an address"),
        (["serve", "--prot", "9000"], "unrecognized arguments: --prot 9000 (see pointsman serve --help)"),
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


def test_another_kind_of_server_is_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def welcome() -> None:
            with other.accept()[0] as caller:
                caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n<h1>Welcome</h1>")

        answering = threading.Thread(target=welcome)
        answering.start()
        assert main(["show", "1", "--url", f"http://127.0.0.1:{other.getsockname()[1]}"]) == 3
        answering.join()
    assert "is no Pointsman server" in capsys.readouterr().err


def test_without_a_terminal_nobody_is_asked_for_a_password() -> None:
    done = run_command("instances", "--user", "ada", stdin=subprocess.DEVNULL, start_new_session=True)
    assert done.returncode == 2
    assert "set POINTSMAN_PASSWORD" in done.stderr
    assert done.stderr.count("\n") == 1


def test_output_that_cannot_be_written_is_said_so() -> None:
    with Path("/dev/full").open("w") as full:
        done = run_command("feel", "1 + 1", stdout=full)
    assert (done.returncode, done.stderr) == (1, "pointsman: No space left on device.\n")


def test_output_that_is_closed_is_missed_by_nobody() -> None:
    done = run_command("feel", "1 + 1", preexec_fn=lambda: os.close(1))
    assert (done.returncode, done.stderr) == (0, "")


def test_an_address_that_is_set_to_nothing_is_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POINTSMAN_URL", "")
    assert build_parser().parse_args(["instances"]).url == DEFAULT_URL


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


@pytest.mark.parametrize(
    "url",
    ["", "ftp://host", "http://", "http:///path", "http://host:port", "http://host:99999", "http://[::1", "http://a b"],
)
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
