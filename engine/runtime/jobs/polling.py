"""Jobs from the rows: what a worker is given that asks, rather than waits.

The one statement skips what another process is just taking (SKIP LOCKED), locks the first jobs of a type to the
worker, and reads all that the worker sees of them. It runs in a batch of the commit loop, as its last one: a worker
that asks pays for no transaction of its own, and finds what that very batch has left in the rows.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import msgspec

from engine.machine.commands import DEFAULT_TENANT, Command, Target
from engine.machine.lifecycle import JobKind
from engine.runtime.deployed.definitions import Definitions
from engine.runtime.jobs.listened_tasks import as_asked
from engine.runtime.postgres.database import Connection
from engine.runtime.results import ActivatedJob, UserTaskOfJob
from engine.store.arrays import Int4Array, Int8Array, TimeArray, time_parameter
from engine.store.keys import part_of
from engine.store.load import iso_text, milliseconds

_decode = msgspec.json.decode


class _ListenedTask(msgspec.Struct):
    """A user task in its row, and the data of its element."""

    task: UserTaskOfJob
    data: str | None


_decode_user_task = msgspec.json.Decoder(_ListenedTask).decode


class JobRequest(NamedTuple):
    """What a worker asks for. `lock_timeout` in milliseconds; `fetch_variables` None: all that the job sees."""

    type: str
    worker: str
    lock_timeout: int
    max_jobs: int
    fetch_variables: frozenset[str] | None = None
    tenants: frozenset[str] = frozenset({DEFAULT_TENANT})
    with_lease: bool = False

    def lease(self) -> str | None:
        """A new lease token, if the worker wants them."""
        return secrets.token_urlsafe(12) if self.with_lease else None


class TakeJobs(Command, tag=True, kw_only=True):
    """Lock jobs to a worker; it is answered `Taken`."""

    target_kind: ClassVar[Target] = "new"

    request: JobRequest


class Taken(NamedTuple):
    """The jobs among the rows of `TAKE`, JSON texts by name by scope, and the time (milliseconds since the epoch)."""

    jobs: Sequence[Any]
    variables: dict[int, dict[str, str]]
    now: int


def taken_of(rows: Sequence[Any], now: int) -> Taken:
    """What the rows of `TAKE` say; those of scopes have no process definition."""
    jobs = [row for row in rows if row[1] is not None]
    return Taken(jobs, {row[0]: dict(row[11]) for row in rows if row[1] is None}, now)


# The instance is never joined: the planner may look it up by its part alone, and walk all instances of the part for
# each job, or begin with the instances. A subquery of its own has but one way, the whole key. The same goes for
# variables, user tasks and elements. After the jobs come their scopes, each once, however many of the jobs see it: a
# collection that a thousand jobs work on is read once. The row of a scope has its key, its variables (name, value),
# and no more.
TAKE = f"""
    WITH picked AS (
        SELECT part, key FROM job
        WHERE type = %s AND state = 0 AND tenant_id = any(%s) AND NOT EXISTS (
            SELECT 1 FROM process_instance AS i
            WHERE i.part = job.part AND i.key = job.process_instance_key AND i.suspended_at IS NOT NULL
        )
        ORDER BY priority DESC, created_at LIMIT %s FOR UPDATE OF job SKIP LOCKED
    ), taken AS (
        UPDATE job AS t SET state = 1, worker = %s, activated_at = %s, updated_at = %s, due_at = %s,
            attempt = t.attempt + 1, lease_token = %s::text || '.' || t.key
        FROM picked
        WHERE t.part = picked.part AND t.key = picked.key
        RETURNING t.key, t.process_definition_key, t.process_instance_key, t.root_process_instance_key, t.element_id,
            t.element_instance_key, t.headers, t.retries, t.tenant_id, t.kind, t.listener, t.priority, t.lease_token,
            t.scope_keys, t.created_at, t.part
    ), seen AS (
        SELECT DISTINCT t.part, t.process_instance_key, scope FROM taken AS t CROSS JOIN unnest(t.scope_keys) AS scope
    )
    SELECT t.key, t.process_definition_key, t.process_instance_key, t.root_process_instance_key, t.element_id,
        t.element_instance_key, t.headers, t.retries, t.tenant_id, t.kind, t.listener,
        (SELECT ARRAY[i.tags, i.business_id] FROM process_instance AS i
         WHERE i.part = t.part AND i.key = t.process_instance_key),
        t.priority, t.lease_token, t.scope_keys, {milliseconds("t.created_at")},
        CASE t.kind WHEN {JobKind.TASK_LISTENER.value} THEN (
            SELECT json_build_object('task', json_build_object('key', u.key, 'action', u.action, 'assignee', u.assignee,
                'candidate_groups', u.candidate_groups, 'candidate_users', u.candidate_users,
                'due_date', {iso_text("u.due_date")}, 'follow_up_date', {iso_text("u.follow_up_date")},
                'form_key', u.form_key, 'priority', u.priority), 'data', (
                    SELECT e.data FROM element_instance AS e
                    WHERE e.part = t.part AND e.process_instance_key = t.process_instance_key
                    AND e.key = t.element_instance_key
                ))::text
            FROM user_task AS u
            WHERE u.part = t.part AND u.process_instance_key = t.process_instance_key
            AND u.element_instance_key = t.element_instance_key AND u.ended_at IS NULL
        ) END
    FROM taken AS t
    UNION ALL
    SELECT s.scope, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        ARRAY(SELECT ARRAY[v.name, v.value] FROM variable AS v
         WHERE v.part = s.part AND v.process_instance_key = s.process_instance_key AND v.scope_key = s.scope
         AND (%s::text[] IS NULL OR v.name = any(%s::text[]))),
        NULL, NULL, NULL, NULL, NULL
    FROM seen AS s
""".encode()  # noqa: S608

_GIVE_BACK = """
    UPDATE job AS t SET state = 0, due_at = NULL, lease_token = NULL
    FROM unnest(%b::integer[], %b::bigint[], %b::timestamptz[]) AS k (part, key, due_at)
    WHERE t.part = k.part AND t.key = k.key AND t.state = 1 AND t.worker = %s AND t.due_at = k.due_at
"""


def take_parameters(request: JobRequest, now: int) -> list[Any]:
    """What `TAKE` is given, for jobs that are locked from `now` on."""
    at, due = time_parameter(now), time_parameter(now + request.lock_timeout)
    names = None if request.fetch_variables is None else list(request.fetch_variables)
    jobs = [request.type, list(request.tenants), request.max_jobs]
    return [*jobs, request.worker, at, at, due, request.lease(), names, names]


def jobs_of(taken: Taken, request: JobRequest, definitions: Definitions) -> list[ActivatedJob]:
    """What the worker gets, the most important first. All definitions of the jobs must be in the catalog."""
    rows = sorted(taken.jobs, key=lambda row: (-row[12], row[15]))
    return [_job(row, request, taken, definitions) for row in rows]


def _job(row: Any, request: JobRequest, taken: Taken, definitions: Definitions) -> ActivatedJob:
    process = definitions.catalog.process(row[1])
    assert process is not None
    tags, business_id = row[11]
    seen: dict[str, str] = {}
    for scope in reversed(row[14]):  # the innermost comes first, and wins
        seen.update(taken.variables.get(scope, {}))
    return ActivatedJob(
        key=row[0],
        type=request.type,
        process_id=process.process_id,
        process_version=process.version,
        process_definition_key=row[1],
        process_instance_key=row[2],
        root_process_instance_key=row[3],
        element_id=row[4],
        element_instance_key=row[5],
        headers=row[6],
        worker=request.worker,
        retries=row[7],
        deadline=taken.now + request.lock_timeout,
        variables=seen,
        tenant=row[8],
        kind=row[9],
        listener=row[10],
        user_task=_user_task(row[16]) if row[16] else None,
        tags=_decode(tags) if tags else [],
        business_id=business_id,
        priority=row[12],
        lease_token=row[13],
    )


def _user_task(text: str) -> UserTaskOfJob:
    row = _decode_user_task(text)
    return as_asked(row.task, _decode(row.data) if row.data else None)


async def give_back(connection: Connection, jobs: Sequence[ActivatedJob]) -> None:
    """Make jobs available again that never reached their worker, unless their lock is another by now."""
    keys = [job.key for job in jobs]
    deadlines = TimeArray([job.deadline for job in jobs])
    parameters = [Int4Array([part_of(key) for key in keys]), Int8Array(keys), deadlines, jobs[0].worker]
    await connection.execute(_GIVE_BACK, parameters)
