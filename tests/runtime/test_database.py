"""Connections: what is sent arrives, however much it is."""

from __future__ import annotations

import asyncio

import pytest

from engine.runtime.database import Database

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
