"""Connections: what is sent arrives, however much it is, and who is silent is given up."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from engine.runtime.postgres.database import Database
from engine.runtime.runtime import Runtime
from engine.store.search.pool import ReadingPool
from tests.runtime.stage import Stage
from tests.runtime.wire import wired

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


# ---- A server that falls silent ---------------------------------------------------------------------------------

SILENT = {"tcp_user_timeout": "10000", "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3"}


@pytest.mark.skipif(sys.platform != "linux", reason="the names of the options are those of Linux")
async def test_both_ends_of_a_connection_ask_for_signs_of_life(database_url: str) -> None:
    """A lane that waits for an answer notices that the server is gone, and the server that a lane is."""
    async with wired(database_url) as (connection, _):
        with socket.socket(fileno=os.dup(connection.fileno())) as ours:
            assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            asked = [socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT]
            assert [ours.getsockopt(socket.IPPROTO_TCP, option) for option in asked] == [10, 5, 3, 10_000]
        cursor = await connection.execute(
            "SELECT name, reset_val FROM pg_settings WHERE name LIKE 'tcp_%' ORDER BY name"
        )
        assert await cursor.fetchall() == [
            ("tcp_keepalives_count", "3"),
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_user_timeout", "10000"),
        ]


async def test_a_url_says_how_long_a_silent_server_is_waited_for(database_url: str) -> None:
    """Its options count too, where the engine does not depend on them."""
    options = "-c tcp_keepalives_idle=60 -c work_mem=5MB -c timezone=CET"
    url = make_conninfo(database_url, connect_timeout=60, keepalives_idle=30, options=options)
    connection = await Database(url).connect()
    chosen = connection.info.get_parameters()
    assert {**SILENT, "connect_timeout": "60", "keepalives_idle": "30"}.items() <= chosen.items()
    cursor = await connection.execute(
        "SELECT reset_val, current_setting('work_mem'), current_setting('timezone') "
        "FROM pg_settings WHERE name = 'tcp_keepalives_idle'"
    )
    assert await cursor.fetchone() == ("60", "5MB", "UTC")
    await connection.close()


async def test_searches_give_up_a_silent_server_too(database_url: str) -> None:
    async def parameters(connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> dict[str, str]:
        return connection.info.get_parameters()

    pool = ReadingPool(database_url, size=1, statement_timeout=5)
    assert {**SILENT, "connect_timeout": "5"}.items() <= (await pool.run(parameters)).items()
    await pool.close()
