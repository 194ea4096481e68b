"""The order of commands that wait: by instance as they came, and no instance in two hands."""

from __future__ import annotations

import asyncio

import pytest

from engine.machine.commands import CompleteJob, CreateInstance
from engine.runtime.commits.queue import Ask, CommandQueue, Entry, Line

pytestmark = pytest.mark.anyio


def of(instance: int, number: int = 0) -> Entry:
    """A command on an instance."""
    entry = Entry(CompleteJob(job_key=number))
    entry.instance_key = instance
    return entry


def start() -> Entry:
    return Entry(CreateInstance(process_id="order"))


def numbers(entries: list[Entry]) -> list[tuple[int, int]]:
    return [(entry.instance_key, entry.command.target) for entry in entries]


def test_commands_of_one_instance_keep_their_order_and_stand_together() -> None:
    queue = CommandQueue()
    for number in range(3):
        queue.add(of(1, number))
        queue.add(of(2, number))
    entries, lines = queue.take(10)
    assert numbers(entries) == [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]
    assert [line.key for line in lines] == [1, 2]


def test_what_comes_for_an_instance_that_is_held_waits() -> None:
    queue = CommandQueue()
    queue.add(of(1, 1))
    _, lines = queue.take(10)
    queue.add(of(1, 2))
    queue.add(of(2, 3))
    other, other_lines = queue.take(10)
    assert numbers(other) == [(2, 3)]
    queue.release(lines)
    assert numbers(queue.take(10)[0]) == [(1, 2)]
    queue.release(other_lines)
    assert queue.waiting == 0


def test_no_more_are_taken_than_wanted() -> None:
    queue = CommandQueue()
    for number in range(10):
        queue.add(of(1, number))
    queue.add(start())
    entries, lines = queue.take(4)
    assert numbers(entries) == [(1, n) for n in range(4)]
    assert queue.waiting == 7
    queue.release(lines)
    assert [type(entry.command).__name__ for entry in queue.take(1)[0]] == ["CreateInstance"]


def test_an_instance_for_which_much_waits_has_a_longer_batch_of_its_own() -> None:
    queue = CommandQueue()
    for number in range(10):
        queue.add(of(1, number))
        queue.add(of(2, number))
    assert numbers(queue.take(4, of_one=8)[0]) == [(1, n) for n in range(8)]
    assert numbers(queue.take(20, of_one=8)[0]) == [(2, n) for n in range(10)]


def test_others_make_no_longer_batch_together() -> None:
    queue = CommandQueue()
    for instance in (1, 2, 3):
        for number in range(3):
            queue.add(of(instance, number))
    assert numbers(queue.take(4, of_one=8)[0]) == [(1, 0), (1, 1), (1, 2), (2, 0)]


def test_what_is_put_back_is_the_first_again_in_its_order() -> None:
    queue = CommandQueue()
    queue.add(of(1, 1))
    queue.add(of(1, 2))
    entries, lines = queue.take(10)
    queue.add(of(1, 3))
    queue.put_back(entries)
    queue.release(lines)
    assert numbers(queue.take(10)[0]) == [(1, 1), (1, 2), (1, 3)]


def test_a_command_that_must_be_alone_is_taken_alone() -> None:
    queue = CommandQueue()
    suspicious = of(2, 2)
    suspicious.alone = True
    for entry in (of(1, 1), suspicious, of(2, 3), start()):
        queue.add(entry)
    batches = []
    while queue.waiting:
        entries, lines = queue.take(10)
        batches.append(len(entries))
        queue.release(lines)
    assert batches[:2] == [1, 1]
    assert sum(batches) == 4


def test_taking_costs_nothing_per_command_that_waits_behind_a_held_instance() -> None:
    """Only the line is passed by, not the thousands in it."""
    queue = CommandQueue()
    queue.add(of(1))
    queue.take(1)
    for number in range(10_000):
        queue.add(of(1, number))
    queue.add(of(2))
    assert len(queue._ready) == 1


def test_drained_commands_are_all_that_nobody_holds() -> None:
    queue = CommandQueue()
    queue.add(of(1, 1))
    _, lines = queue.take(1)
    for entry in (of(1, 2), of(2, 3), start()):
        queue.add(entry)
    queue.add_unresolved(Entry(CompleteJob(job_key=4)))
    assert len(queue.drain()) == 4
    assert queue.waiting == 0
    queue.release(lines)
    assert queue.take(10) == ([], [])


async def test_whoever_waits_for_work_hears_of_it_and_of_the_end() -> None:
    queue = CommandQueue()
    arrival = asyncio.ensure_future(queue.arrival())
    await asyncio.sleep(0)
    queue.add(start())
    assert await arrival
    queue.take(1)
    queue.close()
    assert not await queue.arrival()


async def test_an_answer_waits_for_the_follow_ups() -> None:
    ask = Ask(asyncio.get_running_loop().create_future())
    ask.open += 2
    ask.result = "done"
    for _ in range(2):
        ask.finish_one()
        assert not ask.future.done()
    ask.finish_one()
    assert await ask.future == "done"


def test_lines_that_are_empty_are_forgotten() -> None:
    queue = CommandQueue()
    for instance in range(100):
        queue.add(of(instance + 1))
    _, lines = queue.take(100)
    queue.release(lines)
    assert queue._lines == {}
    assert all(isinstance(line, Line) for line in lines)
