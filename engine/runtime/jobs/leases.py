"""Commands that depend on a job's lock, which only its row knows: lease tokens, and a new time-out.

A worker that asked for a lease shows its token with what it does to the job. Where the lock ran out and another worker
has the job, the token is another too, and the late worker is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.machine.commands import Rejection, UpdateJob
from engine.machine.lifecycle import JobState
from engine.runtime.commits.participants import Participant
from engine.store import tables
from engine.store.batch import update
from engine.store.keys import part_of
from engine.store.load import key_parameters

if TYPE_CHECKING:
    from engine.runtime.commits.batch import Batch
    from engine.runtime.commits.queue import Entry

#: In the order of keys, like all locks.
LOCK_JOBS = (
    b"SELECT t.key, t.state, t.lease_token FROM unnest(%b::integer[], %b::bigint[]) AS k (part, key) "
    b"JOIN job AS t ON t.part = k.part AND t.key = k.key ORDER BY t.part, t.key FOR UPDATE OF t"
)
MOVE_DEADLINE = update(tables.job, ["part", "key", "due_at", "updated_at"], name="move deadline")


class Leases(Participant):
    """Refuses what comes with a token that is no longer good, and moves deadlines."""

    async def admit(self, batch: Batch) -> None:
        entries = [entry for entry in batch.entries if _needs_lock(entry.command)]
        if not entries:
            return
        keys = sorted({entry.command.target for entry in entries})
        cursor = await batch.connection.execute(LOCK_JOBS, key_parameters(keys))
        rows = {key: (state, token) for key, state, token in await cursor.fetchall()}
        for entry in entries:
            self._check(batch, entry, *rows.get(entry.command.target, (None, None)))

    def _check(self, batch: Batch, entry: Entry, state: int | None, token: str | None) -> None:
        command: Any = entry.command
        if entry in batch.outcomes or state is None:
            return
        if command.lease_token is not None and command.lease_token != token:
            reason = f"The lease of job '{command.job_key}' is over: the job was given to another worker, or has ended."
            batch.reject(entry, Rejection("INVALID_STATE", reason))
        elif isinstance(command, UpdateJob) and command.timeout is not None:
            if state != JobState.ACTIVATED:
                reason = f"Expected to change the timeout of job '{command.job_key}', but no worker has it."
                batch.reject(entry, Rejection("INVALID_STATE", reason))
            else:
                key, due_at = command.job_key, batch.now + command.timeout
                batch.rows.add(MOVE_DEADLINE, (part_of(key), key, due_at, batch.now))


def _needs_lock(command: Any) -> bool:
    if isinstance(command, UpdateJob) and command.timeout is not None:
        return True
    return getattr(command, "lease_token", None) is not None
