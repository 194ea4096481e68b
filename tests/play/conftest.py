"""Sandboxes on a database of their own, and another server process on the same one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from engine.runtime.postgres.database import Database
from engine.store.search import Reader
from tests.sandbox.playing import BEGINNING, source
from web.play.playing import Sandboxes
from web.play.store import Store, Stored


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    database = Database(database_url, 2)
    async with Reader(database_url) as reader:
        yield Store(database, reader)
    await database.close()


@pytest.fixture
def sandboxes(store: Store) -> Sandboxes:
    return Sandboxes(store)


@pytest.fixture
def elsewhere(store: Store) -> Sandboxes:
    """Another server process: it has nothing in memory."""
    return Sandboxes(store)


@pytest.fixture
async def food_order(store: Store) -> Stored:
    """Ada's sandbox of the food order, in which nothing has been done."""
    stored = Stored(
        key=7,
        owner="ada",
        name="Food order",
        process_id="food_order",
        model_key=None,
        sources=[source("food_order/food_order.bpmn")],
        beginning=BEGINNING,
        steps=[],
        revision=1,
    )
    await store.create(stored)
    return stored
