"""Signals: to everybody who waits for one now, and to the start events of latest versions; never kept.

A signal may reach any number of instances. Its transaction only finds them and stores a command for each;
they are carried out after it like all follow-ups, so that a signal to a million instances neither locks them
all at once nor is lost half-way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engine.machine.commands import BroadcastSignal, Command, CreateInstance, DeliverSignal
from engine.runtime.commits.participants import Participant
from engine.store.arrays import NameArray, TextArray
from engine.store.asking import ask
from engine.store.batch import Statement

if TYPE_CHECKING:
    from engine.runtime.commits.batch import Batch
    from engine.runtime.commits.queue import Entry

#: The open signal subscriptions of each name, the oldest first.
FIND_SUBSCRIPTIONS = Statement(
    "find signal subscriptions",
    "SELECT k.position, s.key, s.process_instance_key "
    "FROM unnest(%b::text[], %b::text[]) WITH ORDINALITY AS k (tenant, name, position) "
    "JOIN event_subscription s ON s.tenant_id = k.tenant AND s.name = k.name AND s.kind = 0 "
    "ORDER BY k.position, s.key",
    ["tenant", "name"],
    [NameArray, TextArray],
)

#: The signal start events of latest versions of each name.
FIND_STARTS = Statement(
    "find signal start events",
    "SELECT k.position, s.process_definition_key, s.element_id "
    "FROM unnest(%b::text[], %b::text[]) WITH ORDINALITY AS k (tenant, name, position) "
    "JOIN start_subscription s ON s.tenant_id = k.tenant AND s.kind = 'signal' AND s.name = k.name "
    "ORDER BY k.position, s.key",
    ["tenant", "name"],
    [NameArray, TextArray],
)


class SignalResult(msgspec.Struct, frozen=True):
    """The answer to a broadcast signal."""

    signal_key: int
    tenant: str


class Signals(Participant):
    """Broadcasts signals."""

    commands: frozenset[type[Command]] = frozenset({BroadcastSignal})

    async def settle(self, batch: Batch) -> None:
        broadcasts = [
            (entry, entry.command)
            for entry in batch.services
            if isinstance(entry.command, BroadcastSignal) and entry not in batch.outcomes
        ]
        if not broadcasts:
            return
        keys = batch.context.keys
        for entry, signal in broadcasts:
            batch.answer(entry, SignalResult(keys.key(keys.part), signal.tenant))
        for entry, command in await _effects(batch, broadcasts):
            batch.store(command, entry)


async def _effects(
    batch: Batch, broadcasts: list[tuple[Entry, BroadcastSignal]]
) -> list[tuple[Entry, Command]]:
    """A command for each receiver of each signal."""
    names = [(signal.tenant, signal.name) for _, signal in broadcasts]
    effects: list[tuple[Entry, Command]] = []
    for position, key, instance_key in await ask(batch.connection, FIND_SUBSCRIPTIONS, names):
        entry, signal = broadcasts[position - 1]
        effects.append((entry, _deliver(signal, key, instance_key)))
    for position, definition_key, element_id in await ask(batch.connection, FIND_STARTS, names):
        entry, signal = broadcasts[position - 1]
        effects.append((entry, _start(signal, definition_key, element_id)))
    return effects


def _deliver(signal: BroadcastSignal, key: int, instance_key: int) -> DeliverSignal:
    return DeliverSignal(
        process_instance_key=instance_key, subscription_key=key, variables=signal.variables
    )


def _start(signal: BroadcastSignal, definition_key: int, element_id: str) -> CreateInstance:
    return CreateInstance(
        process_definition_key=definition_key,
        tenant=signal.tenant,
        variables=signal.variables,
        start_event=element_id,
        start_kind="signal",
        start_name=signal.name,
    )
