"""Connections: what is sent arrives, however much it is."""

from __future__ import annotations

import asyncio

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


async def test_a_batch_of_many_megabytes_is_committed(runtime: Runtime, database_url: str) -> None:
    stage = Stage(runtime, database_url)
    await stage.deploy("one_task")
    large = "x" * 200_000
    async with asyncio.timeout(30):
        await asyncio.gather(*[stage.start("one_task", large=large) for _ in range(100)])
    assert stage.column("SELECT sum(length(value)) FROM variable") == [100 * (len(large) + len('""'))]
