"""Runs searches on connections of their own, so that reading never holds up the commit loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql import psycopg as dialects

from engine.store.search.entity import Entity
from engine.store.search.errors import SearchTimeout, SearchUnavailable
from engine.store.search.query import (
    COUNT_LIMIT,
    Found,
    PageInfo,
    SearchQuery,
    check_page,
    read_cursor,
    write_cursor,
)
from engine.store.search.statement import (
    after_cursor,
    conditions_of,
    count_statement,
    definition_selects,
    page_statement,
)

_DIALECT = dialects.dialect()  # type: ignore[no-untyped-call]


class Reader:
    """Searches and look-ups over one database. `async with Reader(url) as reader`.

    `connections` bounds how many searches run at once, `statement_timeout` (seconds) how long each may
    take. Raises SearchUnavailable while the database cannot be reached, SearchTimeout for what takes too
    long.
    """

    def __init__(self, url: str, connections: int = 4, statement_timeout: float = 30.0) -> None:
        options = f"-c statement_timeout={int(statement_timeout * 1000)} -c jit=off -c timezone=UTC"
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[tuple[Any, ...]]] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=connections,
            timeout=5.0,
            open=False,
            # A statement is planned for the values it searches for, every time: their frequencies differ
            # too much.
            kwargs={"autocommit": True, "prepare_threshold": None, "options": options},
        )

    async def __aenter__(self) -> Self:
        await self._pool.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection[tuple[Any, ...]]]:
        try:
            async with self._pool.connection() as connection:
                yield connection
        except psycopg.errors.QueryCanceled as error:
            raise SearchTimeout("The search took longer than the time limit; narrow its filter.") from error
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise SearchUnavailable("The database cannot be reached at the moment; try again.") from error

    async def rows(self, statement: ClauseElement) -> list[tuple[Any, ...]]:
        """All rows of a statement."""
        async with self._connection() as connection:
            return await (await _execute(connection, statement)).fetchall()

    async def search(self, entity: Entity, query: SearchQuery, within: Mapping[str, Any] | None = None) -> Found:
        """One page of the rows that match; `within` is a further filter, of the caller's own.

        Raises InvalidSearch where the query makes no sense for this entity.
        """
        check_page(query.page)
        filters = [query.filter, dict(within or {})]
        merged = {**query.filter, **filters[1]}
        ordering = entity.ordering(query.sort, merged)
        cursor, backwards = query.page.after, False
        if query.page.before is not None:
            cursor, backwards = query.page.before, True
        place = None
        if cursor is not None:
            path = "page.before" if backwards else "page.after"
            place = read_cursor(cursor, ordering.fingerprint, len(ordering), path)
        selects = [select for filter in filters for select in definition_selects(entity, filter)]
        offset = query.page.offset or 0
        async with self._connection() as connection:
            definitions: dict[int, list[int]] = {}
            for identity, select in selects:
                found = await (await _execute(connection, select)).fetchall()
                definitions[identity] = [row[0] for row in found]
            standing = [
                condition
                for name, condition in entity.unless_filtered.items()
                if name not in merged and entity.key not in merged
            ]
            wheres = [
                [*standing, *(c for filter in filters for c in conditions_of(entity, i, filter, definitions))]
                for i in range(len(entity.sources))
            ]
            paged = wheres
            if place is not None:
                paged = [
                    [*where, after_cursor(entity, ordering, i, place, backwards)] for i, where in enumerate(wheres)
                ]
            statement = page_statement(entity, ordering, paged, query.limit, offset, backwards)
            rows = await (await _execute(connection, statement)).fetchall() if query.limit else []
            if cursor is None and 0 < len(rows) < query.limit:
                total = offset + len(rows)
            else:
                counted = await (await _execute(connection, count_statement(entity, wheres))).fetchone()
                assert counted is not None
                total = counted[0]
        if backwards:
            rows.reverse()
        return _found(entity, ordering.fingerprint, rows, total)

    async def get(self, entity: Entity, key: int) -> Any | None:
        """The row with this key, or None."""
        query = SearchQuery(filter={entity.key: str(key)})
        found = await self.search(entity, query)
        return found.items[0] if found.items else None


def _found(entity: Entity, fingerprint: int, rows: Sequence[tuple[Any, ...]], total: int) -> Found:
    width = len(entity.answered)
    cursors = [write_cursor(fingerprint, row[width:]) for row in (rows[0], rows[-1])] if rows else [None, None]
    info = PageInfo(min(total, COUNT_LIMIT), total > COUNT_LIMIT, cursors[0], cursors[1])
    return Found([entity.build(row[:width]) for row in rows], info)


async def _execute(
    connection: psycopg.AsyncConnection[tuple[Any, ...]], statement: ClauseElement
) -> psycopg.AsyncCursor[tuple[Any, ...]]:
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    # The text comes from the compiler; what a user wrote is only ever a parameter.
    return await connection.execute(compiled.string.encode(), compiled.params)
