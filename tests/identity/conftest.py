"""People on a database of their own, with a clock that stands still and passwords that cost nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from argon2 import PasswordHasher

from engine.identity.passwords import Passwords
from engine.identity.people import People
from engine.runtime.clock import FakeClock

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def people(database_url: str, clock: FakeClock) -> AsyncIterator[People]:
    async with People(database_url, passwords=Passwords(CHEAP), clock=clock) as people:
        yield people


@pytest.fixture
async def neighbour(database_url: str, clock: FakeClock) -> AsyncIterator[People]:
    """Another server process on the same database."""
    async with People(database_url, passwords=Passwords(CHEAP), clock=clock) as people:
        yield people


@pytest.fixture
async def ada(people: People) -> str:
    """A user with the password 'correct horse'."""
    await people.directory.add_user("ada", "correct horse", name="Ada Lovelace")
    return "ada"
