"""`serve` and `migrate`: the database first, then the schema, then HTTP; and back in the other order."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib
import ipaddress
import logging
import os
import signal
import socket
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import psycopg
import uvicorn

from api.cli.client import Client
from api.cli.commands import deployed_rows, read_files
from api.cli.errors import CommandError
from engine.runtime.embedded_postgres import DATABASE_URL_VARIABLE, PostgresUnavailable, open_database
from engine.store.migrate import SchemaError, migrate

# Long polls are cut off then; what was acknowledged is in the database long before.
GRACE_SECONDS = 2
DEPLOY_TIMEOUT_SECONDS = 120.0


def serve(options: Namespace) -> int:
    """Serves until SIGINT or SIGTERM; PostgreSQL is stopped after the last request is answered."""
    began = time.monotonic()
    logging.basicConfig(
        level=options.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    with _stop_signals(), _listening(options.host, options.port) as listener, _database(options) as url:
        from api.app import create_app

        migrate(url)
        server = _Server(_configuration(create_app(url), options), listener, options, began)
        server.run(sockets=[listener])
        return server.exit_code
    return 0  # stopped by a signal


def migrate_database(options: Namespace) -> int:
    """Migrates the database that `serve` would use."""
    with _database(options) as url:
        migrate(url)
    print("The database has this version's schema.")
    return 0


def bench(arguments: Sequence[str]) -> int:
    """Runs the benchmarks, which are part of the checkout and not of an installation."""
    try:
        benchmarks: Any = importlib.import_module("tests.benchmarks")
    except ModuleNotFoundError as error:
        raise CommandError("The benchmarks are in the checkout: run this in its folder.") from error
    return int(benchmarks.main(list(arguments)))


class _Stopped(BaseException):
    """A signal asked for the end."""


@contextlib.contextmanager
def _stop_signals() -> Iterator[None]:
    """Turns SIGINT and SIGTERM into the orderly end of the block; a second one changes nothing."""

    def stop(number: int, _: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise _Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with contextlib.suppress(_Stopped):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """The socket, taken before anything else is started: a port in use is known at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        hint = (
            "another server runs there; stop it or choose --port"
            if error.errno == errno.EADDRINUSE
            else "choose another --host"
        )
        raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror} ({hint}).") from error
    with contextlib.closing(listener):
        yield listener


@contextlib.contextmanager
def _database(options: Namespace) -> Iterator[str]:
    try:
        with open_database(options.database_url, options.data / "postgres") as url:
            yield url
    except (PostgresUnavailable, SchemaError) as error:
        raise CommandError(str(error)) from error
    except psycopg.OperationalError as error:
        raise CommandError(f"The database does not answer: {' '.join(str(error).split())}") from error


def _configuration(app: Any, options: Namespace) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="auto",  # uvloop where it is installed
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=2048,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class _Server(uvicorn.Server):
    """Deploys what was asked for as soon as requests are served, then says what to do next."""

    def __init__(
        self, config: uvicorn.Config, listener: socket.socket, options: Namespace, began: float
    ) -> None:
        super().__init__(config)
        self._url = _url_of(listener)
        self._options = options
        self._began = began
        self.exit_code = 1  # until it is known to serve

    async def main_loop(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._make_ready())
            await super().main_loop()

    async def _make_ready(self) -> None:
        try:
            deployed = await asyncio.to_thread(_deploy_folder, self._url, self._options.deploy)
        except CommandError as error:
            print(f"pointsman: {self._options.deploy}: {error}", file=sys.stderr)
            self.should_exit = True
            return
        self.exit_code = 0
        _print_welcome(self._url, self._options, deployed, time.monotonic() - self._began)


def _deploy_folder(url: str, folder: Path | None) -> list[tuple[Any, ...]]:
    """Deploys a folder as any client would; what is unchanged is not deployed again."""
    if folder is None:
        return []
    with Client(url, DEPLOY_TIMEOUT_SECONDS) as client:
        return deployed_rows(client.deploy(read_files([folder])))


def _url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = "::1" if ":" in host else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _print_welcome(url: str, options: Namespace, deployed: list[tuple[Any, ...]], seconds: float) -> None:
    processes = [identity for kind, identity, *_ in deployed if kind == "process"]
    lines = [f"Pointsman is ready after {seconds:.1f} s.", f"  data      {_where_data_is(options)}"]
    if deployed:
        lines.append(f"  deployed  {len(deployed)} files of {options.deploy}: {', '.join(processes)}")
    lines += [f"  open      {url}/docs   (the REST API, at {url}/v2)"]
    if processes:
        lines.append(
            f"  try       pointsman start {processes[0]}, then pointsman instances and pointsman show KEY"
        )
    else:
        lines.append("  try       pointsman deploy FILE…, then pointsman start PROCESS_ID")
    print("\n".join([*lines, "Ctrl-C stops it."]), flush=True)


def _where_data_is(options: Namespace) -> str:
    url = options.database_url or os.environ.get(DATABASE_URL_VARIABLE)
    if not url:
        return f"{options.data} (an embedded PostgreSQL)"
    parts = urlsplit(url)
    return f"{parts.hostname or 'local socket'}{parts.path}"  # never the password
