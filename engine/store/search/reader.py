"""Runs searches on connections of their own, so that reading never holds up the commit loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import psycopg
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql import psycopg as dialects

from engine.store.search.entity import Entity
from engine.store.search.kinds import Condition
from engine.store.search.pool import Connection, ReadingPool
from engine.store.search.query import (
    COUNT_LIMIT,
    Found,
    PageInfo,
    PageRequest,
    SearchQuery,
    check_page,
    read_cursor,
    write_cursor,
)
from engine.store.search.statement import (
    DefinitionKeys,
    after_cursor,
    conditions_of,
    count_statement,
    definition_selects,
    page_statement,
)

Row = tuple[Any, ...]

_DIALECT = dialects.dialect()  # type: ignore[no-untyped-call]


class Reader:
    """Searches and look-ups over one database. `async with Reader(url) as reader`.

    `connections` bounds how many searches run at once, `statement_timeout` (seconds) how long each statement may
    take. Raises SearchUnavailable while the database cannot be reached, SearchTimeout for what takes too long.
    """

    def __init__(self, url: str, connections: int = 4, statement_timeout: float = 30.0) -> None:
        self._pool = ReadingPool(url, connections, statement_timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    async def rows(self, statement: ClauseElement) -> list[Row]:
        """All rows of a statement."""

        async def work(connection: Connection) -> list[Row]:
            return await _rows(connection, statement)

        return await self._pool.run(work)

    async def search(
        self,
        entity: Entity,
        query: SearchQuery,
        within: Mapping[str, Any] | None = None,
        count_limit: int = COUNT_LIMIT,
    ) -> Found:
        """One page of the rows that match; `within` is a further filter, of the caller's own.

        Matches are counted up to `count_limit`. Raises InvalidSearch where the query makes no sense for this entity.
        """
        return await self._pool.run(_Search(entity, query, within or {}, count_limit).run)

    async def get(self, entity: Entity, key: int) -> Any | None:
        """The row with this key, or None."""
        query = SearchQuery(filter={entity.key: str(key)})
        found = await self.search(entity, query)
        return found.items[0] if found.items else None


class _Search:
    """One search, checked as far as that is possible without the database."""

    def __init__(self, entity: Entity, query: SearchQuery, within: Mapping[str, Any], count_limit: int) -> None:
        self.count_limit = count_limit
        page, filter = query.page or PageRequest(), query.filter or {}
        check_page(page)
        self.entity = entity
        self.limit = page.size
        self.offset = page.offset or 0
        self.filters = [filter, dict(within)]
        self.named = filter.keys() | within.keys()
        self.ordering = entity.ordering(query.sort or (), {**filter, **within})
        self.counted_in = None if any(entity.looks_up(each) for each in self.filters) else self.ordering
        self.backwards = page.before is not None
        cursor = page.before if self.backwards else page.after
        self.place: list[Any] | None = None
        if cursor is not None:
            path = "page.before" if self.backwards else "page.after"
            self.place = read_cursor(cursor, self.ordering.fingerprint, len(self.ordering), path)
        self.selects = [select for filter in self.filters for select in definition_selects(entity, filter)]

    async def run(self, connection: Connection) -> Found:
        definitions = {
            asked: [row[0] for row in await _rows(connection, select)] for asked, select in self.selects
        }
        wheres = self._wheres(definitions)
        rows = await self._page(connection, wheres)
        total = self.offset + len(rows)
        if self.place is not None or not 0 < len(rows) < self.limit:
            count = count_statement(self.entity, wheres, self.count_limit, self.counted_in)
            [(total,)] = await _rows(connection, count)
        return self._found(rows, total)

    def _wheres(self, definitions: DefinitionKeys) -> list[list[Condition]]:
        """The conditions for the rows of each source."""
        standing = [
            condition
            for name, condition in self.entity.unless_filtered.items()
            if name not in self.named and self.entity.key not in self.named
        ]
        return [
            standing + [c for filter in self.filters for c in conditions_of(self.entity, i, filter, definitions)]
            for i in range(len(self.entity.sources))
        ]

    async def _page(self, connection: Connection, wheres: list[list[Condition]]) -> list[Row]:
        if not self.limit:
            return []
        place, ordering, backwards = self.place, self.ordering, self.backwards
        if place is not None:
            wheres = [
                [*where, after_cursor(self.entity, ordering, i, place, backwards)] for i, where in enumerate(wheres)
            ]
        statement = page_statement(self.entity, ordering, wheres, self.limit, self.offset, backwards)
        rows = await _rows(connection, statement)
        return rows[::-1] if backwards else rows

    def _found(self, rows: Sequence[Row], total: int) -> Found:
        width, order = len(self.entity.answered), self.ordering.fingerprint
        first, last = (write_cursor(order, row[width:]) for row in (rows[0], rows[-1])) if rows else (None, None)
        info = PageInfo(min(total, self.count_limit), total > self.count_limit, first, last)
        return Found([self.entity.build(row[:width]) for row in rows], info)


async def _rows(connection: Connection, statement: ClauseElement) -> list[Row]:
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    # The text comes from the compiler; what a user wrote is only ever a parameter.
    cursor: psycopg.AsyncCursor[Row] = await connection.execute(compiled.string.encode(), compiled.params)
    return await cursor.fetchall()
