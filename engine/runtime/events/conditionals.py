"""Conditional start events: a client brings variables, and every process whose condition they meet begins.

Like a signal, the evaluation finds its receivers in one transaction and stores a start for each, so that none is lost.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from engine import feel
from engine.machine.commands import Command, CreateInstance, EvaluateConditionals, Rejection
from engine.runtime.commits.participants import Participant

if TYPE_CHECKING:
    from engine.machine.graph import StartDefinition
    from engine.runtime.commits.batch import Batch
    from engine.runtime.commits.queue import Entry

FIND_STARTS = b"""
    SELECT process_definition_key, element_id FROM start_subscription
    WHERE tenant_id = %b AND kind = 'conditional' ORDER BY key
"""


class ConditionalsResult(msgspec.Struct, frozen=True):
    """The answer to EvaluateConditionals: definition key and instance key of each process that it started."""

    evaluation_key: int
    tenant: str
    started: list[tuple[int, int]]


class Conditionals(Participant):
    """Evaluates conditional start events."""

    commands: frozenset[type[Command]] = frozenset({EvaluateConditionals})

    async def settle(self, batch: Batch) -> None:
        for entry in batch.services:
            if isinstance(entry.command, EvaluateConditionals) and entry not in batch.outcomes:
                try:
                    await _evaluate(batch, entry, entry.command)
                except Rejection as rejection:
                    batch.reject(entry, rejection)


async def _evaluate(batch: Batch, entry: Entry, command: EvaluateConditionals) -> None:
    keys = batch.context.keys
    started: list[tuple[int, int]] = []
    for definition_key, start in await _starts(batch, command):
        if not holds(start, command.variables, datetime.fromtimestamp(batch.now / 1000, UTC)):
            continue
        instance_key = keys.key(keys.part)
        create = CreateInstance(
            key=instance_key,
            process_definition_key=definition_key,
            tenant=command.tenant,
            variables=command.variables,
            start_event=start.element_id,
            start_kind="conditional",
        )
        batch.store(create, entry)
        started.append((definition_key, instance_key))
    batch.answer(entry, ConditionalsResult(keys.key(keys.part), command.tenant, started))


async def _starts(batch: Batch, command: EvaluateConditionals) -> list[tuple[int, StartDefinition]]:
    """The conditional start events of the definition that was named, or of all latest versions."""
    definitions = batch.context.definitions
    if command.process_definition_key:
        named = CreateInstance(process_definition_key=command.process_definition_key, tenant=command.tenant)
        graph = await definitions.resolve(batch.connection, named)
        return [(command.process_definition_key, start) for start in graph.starts if start.kind == "conditional"]
    found: list[tuple[int, StartDefinition]] = []
    rows = await (await batch.connection.execute(FIND_STARTS, [command.tenant])).fetchall()
    for definition_key, element_id in rows:
        graph = await definitions.ensure(batch.connection, definition_key)
        found += [
            (definition_key, start)
            for start in graph.starts
            if start.kind == "conditional" and start.element_id == element_id
        ]
    return found


def holds(start: StartDefinition, variables: dict[str, Any], now: datetime) -> bool:
    """Whether the condition is true; one that fails counts as false."""
    part = next(part for part in start.node.trigger.parts if part.kind == "conditional")
    try:
        return part.condition.evaluate(variables, now=now) is True
    except feel.FeelError:
        return False
