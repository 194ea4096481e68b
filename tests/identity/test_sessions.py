"""A session's life: found by its token, renewed now and then, over at last."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from engine.identity.people import People
from engine.runtime.clock import FakeClock
from tests.identity.conftest import HOUR, MINUTE, SECOND

pytestmark = pytest.mark.anyio


async def test_a_token_leads_to_its_user_and_to_nobody_else(people: People, ada: str) -> None:
    token = await people.sessions.open(ada)
    session = await people.sessions.find(token)
    assert session is not None
    assert session.identity.username == "ada"
    assert await people.sessions.find(token[:-1]) is None
    assert await people.sessions.find("") is None


async def test_the_rows_do_not_hold_the_token(people: People, ada: str, database_url: str) -> None:
    token = await people.sessions.open(ada)
    with psycopg.connect(database_url) as connection:
        assert token not in str(connection.execute("SELECT * FROM session").fetchall())


async def test_a_session_ends_when_nobody_uses_it(people: People, ada: str, clock: FakeClock) -> None:
    token = await people.sessions.open(ada)
    clock.advance(2 * HOUR - SECOND)
    session = await people.sessions.find(token)
    assert session is not None
    assert session.new_token is not None
    clock.advance(2 * HOUR)
    assert await people.sessions.find(session.new_token) is None


async def test_a_session_ends_even_if_somebody_uses_it_all_the_time(
    people: People, ada: str, clock: FakeClock
) -> None:
    token = await people.sessions.open(ada)
    for _ in range(11):
        clock.advance(HOUR)
        session = await people.sessions.find(token)
        assert session is not None
        token = session.new_token or token
    clock.advance(HOUR)
    assert await people.sessions.find(token) is None


async def test_the_token_is_replaced_after_a_while_and_the_old_one_dies(
    people: People, ada: str, clock: FakeClock
) -> None:
    old = await people.sessions.open(ada)
    clock.advance(15 * MINUTE)
    session = await people.sessions.find(old)
    assert session is not None
    new = session.new_token
    assert new not in (None, old)
    assert new is not None
    assert await people.sessions.find(new) is not None
    clock.advance(60 * SECOND)
    assert await people.sessions.find(old) is None
    assert await people.sessions.find(new) is not None


async def test_requests_that_come_together_are_all_handed_the_same_new_token(
    people: People, neighbour: People, ada: str, clock: FakeClock
) -> None:
    old = await people.sessions.open(ada)
    clock.advance(15 * MINUTE)
    found = await asyncio.gather(*(each.sessions.find(old) for each in [people, neighbour] * 4))
    assert len({session and session.new_token for session in found}) == 1


async def test_a_browser_that_missed_the_new_token_is_handed_it_again(
    people: People, ada: str, clock: FakeClock
) -> None:
    old = await people.sessions.open(ada)
    clock.advance(15 * MINUTE)
    first = await people.sessions.find(old)
    clock.advance(10 * MINUTE)
    again = await people.sessions.find(old)
    assert first is not None
    assert again is not None
    assert again.new_token == first.new_token


async def test_a_request_that_cannot_bring_a_new_token_replaces_none(
    people: People, ada: str, clock: FakeClock
) -> None:
    token = await people.sessions.open(ada)
    clock.advance(HOUR)
    for _ in range(2):
        session = await people.sessions.find(token, rotate=False)
        assert session is not None
        assert session.new_token is None


async def test_signing_out_everywhere_spares_the_browser_at_hand(people: People, ada: str) -> None:
    here, there = [await people.sessions.open(ada, address) for address in ("here", "there")]
    session = await people.sessions.find(here)
    assert session is not None
    assert {entry.address for entry in await people.sessions.of(ada)} == {"here", "there"}
    assert len(await people.sessions.end_all(ada, but=session.id)) == 1
    assert await people.sessions.find(there) is None
    assert await people.sessions.find(here) is not None
    assert await people.sessions.end(ada, session.id)
    assert await people.sessions.find(here) is None


async def test_nobody_ends_the_session_of_somebody_else(people: People, ada: str) -> None:
    await people.directory.add_user("bob", "correct horse")
    token = await people.sessions.open(ada)
    session = await people.sessions.find(token)
    assert session is not None
    assert not await people.sessions.end("bob", session.id)
    assert await people.sessions.find(token) is not None
