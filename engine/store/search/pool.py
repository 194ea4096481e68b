"""A few connections for reading, opened when they are needed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import psycopg

from engine.store.limits import TOO_LARGE
from engine.store.patience import patience, session_options
from engine.store.search.errors import InvalidSearch, SearchTimeout, SearchUnavailable

Connection = psycopg.AsyncConnection[tuple[Any, ...]]
T = TypeVar("T")


class ReadingPool:
    """At most `size` connections to a database; statements are cut off after `statement_timeout` seconds.

    Statements are planned for the values that they search for, every time, because those differ too much in how
    often they occur for one plan to serve all.
    """

    def __init__(self, url: str, size: int, statement_timeout: float) -> None:
        self._url = url
        self._settings = f"-c statement_timeout={int(statement_timeout * 1000)} -c jit=off -c timezone=UTC"
        self._places = asyncio.Semaphore(size)
        self._idle: list[Connection] = []

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """What `work` answers on some connection; it only reads, so it may be called twice.

        Raises SearchTimeout where a statement is cut off, SearchUnavailable while there is no database, InvalidSearch
        where PostgreSQL cannot make sense of a value.
        """
        try:
            async with self._places:
                return await self._run(work)
        except psycopg.errors.QueryCanceled as error:
            raise SearchTimeout("The search took longer than the time limit; narrow its filter.") from error
        except psycopg.DataError as error:
            raise InvalidSearch(f"The search asks for what cannot be compared: {error}") from error
        except TOO_LARGE as error:
            raise InvalidSearch(f"The search is too large for the database: {error}") from error
        except psycopg.OperationalError as error:
            raise SearchUnavailable(f"The database cannot be reached: {error}") from error

    async def _run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        if self._idle:
            connection = self._idle.pop()
            try:
                return await self._on(connection, work)
            except psycopg.OperationalError:
                if not connection.closed:
                    raise
                await self.close()  # the database has been away since: the others are of no use either
        return await self._on(await self._connect(), work)

    async def _on(self, connection: Connection, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run it; the connection is kept unless it was interrupted or lost."""
        kept = False
        try:
            result = await work(connection)
            kept = True
        except psycopg.Error:
            kept = not connection.closed
            raise
        finally:
            if kept:
                self._idle.append(connection)
            else:
                await connection.close()
        return result

    async def _connect(self) -> Connection:
        return await psycopg.AsyncConnection.connect(
            self._url,
            autocommit=True,
            prepare_threshold=None,
            options=session_options(self._url, self._settings),
            application_name="pointsman searches",
            **patience(self._url),
        )
