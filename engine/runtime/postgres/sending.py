"""A connection whose pipelines send what they are given at once, and wait only where somebody asks for rows.

psycopg's own pipeline talks to the socket, and lets the event loop turn, for every statement. A batch is a dozen
statements whose answers nobody looks at: here they are handed to libpq one after the other, and sent and answered
together. That takes a quarter of the processor time, and one turn of the loop instead of twelve. While a pipeline is
open its socket stays registered with the event loop, which costs more than reading from it does.

Whoever waits for an answer goes on sending meanwhile. Otherwise, with a statement that the socket cannot hold at once
and a server that is busy answering, both sides would wait for ever.

How a connection ends
---------------------
Of a socket that was reset uvloop tells once, and never again: libuv takes it out of its loop, even if what was read
then was only the server's last words, or half a row. And a server that ends with statements still unread resets its
connections, which is the rule where statements are sent ahead of their answers. So nobody begins to wait, or goes on
waiting, before `_sort_in` has asked the socket whether its other end is gone; if it is, all of it is read.

libpq closes the socket itself as soon as it comes upon its end. From then on its number may be that of any other
connection, so the event loop must forget it at once, before anybody else has a turn, and only once.
"""

from __future__ import annotations

import asyncio
import re
import select
from collections import deque
from collections.abc import Callable, Sequence
from functools import lru_cache
from types import TracebackType
from typing import Any

from psycopg import AsyncConnection
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import OperationalError, error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult

from engine.store.batch import Row, Statement

_PLACEHOLDER = re.compile(rb"%([bs%])")
_FORMATS = {b"b": PyFormat.BINARY, b"s": PyFormat.AUTO}
_DONE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.PIPELINE_SYNC)


class SendingConnection(AsyncConnection[tuple[Any, ...]]):
    """psycopg's, with pipelines of its own. In one, `execute` takes positional parameters only, and never waits."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._batch: Pipeline | None = None
        self._batches = Pipeline(self)

    def pipeline(self) -> Any:
        """`async with` this, statements are sent together; leaving it waits for all of them."""
        return self._batches

    async def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Outside of a pipeline psycopg's. In one it gives an Answer; errors come with its rows, or at the end."""
        if self._batch is None:
            return await super().execute(query, params, **options)
        return self._batch.send(query, params or ())

    def write(self, statement: Statement, rows: Sequence[Row]) -> None:
        """Send rows by a batch statement, in a pipeline."""
        assert self._batch is not None
        self._batch.write(statement, rows)

    def push(self) -> None:
        """Let the server begin with what was sent so far, in a pipeline."""
        assert self._batch is not None
        self._batch.push()


class Answer:
    """What a statement in a pipeline will answer."""

    __slots__ = ("_pipeline", "_rows")

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._rows: list[tuple[Any, ...]] | None = None

    async def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows. Raises psycopg.Error, also where an earlier statement of the pipeline failed."""
        if self._rows is None:
            await self._pipeline.receive()
        assert self._rows is not None
        return self._rows

    async def fetchone(self) -> tuple[Any, ...] | None:
        """The first row, or None."""
        rows = await self.fetchall()
        return rows[0] if rows else None

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """All rows, once the pipeline is at its end."""
        assert self._rows is not None
        return self._rows

    def take(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows


class Pipeline:
    """The pipelines of one connection, one after the other; statements are prepared once for all of them."""

    def __init__(self, connection: SendingConnection) -> None:
        self._connection = connection
        self._libpq = connection.pgconn
        self._parameters = Transformer(connection)
        self._results = Transformer(connection)
        self._prepared: dict[tuple[bytes, tuple[int, ...]], bytes] = {}
        self._written: dict[Statement, tuple[bytes, list[Format]]] = {}  # names and parameters' formats
        self._count = 0
        self._socket = -1
        self._ended = _hang_ups(self._libpq.socket)
        self._done: asyncio.Future[None] | None = None  # of who waits for answers
        self._waiting: deque[Answer | None] = deque()  # None: an answer that nobody asks for
        self._error: Exception | None = None  # the first of this pipeline
        self._lost: Exception | None = None  # how the connection ended
        self._stale = False  # which statements are prepared is not known since something failed

    async def __aenter__(self) -> Pipeline:
        if self._stale:
            self._prepared.clear()
            self._written.clear()
            await self._connection.execute(b"DEALLOCATE ALL", prepare=False)
            self._stale = False
        self._waiting.clear()
        self._error = None
        socket = self._libpq.socket
        self._libpq.enter_pipeline_mode()
        self._connection._batch = self
        self._socket = socket
        asyncio.get_running_loop().add_reader(socket, self._receive)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is not None or self._waiting or self._error is not None:
                await self._end(quietly=error is not None)
        finally:
            self._connection._batch = None
            self._leave()

    def _leave(self) -> None:
        """Be as before; where answers are still under way (a wait was cancelled) the connection is of no use."""
        self._let_go()
        if self._connection.closed:
            return
        try:
            self._libpq.exit_pipeline_mode()
        except OperationalError:
            self._libpq.finish()

    def _let_go(self) -> None:
        """Nobody listens to the socket any more, which may be closed already: its number can be another's soon."""
        socket, self._socket = self._socket, -1
        if socket >= 0:
            loop = asyncio.get_running_loop()
            loop.remove_reader(socket)
            loop.remove_writer(socket)

    # ---- Statements -------------------------------------------------------------------------------------------------

    def send(self, query: bytes, parameters: Sequence[Any]) -> Answer:
        """Hand over a statement. Raises what psycopg raises for a parameter that cannot be sent."""
        text, formats = _numbered(query)
        values = self._parameters.dump_sequence(parameters, formats)
        types = self._parameters.types or ()
        try:
            name = self._prepared.get((query, types)) or self._prepare(query, text, types)
            self._libpq.send_query_prepared(name, values, self._parameters.formats)
        except OperationalError as error:
            self._fail(error)
            raise
        answer = Answer(self)
        self._waiting.append(answer)
        return answer

    def write(self, statement: Statement, rows: Sequence[Row]) -> None:
        """Hand over rows for a batch statement whose answer nobody asks for."""
        known = self._written.get(statement)
        try:
            if known is None:
                text, _ = _numbered(statement.query)
                name = self._prepare(statement.query, text, statement.types)
                known = self._written[statement] = name, [Format.BINARY] * len(statement.types)
            self._libpq.send_query_prepared(known[0], statement.pack(rows), known[1])
        except OperationalError as error:
            self._fail(error)
            raise
        self._waiting.append(None)

    def push(self) -> None:
        """Hand what was sent so far to the socket, as much as it takes."""
        try:
            self._libpq.flush()
        except OperationalError as error:
            self._fail(error)
            raise

    def _prepare(self, query: bytes, text: bytes, types: tuple[int, ...]) -> bytes:
        self._count += 1
        name = self._prepared[query, types] = b"batch_%d" % self._count
        self._libpq.send_prepare(name, text, types)
        self._waiting.append(None)
        return name

    # ---- Answers ----------------------------------------------------------------------------------------------------

    async def receive(self) -> None:
        """Wait for all answers so far. Raises the first error."""
        await self._exchange(self._libpq.send_flush_request)
        self._raise()

    async def sync(self) -> None:
        """Wait for all answers, and for the end of what was sent so far. Raises the first error."""
        await self._end(quietly=False)

    async def _end(self, quietly: bool) -> None:
        try:
            await self._exchange(self._send_end)
        except Exception:
            self._stale = True
            if not quietly:
                raise
        self._stale = self._stale or quietly
        if not quietly:
            self._raise()

    def _send_end(self) -> None:
        self._libpq.pipeline_sync()
        self._waiting.append(None)

    def _raise(self) -> None:
        if self._error is not None:
            self._stale = True
            raise self._error

    async def _exchange(self, ask: Callable[[], None]) -> None:
        """Ask for answers; send and receive until nothing is waited for any more. Raises how the connection ends."""
        if self._lost is not None:
            raise self._error or self._lost
        loop = asyncio.get_running_loop()
        try:
            ask()
            if self._libpq.flush():
                loop.add_writer(self._socket, self._go_on_sending)
            self._sort_in()  # what libpq has read while it sent
        except Exception as error:
            self._fail(error)
            raise
        if self._waiting:
            self._done = loop.create_future()
            try:
                await self._done
            finally:
                self._done = None

    def _go_on_sending(self) -> None:
        """The socket takes more. The event loop calls it."""
        try:
            if not self._libpq.flush():
                asyncio.get_running_loop().remove_writer(self._socket)
            self._sort_in()
        except Exception as error:  # noqa: BLE001  (whoever waits raises it)
            self._fail(error)

    def _receive(self) -> None:
        """Something has come. The event loop calls it."""
        try:
            self._libpq.consume_input()
            self._sort_in()
        except Exception as error:  # noqa: BLE001  (whoever waits raises it)
            self._fail(error)

    def _sort_in(self) -> None:
        """Give each answer that is there to the statement that it is for; wake who waits after the last one.

        Raises OperationalError where the connection has ended before it.
        """
        self._take_all()
        while self._waiting and self._ended(0):
            self._libpq.consume_input()
            self._take_all()
        if not self._waiting and self._done is not None and not self._done.done():
            self._done.set_result(None)

    def _take_all(self) -> None:
        libpq, waiting = self._libpq, self._waiting
        while waiting and not libpq.is_busy():
            result = libpq.get_result()
            if result is not None:  # what separates the answers
                self._take(waiting.popleft(), result)

    def _fail(self, error: Exception) -> None:
        """Whoever waits raises it; where nobody does, whoever asks next for what will not be answered any more."""
        if self._error is None and (self._waiting or not self._connection.closed):
            self._error = error
        if self._connection.closed:
            self._lose(error)
        if self._done is not None and not self._done.done():
            self._done.set_exception(error)

    def _lose(self, error: Exception) -> None:
        """The connection is at its end: nothing more will be answered."""
        self._lost = self._lost or error
        self._let_go()
        self._waiting.clear()

    def _take(self, answer: Answer | None, result: PGresult) -> None:
        if result.status not in _DONE:
            error = error_from_result(result, encoding=self._parameters.encoding)
            if self._error is None:
                self._error = error
            if error.diag.severity_nonlocalized in ("FATAL", "PANIC"):  # the server's last words on this connection
                self._libpq.finish()
                self._lose(error)
        elif answer is not None:
            self._results.set_pgresult(result)
            answer.take(self._results.load_rows(0, result.ntuples, tuple) if result.ntuples else [])


def _hang_ups(socket: int) -> Callable[[int], list[tuple[int, int]]]:
    """Waits that many milliseconds for the other end of a socket to be gone; truth means that it is."""
    poll = select.poll()
    poll.register(socket, 0)
    return poll.poll


@lru_cache(maxsize=1_000)
def _numbered(query: bytes) -> tuple[bytes, list[PyFormat]]:
    """A query as PostgreSQL numbers its parameters, and their formats."""
    formats: list[PyFormat] = []

    def number(found: re.Match[bytes]) -> bytes:
        if found[1] == b"%":
            return b"%"
        formats.append(_FORMATS[found[1]])
        return b"$%d" % len(formats)

    text = _PLACEHOLDER.sub(number, query if isinstance(query, bytes) else str(query).encode())
    return text, formats
