"""Figures that are counted no oftener than they are worth."""

from __future__ import annotations

import asyncio

import pytest

from web.operations.kept import WORTH_WAITING, Kept

pytestmark = pytest.mark.anyio


class Counter:
    """Something that counts how often it was counted; the second time only when it is let."""

    def __init__(self, slow: bool, times: int = 0) -> None:
        self.times = times
        self.let = asyncio.Event()
        self._slow = slow

    async def __call__(self) -> int:
        self.times += 1
        if self._slow and self.times == 1:
            await asyncio.sleep(WORTH_WAITING * 1.2)
        elif self._slow:
            await self.let.wait()
        return self.times


async def test_what_is_counted_quickly_is_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.operations.kept.WORTH", 0.0)
    kept = Kept(Counter(slow=False))
    assert [await kept.get(), await kept.get()] == [1, 2]


async def test_many_who_ask_at_once_have_it_counted_once() -> None:
    counter = Counter(slow=True)
    kept = Kept(counter)
    assert await asyncio.gather(kept.get(), kept.get(), kept.get()) == [1, 1, 1]
    assert counter.times == 1


async def test_what_takes_long_is_kept_for_long() -> None:
    counter = Counter(slow=True)
    kept = Kept(counter)
    assert [await kept.get(), await kept.get()] == [1, 1]
    assert counter.times == 1


async def test_the_last_figure_is_shown_while_a_slow_one_is_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.operations.kept.WORTH", 0.0)
    counter = Counter(slow=True)
    kept = Kept(counter)
    assert await kept.get() == 1
    assert await kept.get() == 1  # the second count has begun, and waits to be let
    counter.let.set()
    while await kept.get() == 1:
        await asyncio.sleep(0)


async def test_nobody_waits_for_long_for_what_has_never_been_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.operations.kept.PATIENCE", 0.001)
    counter = Counter(slow=True, times=1)
    kept = Kept(counter)
    assert await kept.soon() is None
    counter.let.set()
    assert await kept.get() == 2  # the same count, which has gone on
    assert await kept.soon() == 2


async def test_whoever_waits_is_told_why_it_cannot_be_counted() -> None:
    async def fail() -> int:
        raise TimeoutError("too slow")

    kept = Kept(fail)
    for _ in range(2):
        with pytest.raises(TimeoutError, match="too slow"):
            await kept.get()
