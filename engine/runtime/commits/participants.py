"""What takes part in every batch beside the instances themselves: job dispatch, messages, idempotency, …

A batch goes through the same steps for everybody; whoever needs a say in one of them is a `Participant`:

    locked and loaded → `admit` → commands are carried out → `settle` → rows are written → COMMIT → `committed`
                                                                             (or ROLLBACK → `rolled_back`)

Locks are always taken in this order: instances by key, then what participants lock, in the order in which they joined
(`Runtime._join_participants`). A participant must not keep anything of a batch that was rolled back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from engine.machine.commands import Command

if TYPE_CHECKING:
    from engine.machine.state import Job
    from engine.runtime.commits.batch import Batch
    from engine.store.rows import JobLock


class Participant:
    """Does nothing in any step; a participant overrides those that it needs.

    `commands` are the kinds of command that are its own: they belong to no instance, and it finds them in
    `batch.services` during `settle`.
    """

    commands: frozenset[type[Command]] = frozenset()

    async def admit(self, batch: Batch) -> None:
        """Before anything has moved: commands may be answered or rejected here, and then are not carried out."""

    async def settle(self, batch: Batch) -> None:
        """All commands are carried out, their rows are collected but not written: more may be added."""

    def committed(self, batch: Batch) -> None:
        """The batch is durable and not yet answered."""

    def rolled_back(self, batch: Batch) -> None:
        """Nothing of the batch has happened."""


class Dispatch(Protocol):
    """Who gives the jobs of a batch to workers. `promises` is what it notes of one batch, which keeps it for it."""

    def new_promises(self) -> Any:
        """For a batch that begins."""
        ...

    def offer(self, promises: Any, now: int, job: Job) -> JobLock | None:
        """The lock that a batch writes an available job with, at `now`, if a worker waits for it."""
        ...

    async def take(self, batch: Batch) -> None:
        """As the last thing before COMMIT, let those who ask have what is in the rows, this batch's included."""
        ...
