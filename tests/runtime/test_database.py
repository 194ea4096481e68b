"""Connections: what is sent arrives, however much it is."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from engine.runtime.database import Database
from engine.runtime.runtime import Runtime
from tests.runtime.stage import Stage

pytestmark = pytest.mark.anyio


async def test_a_pipeline_sends_all_of_a_large_statement(database_url: str) -> None:
    """The server is busy and does not read; what its socket cannot hold is sent later, not never."""
    connection = await Database(database_url).connect(hot=True)
    large = "x" * 8_000_000
    async with asyncio.timeout(20), connection.pipeline() as pipeline:
        await connection.execute("SELECT pg_sleep(0.2)")
        cursor = await connection.execute("SELECT length(%s)", [large])
        await pipeline.sync()
        assert await cursor.fetchone() == (len(large),)
    await connection.close()


async def test_the_first_error_of_a_pipeline_is_raised_and_the_next_pipeline_works(database_url: str) -> None:
    connection = await Database(database_url).connect(hot=True)

    async def divide_by_zero() -> None:
        async with connection.pipeline():
            await connection.execute(b"BEGIN")
            await connection.execute(b"SELECT 1 / %b::integer", [0])
            after = await connection.execute(b"SELECT %s::text", ["never"])
            await after.fetchall()

    for _ in range(2):
        with pytest.raises(psycopg.errors.DivisionByZero):
            await divide_by_zero()
        await connection.rollback()
        async with connection.pipeline() as pipeline:
            first = await connection.execute(b"SELECT 10 / %b::integer, '100%%'", [5])
            assert await first.fetchone() == (2, "100%")
            again = await connection.execute(b"SELECT %s::text", ["then"])
            await pipeline.sync()
            assert await again.fetchall() == [("then",)]
    cursor = await connection.execute(b"SELECT count(*) < 10 FROM pg_prepared_statements")
    assert await cursor.fetchone() == (True,)
    await connection.close()


async def test_a_pipeline_that_is_left_by_an_error_of_ours_leaves_the_connection_in_order(database_url: str) -> None:
    connection = await Database(database_url).connect(hot=True)

    async def fail() -> None:
        async with connection.pipeline():
            await connection.execute(b"BEGIN")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await connection.rollback()
    cursor = await connection.execute(b"SELECT 1")
    assert await cursor.fetchall() == [(1,)]
    await connection.close()


async def test_a_batch_of_many_megabytes_is_committed(runtime: Runtime, database_url: str) -> None:
    stage = Stage(runtime, database_url)
    await stage.deploy("one_task")
    large = "x" * 200_000
    async with asyncio.timeout(30):
        await asyncio.gather(*[stage.start("one_task", large=large) for _ in range(100)])
    assert stage.column("SELECT sum(length(value)) FROM variable") == [100 * (len(large) + len('""'))]
