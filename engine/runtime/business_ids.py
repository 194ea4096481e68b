"""Business ids, unique among the running root instances of a process, where that is switched on.

The row of a business id stands from the start of its instance, or the assignment to it, to its end, written and
deleted in their transactions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.machine.commands import AssignBusinessId, Command, CompleteJob, CreateInstance, Rejection
from engine.runtime.commits.participants import Participant
from engine.store import tables
from engine.store.arrays import Int8Array
from engine.store.asking import ask, run
from engine.store.batch import Row, Statement, delete, insert, update
from engine.store.keys import part_of, part_of_text

if TYPE_CHECKING:
    from engine.machine.state import Instance
    from engine.runtime.commits.batch import Batch
    from engine.runtime.commits.queue import Entry

_INSERT = insert(
    tables.business_id, ["part", "tenant_id", "process_id", "business_id", "process_instance_key"]
)
_PLACE = delete(tables.business_id)

#: Claims business ids, always in one order; answers those that were free, with the instances that have them now.
CLAIM = Statement(
    "claim business ids",
    f"{_INSERT.query.decode()} ORDER BY 1, 2, 3, 4 ON CONFLICT DO NOTHING RETURNING business_id, process_instance_key",
    _INSERT.columns,
    _INSERT.arrays,
)

#: Gives the business ids of these instances free.
RELEASE = Statement(
    "release business ids",
    "DELETE FROM business_id t USING unnest(%b::integer[], %b::text[], %b::text[], %b::text[], %b::bigint[]) "
    "AS u (part, tenant_id, process_id, business_id, instance) "
    "WHERE t.part = u.part AND t.tenant_id = u.tenant_id AND t.process_id = u.process_id "
    "AND t.business_id = u.business_id AND t.process_instance_key = u.instance",
    [*_PLACE.columns, "process_instance_key"],
    [*_PLACE.arrays, Int8Array],
)


#: Writes a business id that was assigned to a running instance.
ASSIGN = update(tables.process_instance, ["part", "key", "business_id"], name="assign business id")


def place_of(tenant: str, process_id: str, business_id: str) -> Row:
    """The primary key of the row of a business id."""
    return part_of_text(tenant, process_id, business_id), tenant, process_id, business_id


class BusinessIds(Participant):
    """Refuses a start or assignment whose business id is taken, if `unique`; what was claimed is given free."""

    def __init__(self, unique: bool) -> None:
        self._unique = unique

    async def admit(self, batch: Batch) -> None:
        wanted: dict[Row, list[Entry]] = {}  # those of one instance may want the same one
        for entry in (*batch.creates, *_assignments(batch)) if self._unique else ():
            place = _place(batch, entry)
            if place is None or entry in batch.outcomes:
                continue
            entries = wanted.setdefault(place, [])
            if not entries or entries[0].instance_key == entry.instance_key:
                entries.append(entry)
            elif isinstance(entry.command, CreateInstance):
                batch.defer(entry)
            else:
                batch.reject(entry, _taken(place))
        rows = [(*place, entries[0].instance_key) for place, entries in wanted.items()]
        claimed = {tuple(row) for row in await ask(batch.connection, CLAIM, rows)}
        for place, entries in wanted.items():
            if (place[3], entries[0].instance_key) not in claimed:
                for entry in entries:
                    batch.reject(entry, _taken(place))

    async def settle(self, batch: Batch) -> None:
        """Write what was assigned; give free what belongs to instances that ended, or did not get it after all."""
        free = [(*place, i.key) for i in batch.touched.values() if (place := _ended(i)) is not None]
        assigned: list[Row] = []
        for entry in _assignments(batch):
            instance = batch.touched.get(entry.instance_key)
            if instance is not None and instance.business_id == entry.command.business_id:
                assigned.append((part_of(instance.key), instance.key, instance.business_id))
            elif self._unique and instance is not None:
                free.append((*_place_in(instance, entry.command.business_id), instance.key))
        for entry in (*batch.creates, *batch.again) if self._unique else ():
            place = _place(batch, entry)
            if place is not None and entry.instance_key not in batch.touched:
                free.append((*place, entry.instance_key))
        await run(batch.connection, ASSIGN, assigned)
        await run(batch.connection, RELEASE, free)


def _assignments(batch: Batch) -> list[Any]:
    """The entries of the batch that assign a business id."""
    return [entry for entries in batch.by_instance.values() for entry in entries if _assigns(entry.command)]


def _assigns(command: Command) -> bool:
    return isinstance(command, AssignBusinessId | CompleteJob) and command.business_id is not None


def _place(batch: Batch, entry: Entry) -> Row | None:
    """The row that a start or an assignment is to claim, None where it needs none."""
    command, graph = entry.command, entry.graph
    if isinstance(command, AssignBusinessId | CompleteJob):
        instance, business_id = batch.touched.get(entry.instance_key), command.business_id
        if instance is None or business_id is None or instance.business_id or instance.parent_key is not None:
            return None
        return _place_in(instance, business_id)
    if not isinstance(command, CreateInstance) or graph is None:
        return None
    if not command.business_id or command.parent_key is not None:
        return None
    return place_of(command.tenant, graph.process_id, command.business_id)


def _place_in(instance: Instance, business_id: str) -> Row:
    return place_of(instance.tenant, instance.graph.process_id, business_id)


def _ended(instance: Instance) -> Row | None:
    """What an instance that has ended may have claimed."""
    if instance.ended_at is None or not instance.business_id or instance.parent_key is not None:
        return None
    return _place_in(instance, instance.business_id)


def _taken(place: Row) -> Rejection:
    _, _, process_id, business_id = place
    return Rejection(
        "ALREADY_EXISTS",
        f"Expected the business id '{business_id}' to be new among the running instances of the "
        f"process '{process_id}', but another one has it.",
    )
