"""Starts that need several things (engine/machine/joint_starts.py): whoever waits gets what would begin an instance.

A message, a signal, a date or an evaluation stores a `CreateInstance` as for any start. Before it is carried out, the
rows of its group in `start_subscription` are locked until COMMIT, so that each sees what those before it began:

    an instance waits for it      it goes there, and none is created; a message comes back and is offered again
                                  (exchange.py), since it is noted who received it
    it is no news                 nothing happens (`is_known`)
    else                          it begins an instance
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engine.machine.commands import CreateInstance, DeliverSignal, Rejection
from engine.machine.joint_starts import Waiting, is_known, place_of, receivers
from engine.runtime.commits.participants import Participant
from engine.runtime.events.conditionals import ConditionalsResult
from engine.store.asking import ask
from engine.store.messages import FIND_KEYLESS, message_part

if TYPE_CHECKING:
    from engine.machine.graph import Graph, StartGroup
    from engine.runtime.commits.batch import Batch
    from engine.runtime.commits.queue import Entry

#: Locks the rows of a group; answers whether a timer among them has no date any more.
LOCK_GROUP = b"""
    SELECT kind = 'timer' AND due_at IS NULL FROM start_subscription
    WHERE process_definition_key = %b AND element_id = ANY (%b) ORDER BY key FOR UPDATE
"""

#: What the instances of a group wait for, messages aside.
FIND_WAITING = b"""
    SELECT key, process_instance_key, data FROM event_subscription WHERE tenant_id = %b AND name = %b AND kind = 3
"""


class AlreadyAwaited(Rejection):
    """A message was to begin an instance, but one that began without it waits for it."""

    def __init__(self, instance_key: int) -> None:
        super().__init__("NOT_FOUND", f"The process instance '{instance_key}' waits for the message.")


class JointStarts(Participant):
    """Brings what is about to begin an instance to those that wait for it."""

    async def admit(self, batch: Batch) -> None:
        seen: set[tuple[str, str]] = set()
        for entry in [*batch.creates]:
            found = None if entry in batch.outcomes else _group_of(entry)
            if found is None:
                continue
            graph, command, group = found
            place = command.tenant, place_of(graph, group)
            if place in seen:
                batch.defer(entry)  # it must see what the first one begins
            else:
                seen.add(place)
                await _admit(batch, entry, graph, command, group)


def _group_of(entry: Entry) -> tuple[Graph, CreateInstance, StartGroup] | None:
    command, graph = entry.command, entry.graph
    if graph is None or not isinstance(command, CreateInstance) or command.start_event is None:
        return None
    group = graph.start_group(command.start_event)
    return None if group is None else (graph, command, group)


async def _admit(batch: Batch, entry: Entry, graph: Graph, command: CreateInstance, group: StartGroup) -> None:
    command.timer_over = await _lock(batch, graph, group)
    waiting = await _waiting(batch, graph, command.tenant, group)
    chosen = receivers(command, waiting)
    if chosen and command.start_kind == "message":
        batch.reject(entry, AlreadyAwaited(chosen[0].instance_key))
    elif chosen or is_known(group, command, waiting):
        for each in chosen:
            batch.store(_deliver(each, command), entry)
        batch.answer(entry, None)
        _began_nothing(entry, chosen)


async def _lock(batch: Batch, graph: Graph, group: StartGroup) -> bool:
    ids = list({start.element_id for start in group.starts})
    cursor = await batch.connection.execute(LOCK_GROUP, [graph.definition_key, ids])
    return any(over for (over,) in await cursor.fetchall())


async def _waiting(batch: Batch, graph: Graph, tenant: str, group: StartGroup) -> list[Waiting]:
    cursor = await batch.connection.execute(FIND_WAITING, [tenant, place_of(graph, group)])
    found = [Waiting(key, instance, **msgspec.json.decode(data)) for key, instance, data in await cursor.fetchall()]
    rows = [
        (message_part(tenant, start.name, ""), tenant, start.name, graph.process_id, start.element_id)
        for start in group.starts
        if start.kind == "message"
    ]
    keyless = await ask(batch.connection, FIND_KEYLESS, rows)
    return found + [Waiting(key, instance, "message", name) for key, instance, name in keyless]


def _deliver(waiting: Waiting, command: CreateInstance) -> DeliverSignal:
    return DeliverSignal(
        process_instance_key=waiting.instance_key, subscription_key=waiting.key, variables=command.variables
    )


def _began_nothing(entry: Entry, receivers: list[Waiting]) -> None:
    """Tell the sender of an evaluation, if it still waits, which instances went on instead of a new one."""
    command, result = entry.command, entry.ask.result if entry.ask is not None else None
    if isinstance(result, ConditionalsResult) and isinstance(command, CreateInstance):
        began = (command.process_definition_key, command.key)
        position = result.started.index(began)
        result.started[position : position + 1] = [(began[0], each.instance_key) for each in receivers]
