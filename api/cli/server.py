"""`serve` and `migrate`: the database first, then the schema, then HTTP; and back in the other order."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib
import ipaddress
import logging
import signal
import socket
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

import psycopg
import uvicorn

from api.cli.errors import CommandError
from api.cli.welcome import Welcome
from api.protocol import Protocol
from engine.identity.people import add_first_administrator
from engine.runtime.postgres.embedded import PostgresUnavailable
from engine.runtime.postgres.opening import DATABASE_URL_VARIABLE, open_database
from engine.store.migrate import SchemaError, migrate
from web.admission import Access

if TYPE_CHECKING:
    from api.app import Application

# What is still being answered then is cut off; long polls have been answered before.
GRACE_SECONDS = 5

DAY = 24 * 3_600_000  # milliseconds


def serve(options: Namespace) -> int:
    """Serves until SIGINT or SIGTERM; PostgreSQL is stopped after the last request is answered."""
    began = time.monotonic()
    logging.basicConfig(
        level=options.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    with _stop_signals(), _listening(options.host, options.port) as listener, open_database_of(options) as url:
        from api.app import create_app
        from engine.runtime.memory import prepare_process
        from engine.runtime.runtime import Options

        migrate(url)
        access = _access(options, listener)
        password = asyncio.run(add_first_administrator(url))
        welcome = Welcome(_url_of(listener), options, began, access.demo, password)
        runtime_options = Options(
            unique_business_id=options.unique_business_ids,
            history_kept=None if options.keep_history is None else int(options.keep_history * DAY),
        )
        server = _Server(create_app(url, access=access, options=runtime_options), welcome)
        prepare_process()
        server.run(sockets=[listener])
        return server.exit_code
    return 0  # stopped by a signal


def migrate_database(options: Namespace) -> int:
    """Migrates the database that `serve` would use."""
    with open_database_of(options) as url:
        migrate(url)
    print("The database has this version's schema.")
    return 0


def bench(arguments: Sequence[str]) -> int:
    """Runs the benchmarks, which are part of the checkout and not of an installation."""
    try:
        benchmarks: Any = importlib.import_module("tests.benchmarks.__main__")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("tests"):
            raise CommandError(f"The benchmarks need the package {error.name}: `make install` brings it.") from error
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
        hint = {
            errno.EADDRINUSE: "another server runs there; stop it or choose --port",
            errno.EACCES: "choose a --port from 1024",
        }.get(error.errno or 0, "choose another --host")
        reason = (error.strerror or "").partition(" (while")[0]  # Python 3.11 repeats the address
        raise CommandError(f"Cannot listen on {host}:{port}: {reason} ({hint}).") from error
    with contextlib.closing(listener):
        yield listener


@contextlib.contextmanager
def open_database_of(options: Namespace) -> Iterator[str]:
    try:
        with open_database(options.database_url, options.data / "postgres") as url:
            yield url
    except (PostgresUnavailable, SchemaError) as error:
        raise CommandError(str(error)) from error
    except psycopg.OperationalError as error:
        hint = f"--database-url or {DATABASE_URL_VARIABLE} names another"
        reason = " ".join(str(error).split())
        raise CommandError(f"The database does not answer: {reason} ({hint}).") from error


def _access(options: Namespace, listener: socket.socket) -> Access:
    """Nobody has to sign in where only this machine can reach the server, unless it was asked for."""
    address = ipaddress.ip_address(listener.getsockname()[0])
    demo = address.is_loopback and not options.sign_in and not options.behind_proxy
    return Access(demo=demo, proxy=options.behind_proxy)


def _url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = "::1" if ":" in host else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """Deploys what was asked for as soon as requests are served, and sends those who wait home before it stops."""

    def __init__(self, app: Application, welcome: Welcome) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="auto",  # uvloop where it is installed
                http=Protocol,
                ws="none",
                lifespan="on",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,  # web/admission.py looks at them where it was told to
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._app = app
        self._welcome = welcome
        self.exit_code = 1  # until it is known to serve

    async def main_loop(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._make_ready())
            await super().main_loop()

    async def _make_ready(self) -> None:
        try:
            assert self._app.server is not None
            await self._welcome.deploy(self._app.server.runtime)
        except CommandError as error:
            print(f"pointsman: {error}", file=sys.stderr)
            self.should_exit = True
            return
        self.exit_code = 0
        print(self._welcome.text(), flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._app.server is not None:
            await self._app.server.runtime.release_waiting()
        await super().shutdown(sockets)
