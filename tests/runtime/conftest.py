"""A runtime on a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.runtime.clock import FakeClock
from engine.runtime.runtime import Options, Runtime

FIXTURES = Path(__file__).parent.parent / "fixtures"


def fixture(name: str) -> tuple[str, bytes]:
    """A process file to deploy."""
    return name, (FIXTURES / name).read_bytes()


@pytest.fixture
async def runtime(database_url: str) -> AsyncIterator[Runtime]:
    """A runtime as it runs in a server."""
    async with Runtime.open(database_url) as runtime:
        yield runtime


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def still(database_url: str, clock: FakeClock) -> AsyncIterator[Runtime]:
    """A runtime whose clock stands still and in which nothing happens by itself."""
    async with Runtime.open(database_url, Options(background=False), clock) as runtime:
        yield runtime
