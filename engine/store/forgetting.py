"""Forgetting process instances that have ended: every row that tells of them goes, in one transaction.

An instance goes with all that it called. What goes is found by the index on its process instance in every table, so
that it costs what there is of the instance and not what there is of others.
"""

# ruff: noqa: S608  (every part of a query is a constant)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg import AsyncConnection

from engine.store.asking import fetch
from engine.store.load import milliseconds

#: Instances that ended at or before a time, the longest ended first, from behind an end and a key; a page of them.
ENDED = f"""
    SELECT part, key, {milliseconds("ended_at")}, parent_process_instance_key IS NULL FROM process_instance
    WHERE ended_at <= %(before)s AND (ended_at, key) > (%(after)s, %(after_key)s)
    ORDER BY ended_at, key LIMIT %(limit)s
"""

#: Locks instances and all that they called, in the order in which lanes do; tells which of them have ended.
_LOCK = """
    WITH RECURSIVE tree (part, key) AS (
        SELECT i.part, i.key FROM unnest(%(parts)s::integer[], %(keys)s::bigint[]) AS u (part, key)
        JOIN process_instance i ON i.part = u.part AND i.key = u.key
        UNION
        SELECT c.part, c.key FROM tree t JOIN process_instance c ON c.parent_process_instance_key = t.key
    )
    SELECT i.part, i.key, i.ended_at IS NOT NULL FROM tree t
    JOIN process_instance i ON i.part = t.part AND i.key = t.key ORDER BY i.key FOR UPDATE OF i
"""

_THESE = "unnest(%(parts)s::integer[], %(keys)s::bigint[]) AS u (part, key)"

_TASKS = f"""
    SELECT t.key FROM {_THESE} JOIN user_task t ON t.part = u.part AND t.process_instance_key = u.key
"""

#: The attempts at their jobs, which do not know the instance themselves: before the jobs.
_ATTEMPTS = f"""
    DELETE FROM job_attempt a USING {_THESE}
    JOIN job j ON j.part = u.part AND j.process_instance_key = u.key WHERE a.part = j.part AND a.job_key = j.key
"""

#: Tables whose rows share the part of their instance, and those whose part is another's.
_WITH_THEIR_PART = ("job", "user_task", "incident", "element_instance", "variable", "log")
_WITH_ANOTHER_PART = ("decision_instance", "correlated_message", "message_subscription")

_DELETE = [
    _ATTEMPTS,
    *[
        f"DELETE FROM {table} t USING {_THESE} WHERE t.part = u.part AND t.process_instance_key = u.key"
        for table in _WITH_THEIR_PART
    ],
    *[f"DELETE FROM {table} t USING {_THESE} WHERE t.process_instance_key = u.key" for table in _WITH_ANOTHER_PART],
    f"DELETE FROM process_instance t USING {_THESE} WHERE t.part = u.part AND t.key = u.key",
]

#: A portion of the decisions that were evaluated outside of processes, at or before a time.
FORGET_DECISIONS = """
    DELETE FROM decision_instance WHERE (part, key, index) IN (
        SELECT part, key, index FROM decision_instance
        WHERE evaluated_at <= %(before)s AND process_instance_key IS NULL ORDER BY evaluated_at, key LIMIT %(limit)s
    )
"""

#: A portion of the items of batch operations that ended at or before a time; then the operations without items.
FORGET_ITEMS = """
    DELETE FROM batch_operation_item WHERE (part, batch_operation_key, item_key) IN (
        SELECT t.part, t.batch_operation_key, t.item_key FROM batch_operation o
        JOIN batch_operation_item t ON t.batch_operation_key = o.key WHERE o.ended_at <= %(before)s LIMIT %(limit)s
    )
"""
FORGET_OPERATIONS = """
    DELETE FROM batch_operation o WHERE o.ended_at <= %(before)s
    AND NOT EXISTS (SELECT FROM batch_operation_item t WHERE t.batch_operation_key = o.key)
"""


class Place(NamedTuple):
    """Where an instance is."""

    part: int
    key: int


async def lock(connection: AsyncConnection[Any], places: Sequence[Place]) -> tuple[list[Place], list[int]]:
    """Lock the instances that are still there of these, and what they called; the keys of those that still run."""
    rows = await fetch(connection, _LOCK, _parameters(places))
    return [Place(part, key) for part, key, _ in rows], [key for _, key, ended in rows if not ended]


async def delete(connection: AsyncConnection[Any], places: Sequence[Place], also: Sequence[str] = ()) -> None:
    """Delete every row of locked instances. `also`: further statements, by their %(keys)s or the %(tasks)s in them."""
    parameters = _parameters(places)
    parameters["tasks"] = [key for (key,) in await fetch(connection, _TASKS, parameters)]
    for statement in (*also, *_DELETE):
        await connection.execute(statement, parameters)


def _parameters(places: Sequence[Place]) -> dict[str, list[int]]:
    return {"parts": [place.part for place in places], "keys": [place.key for place in places]}
