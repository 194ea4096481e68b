"""However a connection ends, whoever waits for it hears of it, and no other connection is touched."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import psycopg
import pytest

from engine.runtime.postgres.sending import SendingConnection
from tests.runtime.wire import Wire, wired

pytestmark = pytest.mark.anyio

PATIENCE = 5  # seconds; what ends ends within milliseconds


@pytest.fixture
async def line(module_database_url: str) -> AsyncIterator[tuple[SendingConnection, Wire]]:
    async with wired(module_database_url) as line:
        yield line


# ---- How a connection ends --------------------------------------------------------------------------------------

Ending = Callable[[SendingConnection, Wire], Awaitable[None]]


async def reset(connection: SendingConnection, wire: Wire) -> None:
    """The host has forgotten it, or a firewall has."""
    wire.reset()


async def closed(connection: SendingConnection, wire: Wire) -> None:
    """The server's process was killed."""
    wire.close()


async def silent(connection: SendingConnection, wire: Wire) -> None:
    """The server's side is shut, ours is open."""
    wire.fall_silent()


async def last_words(connection: SendingConnection, wire: Wire) -> None:
    """The server says that it ends the connection; what we sent lies unread, so the connection is reset."""
    wire.say(await wire.last_words(connection.info.backend_pid))
    wire.close()


async def last_words_only(connection: SendingConnection, wire: Wire) -> None:
    """The server says that it ends the connection, and takes its time with that."""
    wire.say(await wire.last_words(connection.info.backend_pid))


ENDINGS = [reset, closed, silent, last_words]
any_ending = pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__)
any_ending_or_none = pytest.mark.parametrize("end", [*ENDINGS, last_words_only], ids=lambda end: end.__name__)


async def fails(connection: SendingConnection, work: Awaitable[object]) -> psycopg.OperationalError:
    """The error by which work on a lost connection ends."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait([task], timeout=PATIENCE)
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.1)
    assert done, "somebody waits for ever"
    assert connection.closed
    with pytest.raises(psycopg.OperationalError) as caught:
        await task
    return caught.value


async def ended_during(
    work: Callable[[SendingConnection], Awaitable[None]], line: tuple[SendingConnection, Wire], end: Ending
) -> psycopg.OperationalError:
    """The error by which work fails whose statements have arrived when the connection ends."""
    connection, wire = line
    await wire.halt()
    working = asyncio.ensure_future(work(connection))
    await wire.heard()
    await end(connection, wire)
    return await fails(connection, working)


async def noticed(connection: SendingConnection) -> None:
    """Until the event loop has told the connection of its end."""
    async with asyncio.timeout(PATIENCE):
        while not connection.closed:
            await asyncio.sleep(0)


# ---- Somebody waits ---------------------------------------------------------------------------------------------


@any_ending_or_none
async def test_who_waits_for_rows_hears_that_the_connection_has_ended(
    line: tuple[SendingConnection, Wire], end: Ending
) -> None:
    async def work(connection: SendingConnection) -> None:
        async with connection.pipeline():
            answer = await connection.execute(b"SELECT 1")
            await answer.fetchall()

    await ended_during(work, line, end)


@any_ending_or_none
async def test_who_waits_for_the_end_of_a_pipeline_hears_that_the_connection_has_ended(
    line: tuple[SendingConnection, Wire], end: Ending
) -> None:
    """The server's last words answer the first statement; the others, and the end, are never answered."""
    async def work(connection: SendingConnection) -> None:
        async with connection.pipeline() as pipeline:
            await connection.execute(b"BEGIN")
            await connection.execute(b"COMMIT")
            await pipeline.sync()

    error = await ended_during(work, line, end)
    assert isinstance(error, psycopg.errors.AdminShutdown) == (end in (last_words, last_words_only))


@any_ending_or_none
async def test_a_statement_that_is_still_being_sent_fails_with_the_connection(
    line: tuple[SendingConnection, Wire], end: Ending
) -> None:
    async def work(connection: SendingConnection) -> None:
        async with connection.pipeline() as pipeline:
            await connection.execute(b"SELECT length(%s)", ["x" * 8_000_000])
            await pipeline.sync()

    await ended_during(work, line, end)


@pytest.mark.parametrize("end", [reset, closed, silent], ids=lambda end: end.__name__)
@pytest.mark.parametrize("length", [1, 3_000, 90_000])
async def test_rows_that_are_cut_off_are_not_waited_for(
    line: tuple[SendingConnection, Wire], end: Ending, length: int
) -> None:
    """The server's process is killed in the midst of an answer, with the next statement unread."""
    connection, wire = line
    await wire.halt()

    async def work() -> None:
        async with connection.pipeline():
            large = await connection.execute(b"SELECT repeat('x', 100000)")
            await large.fetchall()

    working = asyncio.ensure_future(work())
    wire.say(await wire.ask(await wire.heard(), length))
    await end(connection, wire)
    await fails(connection, working)


async def test_what_was_answered_before_the_connection_ended_counts(line: tuple[SendingConnection, Wire]) -> None:
    """COMMIT has come through: the end that comes with its answer makes it no failure."""
    connection, wire = line
    await wire.halt()

    async def work() -> list[tuple[object, ...]]:
        async with connection.pipeline() as pipeline:
            answer = await connection.execute(b"SELECT 'done'")
            await pipeline.sync()
            return await answer.fetchall()

    working = asyncio.ensure_future(work())
    statements = await wire.heard()
    await connection_has_answered(wire, statements)
    wire.reset()
    async with asyncio.timeout(PATIENCE):
        assert await working == [("done",)]
    await fails(connection, connection.execute(b"SELECT 1"))


async def connection_has_answered(wire: Wire, statements: bytes) -> None:
    answer = await wire.ask(statements, 1)
    while not answer.endswith(b"Z\0\0\0\5I"):
        answer += await wire.ask(b"", 1)
    wire.say(answer)


async def test_who_only_listens_hears_that_the_connection_has_ended(line: tuple[SendingConnection, Wire]) -> None:
    connection, wire = line
    await connection.execute("LISTEN something")

    async def listen() -> None:
        async for _ in connection.notifies():
            pass

    listening = asyncio.ensure_future(listen())
    await wire.halt()
    await last_words(connection, wire)
    await fails(connection, listening)


# ---- Nobody waits -----------------------------------------------------------------------------------------------


@any_ending
async def test_a_connection_that_ends_between_two_statements_takes_no_more_of_them(
    line: tuple[SendingConnection, Wire], end: Ending
) -> None:
    connection, wire = line

    async def work() -> None:
        async with connection.pipeline() as pipeline:
            await connection.execute(b"BEGIN")
            await pipeline.sync()
            await wire.halt()
            await end(connection, wire)
            await noticed(connection)
            await connection.execute(b"COMMIT")
            await pipeline.sync()

    await fails(connection, work())


@any_ending
@pytest.mark.parametrize("asks", [True, False], ids=["sync", "leave"])
async def test_statements_that_were_sent_are_known_to_have_failed_where_nobody_waited_when_the_connection_ended(
    line: tuple[SendingConnection, Wire], end: Ending, asks: bool
) -> None:
    connection, wire = line
    await wire.halt()

    async def work() -> None:
        async with connection.pipeline() as pipeline:
            await connection.execute(b"BEGIN")
            await connection.execute(b"COMMIT")
            connection.push()
            await wire.heard()
            await end(connection, wire)
            await noticed(connection)
            if asks:
                await pipeline.sync()

    error = await fails(connection, work())
    assert isinstance(error, psycopg.errors.AdminShutdown) == (end is last_words)


@any_ending_or_none
async def test_a_connection_that_ended_before_a_pipeline_fails_in_it(
    line: tuple[SendingConnection, Wire], end: Ending
) -> None:
    connection, wire = line
    await wire.halt()
    await end(connection, wire)

    async def work() -> None:
        async with connection.pipeline() as pipeline:
            await connection.execute(b"BEGIN")
            await pipeline.sync()

    await fails(connection, work())


# ---- Other connections ------------------------------------------------------------------------------------------


async def wait(connection: SendingConnection) -> None:
    answer = await connection.execute(b"SELECT 1")
    await answer.fetchall()


async def push(connection: SendingConnection) -> None:
    for _ in range(2):  # libpq believes the first to be sent
        await connection.execute(b"SELECT 1")
        connection.push()


async def send(connection: SendingConnection) -> None:
    for _ in range(2):
        await connection.execute(b"SELECT %s", ["x" * 1_000_000])


@pytest.mark.parametrize("notice", [wait, push, send], ids=lambda notice: notice.__name__)
async def test_who_gets_the_number_of_a_lost_socket_is_left_alone(
    line: tuple[SendingConnection, Wire], notice: Callable[[SendingConnection], Awaitable[None]]
) -> None:
    """libpq has closed its socket, and another connection gets its number before the pipeline is left."""
    connection, wire = line
    await wire.halt()
    ours, theirs = socket.socketpair()
    number = connection.fileno()
    heard = asyncio.Event()

    async def work() -> None:
        async with connection.pipeline():
            wire.reset()
            with contextlib.suppress(psycopg.OperationalError):
                await notice(connection)
            assert connection.closed
            os.dup2(theirs.fileno(), number)
            asyncio.get_running_loop().add_reader(number, heard.set)

    with contextlib.suppress(psycopg.OperationalError):
        await work()
    ours.send(b"an answer")
    try:
        async with asyncio.timeout(PATIENCE):
            await heard.wait()
    finally:
        asyncio.get_running_loop().remove_reader(number)
        os.close(number)
        ours.close()
        theirs.close()
