"""A connection whose pipelines send what they are given at once, and wait only where somebody asks for rows.

psycopg's own pipeline talks to the socket, and lets the event loop turn, for every statement. A batch is a dozen
statements whose answers nobody looks at: here they are handed to libpq one after the other, and sent and answered
together. That takes a quarter of the processor time, and one turn of the loop instead of twelve.

Whoever waits for an answer goes on sending meanwhile. Otherwise, with a statement that the socket cannot hold at once
and a server that is busy answering, both sides would wait for ever.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Generator, Sequence
from functools import lru_cache
from types import TracebackType
from typing import Any

from psycopg import AsyncConnection
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import OperationalError, error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from psycopg.waiting import Ready, Wait

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
        self._count = 0
        self._waiting: deque[Answer | None] = deque()  # None: an answer that nobody asks for
        self._error: Exception | None = None
        self._stale = False  # which statements are prepared is not known since something failed

    async def __aenter__(self) -> Pipeline:
        if self._stale:
            self._prepared.clear()
            await self._connection.execute(b"DEALLOCATE ALL", prepare=False)
            self._stale = False
        self._waiting.clear()
        self._error = None
        self._libpq.enter_pipeline_mode()
        self._connection._batch = self
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is not None or self._waiting:
                await self._end(quietly=error is not None)
        finally:
            self._connection._batch = None
            self._leave()

    def _leave(self) -> None:
        """Be as before; where answers are still under way (a wait was cancelled) the connection is of no use."""
        if self._connection.closed:
            return
        try:
            self._libpq.exit_pipeline_mode()
        except OperationalError:
            self._libpq.finish()

    def send(self, query: bytes, parameters: Sequence[Any]) -> Answer:
        """Hand over a statement. Raises what psycopg raises for a parameter that cannot be sent."""
        text, formats = _numbered(query)
        values = self._parameters.dump_sequence(parameters, formats)
        types = self._parameters.types or ()
        name = self._prepared.get((query, types))
        if name is None:
            self._count += 1
            name = self._prepared[query, types] = b"batch_%d" % self._count
            self._libpq.send_prepare(name, text, types)
            self._waiting.append(None)
        self._libpq.send_query_prepared(name, values, self._parameters.formats)
        answer = Answer(self)
        self._waiting.append(answer)
        return answer

    async def receive(self) -> None:
        """Wait for all answers so far. Raises the first error."""
        self._libpq.send_flush_request()
        await self._connection.wait(self._exchange())
        self._raise()

    async def sync(self) -> None:
        """Wait for all answers, and for the end of what was sent so far. Raises the first error."""
        await self._end(quietly=False)

    async def _end(self, quietly: bool) -> None:
        try:
            self._libpq.pipeline_sync()
            self._waiting.append(None)
            await self._connection.wait(self._exchange())
        except Exception:
            self._stale = True
            if not quietly:
                raise
        self._stale = self._stale or quietly
        if not quietly:
            self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            self._stale = True
            raise self._error

    def _exchange(self) -> Generator[Wait, int, None]:
        """Send and receive until nothing is waited for any more; psycopg runs this on the event loop."""
        libpq, waiting = self._libpq, self._waiting
        sent = False
        while waiting:
            sent = sent or not libpq.flush()
            if libpq.is_busy():
                if (yield Wait.R if sent else Wait.RW) & Ready.R:
                    libpq.consume_input()
                continue
            result = libpq.get_result()
            if result is not None:  # what separates the answers
                self._take(waiting.popleft(), result)

    def _take(self, answer: Answer | None, result: PGresult) -> None:
        if result.status not in _DONE:
            if self._error is None:
                self._error = error_from_result(result, encoding=self._parameters.encoding)
        elif answer is not None:
            self._results.set_pgresult(result)
            answer.take(self._results.load_rows(0, result.ntuples, tuple) if result.ntuples else [])


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
