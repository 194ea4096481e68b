"""Keys: unique over all processes, made without asking the database each time."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from engine.runtime.runtime import Options, Runtime
from engine.store.keys import BLOCK, PARTS, KeysExhausted, KeySource, part_of, part_of_text

pytestmark = pytest.mark.anyio


def source(reserve: int = 2) -> KeySource:
    """Keys from a table of blocks that nobody else uses."""
    numbers = itertools.count(1)

    async def fetch(count: int) -> int:
        first = next(numbers)
        for _ in range(count - 1):
            next(numbers)
        return first

    return KeySource(fetch, reserve)


async def test_keys_are_unique_whatever_their_part() -> None:
    keys = source()
    await keys.prepare()
    made = [keys.key(part) for part in (0, 1, PARTS - 1) for _ in range(1_000)]
    assert len(set(made)) == 3_000
    assert len({key & (2**51 - 1) for key in made}) == 3_000


async def test_a_key_tells_its_part_and_fits_63_bits() -> None:
    keys = source()
    await keys.prepare()
    for part in (0, 7, PARTS - 1):
        key = keys.key(part)
        assert part_of(key) == part
        assert 0 < key < 2**63


async def test_the_next_block_is_there_before_the_last_is_used_up() -> None:
    keys = source()
    made = set()
    for _ in range(10):
        await keys.prepare()
        made |= {keys.key(keys.part) for _ in range(BLOCK - 1)}
    assert len(made) == 10 * (BLOCK - 1)
    await keys.close()


async def test_instances_that_start_one_after_the_other_share_a_part() -> None:
    keys = source()
    await keys.prepare()
    assert len({keys.part for _ in range(1_000) if keys.key(0)}) == 1


async def test_a_batch_that_needs_more_than_there_is_gets_it_the_next_time() -> None:
    keys = source(reserve=1)
    await keys.prepare()
    with pytest.raises(KeysExhausted):
        make(keys, 4 * BLOCK)
    for _ in range(3):
        keys.grow()
    await keys.prepare()
    make(keys, 4 * BLOCK)
    await keys.close()


def make(keys: KeySource, count: int) -> None:
    for _ in range(count):
        keys.key(0)


async def test_lanes_that_wait_for_blocks_at_once_get_none_twice() -> None:
    """Each brings a whole reserve: then there is more than one, and what was to fill it up must not take any back."""
    answered = asyncio.Event()
    asked: list[int] = []
    next_block = 1

    async def fetch(count: int) -> int:
        nonlocal next_block
        await answered.wait()
        asked.append(count)
        next_block += count
        return next_block - count

    keys = KeySource(fetch)
    lanes = [asyncio.create_task(keys.prepare()) for _ in range(2)]
    asyncio.get_running_loop().call_soon(answered.set)  # both have asked by then
    await asyncio.gather(*lanes)
    blocks = set()
    for _ in range(10):
        await keys.prepare()
        blocks.add(keys.key(0) // BLOCK)
        make(keys, BLOCK - 1)
    assert len(blocks) == 10
    assert min(asked) > 0
    await keys.close()


def test_a_text_lies_in_the_same_part_in_every_process() -> None:
    """Rows that were written before depend on it."""
    assert part_of_text("<default>", "payment", "order-1") == 693
    assert part_of_text("ab", "c") != part_of_text("a", "bc")


async def test_processes_never_make_the_same_key(database_url: str) -> None:
    async with (
        Runtime.open(database_url, Options(background=False)) as one,
        Runtime.open(database_url, Options(background=False)) as other,
    ):
        made = await asyncio.gather(*[_some_keys(runtime) for runtime in (one, other)])
    assert not made[0] & made[1]


async def _some_keys(runtime: Runtime) -> set[int]:
    made = set()
    for _ in range(5):
        await runtime.keys.prepare()
        made |= {runtime.keys.key(0) for _ in range(BLOCK // 2)}
    return made
