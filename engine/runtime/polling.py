"""Jobs in the rows: taking them for a worker, and giving them back.

One statement picks the jobs (the highest priority first, then the oldest; what another process is just taking is
skipped) and locks them to the worker; a second reads the variables that they see.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from engine.machine.lifecycle import JobKind
from engine.runtime.database import Connection
from engine.runtime.definitions import Definitions
from engine.runtime.results import ActivatedJob, UserTaskOfJob
from engine.store.arrays import Int4Array, Int8Array, TimeArray, time_parameter
from engine.store.keys import part_of
from engine.store.load import iso_text, milliseconds

_decode = msgspec.json.decode


class JobRequest(NamedTuple):
    """What a worker asks for. `lock_timeout` in milliseconds; `fetch_variables` None: all that the job sees."""

    type: str
    worker: str
    lock_timeout: int
    max_jobs: int
    fetch_variables: frozenset[str] | None = None
    tenants: frozenset[str] = frozenset({"<default>"})
    with_lease: bool = False

    def lease(self) -> str | None:
        """A new lease token, if the worker wants them."""
        return secrets.token_urlsafe(12) if self.with_lease else None


# The instance is never joined: the planner may look it up by its part alone, and walk all instances of the part for
# each job, or begin with the instances. A subquery of its own has but one way, the whole key.
TAKE = f"""
    WITH picked AS (
        SELECT part, key FROM job
        WHERE type = %(type)s AND state = 0 AND tenant_id = any(%(tenants)s) AND NOT EXISTS (
            SELECT 1 FROM process_instance AS i
            WHERE i.part = job.part AND i.key = job.process_instance_key AND i.suspended_at IS NOT NULL
        )
        ORDER BY priority DESC, created_at LIMIT %(count)s FOR UPDATE OF job SKIP LOCKED
    )
    UPDATE job AS t SET state = 1, worker = %(worker)s, activated_at = %(now)s, updated_at = %(now)s,
        due_at = %(due)s, attempt = t.attempt + 1,
        lease_token = CASE WHEN %(lease)s::text IS NULL THEN NULL ELSE %(lease)s || '.' || t.key END
    FROM picked
    WHERE t.part = picked.part AND t.key = picked.key
    RETURNING t.key, t.process_definition_key, t.process_instance_key, t.root_process_instance_key, t.element_id,
        t.element_instance_key, t.headers, t.retries, t.tenant_id, t.kind, t.listener,
        (SELECT ARRAY[i.tags, i.business_id] FROM process_instance AS i
         WHERE i.part = t.part AND i.key = t.process_instance_key),
        t.priority, t.lease_token, t.scope_keys, {milliseconds("t.created_at")}
"""  # noqa: S608

_READ_VARIABLES = """
    SELECT t.scope_key, t.name, t.value
    FROM unnest(%b::integer[], %b::bigint[], %b::bigint[]) AS k (part, instance_key, key)
    JOIN variable AS t ON t.part = k.part AND t.process_instance_key = k.instance_key AND t.scope_key = k.key
    WHERE %s::text[] IS NULL OR t.name = any(%s)
"""

_READ_USER_TASKS = f"""
    SELECT t.element_instance_key, t.key, t.action, t.assignee, t.candidate_groups, t.candidate_users,
        {iso_text("t.due_date")}, {iso_text("t.follow_up_date")}, t.form_key, t.priority
    FROM unnest(%b::integer[], %b::bigint[]) AS k (part, key)
    JOIN user_task AS t ON t.part = k.part AND t.process_instance_key = k.key
    WHERE t.ended_at IS NULL
"""  # noqa: S608

_GIVE_BACK = """
    UPDATE job AS t SET state = 0, due_at = NULL, lease_token = NULL
    FROM unnest(%b::integer[], %b::bigint[], %b::timestamptz[]) AS k (part, key, due_at)
    WHERE t.part = k.part AND t.key = k.key AND t.state = 1 AND t.worker = %s AND t.due_at = k.due_at
"""


async def poll(connection: Connection, definitions: Definitions, now: int, request: JobRequest) -> list[ActivatedJob]:
    """Lock up to `max_jobs` jobs to the worker, from `now` on, in one transaction."""
    due = now + request.lock_timeout
    async with connection.transaction():
        cursor = await connection.execute(TAKE, _take_parameters(request, now, due))
        rows = sorted(await cursor.fetchall(), key=lambda row: (-row[12], row[15]))
        if not rows:
            return []
        variables = await _variables(connection, rows, request)
        tasks = await _user_tasks(connection, rows)
        if any(definitions.catalog.process(row[1]) is None for row in rows):
            await definitions.refresh(connection)
    return [_job(row, request, due, definitions, variables, tasks.get(row[5])) for row in rows]


def _take_parameters(request: JobRequest, now: int, due: int) -> dict[str, Any]:
    return {
        "type": request.type,
        "tenants": list(request.tenants),
        "count": request.max_jobs,
        "worker": request.worker,
        "now": time_parameter(now),
        "due": time_parameter(due),
        "lease": request.lease(),
    }


async def _variables(connection: Connection, rows: Sequence[Any], request: JobRequest) -> dict[int, dict[str, str]]:
    """JSON texts by name, by scope."""
    scopes = {scope: row[2] for row in rows for scope in row[14]}
    instances = list(scopes.values())
    names = None if request.fetch_variables is None else list(request.fetch_variables)
    parameters = [Int4Array([part_of(key) for key in instances]), Int8Array(instances), Int8Array(list(scopes))]
    cursor = await connection.execute(_READ_VARIABLES, [*parameters, names, names])
    found: dict[int, dict[str, str]] = {}
    for scope, name, value in await cursor.fetchall():
        found.setdefault(scope, {})[name] = value
    return found


async def _user_tasks(connection: Connection, rows: Sequence[Any]) -> dict[int, UserTaskOfJob]:
    """The user tasks of task listeners' jobs, by element instance."""
    instances = [row[2] for row in rows if row[9] == JobKind.TASK_LISTENER]
    if not instances:
        return {}
    parameters = [Int4Array([part_of(key) for key in instances]), Int8Array(instances)]
    cursor = await connection.execute(_READ_USER_TASKS, parameters)
    return {
        row[0]: UserTaskOfJob(
            key=row[1],
            action=row[2],
            assignee=row[3],
            candidate_groups=row[4],
            candidate_users=row[5],
            due_date=row[6],
            follow_up_date=row[7],
            form_key=row[8],
            priority=row[9],
        )
        for row in await cursor.fetchall()
    }


def _job(
    row: Any,
    request: JobRequest,
    deadline: int,
    definitions: Definitions,
    variables: dict[int, dict[str, str]],
    user_task: UserTaskOfJob | None,
) -> ActivatedJob:
    process = definitions.catalog.process(row[1])
    assert process is not None
    tags, business_id = row[11]
    seen: dict[str, str] = {}
    for scope in reversed(row[14]):
        seen.update(variables.get(scope, {}))
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
        deadline=deadline,
        variables=seen,
        tenant=row[8],
        kind=row[9],
        listener=row[10],
        user_task=user_task,
        tags=_decode(tags) if tags else [],
        business_id=business_id,
        priority=row[12],
        lease_token=row[13],
    )


async def give_back(connection: Connection, jobs: Sequence[ActivatedJob]) -> None:
    """Make jobs available again that never reached their worker, unless their lock is another by now."""
    keys = [job.key for job in jobs]
    deadlines = TimeArray([job.deadline for job in jobs])
    parameters = [Int4Array([part_of(key) for key in keys]), Int8Array(keys), deadlines, jobs[0].worker]
    await connection.execute(_GIVE_BACK, parameters)
