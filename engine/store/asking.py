"""Statements carried out: one line each for what everybody does with a cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection

from engine.store.batch import Row, Statement


async def fetch(connection: AsyncConnection[Any], query: str, parameters: Mapping[str, object]) -> list[Any]:
    """All rows of a query. Raises psycopg.Error."""
    return list(await (await connection.execute(query, parameters)).fetchall())


async def run(connection: AsyncConnection[Any], statement: Statement, rows: Sequence[Row]) -> None:
    """Execute a batch statement, if there are rows to do it with. In a pipeline nobody waits for it.

    Raises psycopg.Error.
    """
    if rows:
        await connection.execute(statement.query, statement.parameters(rows))


async def ask(connection: AsyncConnection[Any], statement: Statement, rows: Sequence[Row]) -> list[Row]:
    """Execute a batch statement and wait for its answer; nothing is asked about no rows. Raises psycopg.Error."""
    if not rows:
        return []
    cursor = await connection.execute(statement.query, statement.parameters(rows))
    return list(await cursor.fetchall())
