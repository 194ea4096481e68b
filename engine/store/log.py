"""Reading the log: what happened to an instance, one row a command."""

from __future__ import annotations

from typing import Any, NamedTuple

from psycopg import AsyncConnection

from engine.machine.events import AnyEvent
from engine.machine.events import decode as decode_events
from engine.store.keys import PART_SHIFT
from engine.store.load import milliseconds

_READ_STEPS = f"""
    SELECT seq, {milliseconds("at")}, command, coalesce(actor, ''), events FROM log
    WHERE part = %(part)s AND process_instance_key = %(key)s AND seq > %(after)s AND seq <= %(until)s
    ORDER BY seq LIMIT %(limit)s
""".encode()  # noqa: S608


class Step(NamedTuple):
    """One command and what it did; `at` in milliseconds since the epoch, `actor` the user who sent it, where known."""

    seq: int
    at: int
    command: str
    actor: str
    events: list[AnyEvent]


async def read_steps(
    connection: AsyncConnection[tuple[Any, ...]], key: int, after: int, until: int, limit: int
) -> list[Step]:
    """The steps of an instance after one sequence number and up to another, `limit` at most, in their order."""
    parameters = {"part": key >> PART_SHIFT, "key": key, "after": after, "until": until, "limit": limit}
    rows = await (await connection.execute(_READ_STEPS, parameters)).fetchall()
    return [Step(seq, at, command, actor, decode_events(events)) for seq, at, command, actor, events in rows]
