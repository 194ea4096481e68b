"""How a case is run: by itself with a table, or by the suite, which reads JSON from it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import psutil
import psycopg

from engine.runtime.memory import prepare_process
from engine.runtime.postgres.embedded import EmbeddedPostgres, temporary_postgres
from engine.store.migrate import migrate
from tests.benchmarks.figures import HEADER, Figure

Measure = Callable[[argparse.Namespace], list[Figure]]


def run(measure: Measure, text: str | None, add: Callable[[argparse.ArgumentParser], None] | None = None) -> int:
    """Measure, and print; `text` is the case's docstring, `add` adds options of its own."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    common_options(parser)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    if add is not None:
        add(parser)
    options = parser.parse_args()
    prepare_process()
    figures = measure(options)
    if options.json:
        print(msgspec.json.encode(figures).decode())
    else:
        print("\n".join([HEADER, *(figure.line() for figure in figures)]))
    return 0


def common_options(parser: argparse.ArgumentParser) -> None:
    """What every case understands."""
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each measurement lasts (default: 5)")
    parser.add_argument("--repeat", type=int, default=3, help="how often it is made (default: 3)")
    parser.add_argument("--warm-up", type=float, default=3.0, help="seconds before the first one (default: 3)")
    parser.add_argument(
        "--waiting", type=int, default=1_000_000, help="how many instances wait in `million` (default: 1,000,000)"
    )


def say(text: str) -> None:
    """Tell how far it is, beside the figures."""
    print(f"    {text}", file=sys.stderr, flush=True)


@contextmanager
def database() -> Iterator[EmbeddedPostgres]:
    """A new database with the schema, on a server of its own that syncs; `cpu` tells what it costs."""
    with temporary_postgres() as server:
        migrate(server.url)
        with psycopg.connect(server.url, autocommit=True) as connection:
            settings = {name: _setting(connection, name) for name in ("fsync", "synchronous_commit")}
        assert settings == {"fsync": "on", "synchronous_commit": "on"}, settings
        yield server


def cpu(server: EmbeddedPostgres) -> float:
    """Seconds of processor time that the processes of a PostgreSQL have used which run now."""
    postmaster = psutil.Process(server.pid)
    times = [process.cpu_times() for process in (postmaster, *postmaster.children())]
    return float(sum(each.user + each.system for each in times))


def _setting(connection: psycopg.Connection[tuple[str]], name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return row[0]
