"""The embedded server's life: cold, warm, killed, shared, and with what others left lying about."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from engine.runtime.postgres.binaries import BINARIES_VARIABLE, Account, find_binaries
from engine.runtime.postgres.embedded import EmbeddedPostgres, PostgresUnavailable
from engine.runtime.postgres.opening import open_database


def _query(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def _query_when_it_is_back(url: str, statement: str) -> object:
    deadline = time.monotonic() + 20
    while True:
        try:
            return _query(url, statement)
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "the server did not come back"


def _kill(server: EmbeddedPostgres) -> None:
    assert server.pid is not None
    psutil.Process(server.pid).send_signal(signal.SIGKILL)


def test_cold_start_makes_a_database_that_sorts_and_lowers_like_unicode(postgres_folder: Path) -> None:
    with EmbeddedPostgres(postgres_folder) as server:
        assert _query(server.url, "SELECT current_database()") == "pointsman"
        assert _query(server.url, "SELECT lower('ÄÖ')") == "äö"
        assert _query(server.url, "SHOW server_encoding") == "UTF8"
    assert server.pid is None


def test_warm_start_finds_what_was_written(postgres_folder: Path) -> None:
    with EmbeddedPostgres(postgres_folder) as server:
        _query(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    with EmbeddedPostgres(postgres_folder) as server:
        assert _query(server.url, "SELECT answer FROM kept") == 42


def test_settings_override_the_defaults(postgres_folder: Path) -> None:
    with EmbeddedPostgres(postgres_folder, settings={"shared_buffers": "32MB"}) as server:
        assert _query(server.url, "SHOW shared_buffers") == "32MB"
        assert _query(server.url, "SHOW fsync") == "on"
        assert _query(server.url, "SHOW listen_addresses") == ""


def test_killed_server_recovers_what_was_committed(postgres_folder: Path) -> None:
    with EmbeddedPostgres(postgres_folder) as server:
        _query(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
        _kill(server)
    with EmbeddedPostgres(postgres_folder) as server:
        assert _query(server.url, "SELECT answer FROM kept") == 42


def test_server_that_is_killed_while_it_is_used_is_started_again(
    postgres_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_database(None, postgres_folder) as url:
        _query(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        _kill(EmbeddedPostgres(postgres_folder))
        assert _query_when_it_is_back(url, "SELECT answer FROM kept") == 42
    assert EmbeddedPostgres(postgres_folder).pid is None
    assert "started again" in caplog.text


def test_server_that_two_use_is_started_again_by_one_of_them(
    postgres_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_database(None, postgres_folder) as url, open_database(None, postgres_folder):
        _kill(EmbeddedPostgres(postgres_folder))
        assert _query_when_it_is_back(url, "SELECT 1") == 1
    assert EmbeddedPostgres(postgres_folder).pid is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_last_user_stops_the_server(postgres_folder: Path) -> None:
    first, second = EmbeddedPostgres(postgres_folder), EmbeddedPostgres(postgres_folder)
    first.start()
    second.start()
    assert second.pid == first.pid
    first.stop()
    assert _query(second.url, "SELECT 1") == 1
    second.stop()
    assert second.pid is None


def test_killed_user_is_not_counted(postgres_folder: Path) -> None:
    """A killed process leaves the server running; the next user adopts it, and stops it at the end."""
    program = (
        "import os, signal, sys; from engine.runtime.postgres.embedded import EmbeddedPostgres;"
        "server = EmbeddedPostgres(sys.argv[1]); server.start(); print(server.pid, flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    user = subprocess.run(
        [sys.executable, "-c", program, postgres_folder], stdout=subprocess.PIPE, check=False, text=True
    )
    assert user.returncode == -signal.SIGKILL
    with EmbeddedPostgres(postgres_folder) as server:
        assert server.pid == int(user.stdout)
    assert server.pid is None


def test_stale_pid_file_with_the_pid_of_a_living_stranger_is_ignored(postgres_folder: Path) -> None:
    with EmbeddedPostgres(postgres_folder) as server:
        lines = (server.data / "postmaster.pid").read_text()
    stale = lines.replace(lines.splitlines()[0], str(os.getpid()), 1)
    (server.data / "postmaster.pid").write_text(stale)
    with EmbeddedPostgres(postgres_folder) as server:
        assert server.pid != os.getpid()
        assert _query(server.url, "SELECT 1") == 1


def test_interrupted_initdb_leaves_nothing_that_hinders(postgres_folder: Path) -> None:
    (postgres_folder / "initdb-killed").mkdir()
    with EmbeddedPostgres(postgres_folder) as server:
        assert _query(server.url, "SELECT 1") == 1


def test_folder_whose_path_is_too_long_for_a_socket(postgres_folder: Path) -> None:
    deep = postgres_folder / ("x" * 60) / ("y" * 60)
    server = EmbeddedPostgres(deep)
    with server:
        assert _query(server.url, "SELECT 1") == 1
    server.erase()
    assert not server.socket_folder.exists()


def test_folder_with_characters_that_urls_escape(postgres_folder: Path) -> None:
    with EmbeddedPostgres(postgres_folder / "a b%?&ü") as server:
        assert _query(server.url, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only for root PostgreSQL runs under another account")
def test_root_in_a_closed_folder(postgres_folder: Path) -> None:
    closed = postgres_folder / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(closed / "data")
    with server:
        assert (closed / "data" / "home").resolve() == server.data.parent
        _query(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    closed.chmod(0o755)  # what was made stays where it is
    with EmbeddedPostgres(closed / "data") as again:
        assert _query(again.url, "SELECT answer FROM kept") == 42
    server.erase()


def test_wrong_setting_fails_with_the_servers_own_words(postgres_folder: Path) -> None:
    server = EmbeddedPostgres(postgres_folder, settings={"shared_buffers": "many"})
    with pytest.raises(PostgresUnavailable, match="shared_buffers"):
        server.start()


def test_data_of_another_version_is_refused(postgres_folder: Path) -> None:
    (postgres_folder / "data").mkdir()
    (postgres_folder / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(PostgresUnavailable, match="PostgreSQL 9, which made the data"):
        EmbeddedPostgres(postgres_folder).start()


def test_running_server_is_not_erased(durable_postgres: EmbeddedPostgres) -> None:
    with pytest.raises(PostgresUnavailable, match="still works"):
        durable_postgres.erase()


def test_named_folder_of_binaries_comes_before_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = find_binaries()
    named = tmp_path / "bin"
    named.mkdir()
    for program in ("postgres", "initdb"):
        shutil.copy2(wheel.folder / program, named / program)
    monkeypatch.setenv(BINARIES_VARIABLE, str(named))
    assert find_binaries().folder == named


def test_named_folder_without_binaries_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BINARIES_VARIABLE, str(tmp_path))
    with pytest.raises(PostgresUnavailable, match=BINARIES_VARIABLE):
        find_binaries()


def test_url_comes_before_the_embedded_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POINTSMAN_DATABASE_URL", "postgresql://from/environment")
    with open_database("postgresql://from/option", tmp_path) as url:
        assert url == "postgresql://from/option"
    with open_database(None, tmp_path) as url:
        assert url == "postgresql://from/environment"
    assert list(tmp_path.iterdir()) == []


def test_closed_folder_is_noticed_wherever_it_is_on_the_way(tmp_path: Path) -> None:
    stranger = Account(uid=54321, gid=54321)
    tmp_path.chmod(0o700)
    (tmp_path / "open").mkdir(mode=0o755)
    assert not stranger.reaches(tmp_path / "open")
    assert stranger.reaches(Path("/"))
