"""The rows that wait for the clock: timers of instances, start timers, locks and back-offs of jobs, messages, and
follow-ups that nobody carried out.

Times are parameters, so that the rows obey the runtime's clock and not the server's.
"""

# ruff: noqa: S608  (every part of a query is a constant)

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import AsyncConnection

from engine.store.asking import fetch
from engine.store.load import milliseconds

#: Timers that are due, the longest due first; those of suspended instances wait until these are resumed.
DUE_TIMERS = """
    SELECT t.key FROM timer t
    JOIN process_instance i ON i.part = t.part AND i.key = t.process_instance_key
    WHERE t.due_at <= %(now)s AND i.suspended_at IS NULL AND t.key <> ALL (%(except)s)
    ORDER BY t.due_at, t.key LIMIT %(limit)s
"""

#: When the next timer is due.
NEXT_TIMER = f"SELECT {milliseconds('min(due_at)')} FROM timer WHERE due_at > %(now)s"

#: Start timers that are due and that no other process is just firing.
DUE_STARTS = f"""
    SELECT key, process_definition_key, tenant_id, element_id, {milliseconds("due_at")}, repetitions
    FROM start_subscription WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""

#: Sets the next date of a start timer, or none.
MOVE_START = "UPDATE start_subscription SET due_at = %(due)s, repetitions = %(repetitions)s WHERE key = %(key)s"

#: When the next start timer is due.
NEXT_START = f"SELECT {milliseconds('min(due_at)')} FROM start_subscription WHERE due_at IS NOT NULL"

#: Takes the locks off jobs whose worker did not answer in time; answers the types that are available again.
TIME_OUT_JOBS = """
    WITH expired AS (
        SELECT part, key, attempt, worker, activated_at FROM job WHERE state = 1 AND due_at <= %(now)s
        ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ), attempted AS (
        INSERT INTO job_attempt (part, job_key, attempt, worker, outcome, activated_at, ended_at)
        SELECT part, key, attempt, worker, 'timed out', activated_at, %(now)s FROM expired ON CONFLICT DO NOTHING
    )
    UPDATE job j SET state = 0, due_at = NULL, lease_token = NULL, updated_at = %(now)s
    FROM expired e WHERE j.part = e.part AND j.key = e.key RETURNING j.type
"""

#: Failed jobs whose back-off is over.
BACKED_OFF_JOBS = """
    SELECT key FROM job WHERE state = 2 AND due_at <= %(now)s AND key <> ALL (%(except)s)
    ORDER BY due_at, key LIMIT %(limit)s
"""

#: When the next lock or back-off ends.
NEXT_JOB = f"SELECT {milliseconds('min(due_at)')} FROM job WHERE due_at > %(now)s"

#: Follow-ups that were stored before a time and are still there, the oldest first.
LEFTOVERS = """
    SELECT key, command FROM pending_command WHERE created_at <= %(before)s AND key <> ALL (%(except)s)
    ORDER BY created_at, key LIMIT %(limit)s
"""

#: Forgets idempotency keys of before a time.
FORGET_KEYS = "DELETE FROM idempotency_key WHERE created_at <= %(before)s"


async def next_date(
    connection: AsyncConnection[Any], query: str, parameters: Mapping[str, object]
) -> int | None:
    """The date (milliseconds since the epoch) that a query for the next one answers, None if there is none."""
    rows = await fetch(connection, query, parameters)
    found: int | None = rows[0][0]
    return found
