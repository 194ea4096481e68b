"""Do the rows of a database tell one story? For tests that kill servers in the middle of it."""

from __future__ import annotations

from typing import Any

from engine.machine import events as ev
from engine.machine.apply import apply, instance_of
from engine.machine.lifecycle import ElementState
from engine.machine.state import Instance
from engine.runtime.deployed.definitions import Definitions
from engine.runtime.postgres.database import Connection
from engine.runtime.runtime import Runtime
from engine.store.load import load, milliseconds
from tests.stored import LEFT_OPEN
from tests.story import assert_same

_READ_LOG = f"""
    SELECT process_instance_key, seq, {milliseconds("at")}, events FROM log ORDER BY process_instance_key, seq
"""


async def assert_consistent(runtime: Runtime) -> int:
    """Every instance is what its log says, to the last row; answers how many there are.

    Raises AssertionError where a command is there by half: in its log but not in its rows, or the other way round.
    """
    async with runtime.database.borrow() as connection:
        await runtime.definitions.refresh(connection)
        rows = await (await connection.execute("SELECT key, version, state FROM process_instance")).fetchall()
        logs = await _logs(connection)
        assert set(logs) == {key for key, _, _ in rows}
        for key, version, state in rows:
            log = logs[key]
            assert [seq for seq, _, _ in log] == list(range(1, version + 1)), f"{key} lacks a log row"
            replayed = await _replay(connection, runtime.definitions, key, log)
            assert replayed.root.state == state
            await _compare(connection, runtime.definitions, replayed)
    return len(rows)


async def _logs(connection: Connection) -> dict[int, list[tuple[int, int, list[ev.AnyEvent]]]]:
    logs: dict[int, list[tuple[int, int, list[ev.AnyEvent]]]] = {}
    for key, seq, at, events in await (await connection.execute(_READ_LOG)).fetchall():
        logs.setdefault(key, []).append((seq, at, ev.decode(events)))
    return logs


async def _replay(
    connection: Connection, definitions: Definitions, key: int, log: list[tuple[int, int, list[Any]]]
) -> Instance:
    _, created_at, (created, *rest) = log[0]
    graph = await definitions.ensure(connection, created.process_definition_key)
    instance = instance_of(graph, created, created_at)
    assert instance.key == key
    for _, at, events in [(1, created_at, rest), *log[1:]]:
        for event in events:
            apply(instance, event, at)
    instance.version = len(log)
    return instance


async def _compare(connection: Connection, definitions: Definitions, replayed: Instance) -> None:
    if replayed.root.state in (ElementState.COMPLETED, ElementState.TERMINATED):
        left = await (await connection.execute(LEFT_OPEN, {"key": replayed.key})).fetchall()
        assert left == [], f"{replayed.key} has ended and left {left}"
    else:
        assert_same((await load(connection, [replayed.key], definitions.graph))[replayed.key], replayed)
