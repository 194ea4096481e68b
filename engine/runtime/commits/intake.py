"""The beginning of a batch: locks, and everything in memory that its commands need.

Instances are locked in the order of their keys, in one statement. Those that are in memory and as new as their rows
cost nothing more; those that another process has moved on are brought up to date from its log; the others are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.machine.commands import CreateInstance, MigrateInstance, Rejection
from engine.runtime.commits.queue import Entry
from engine.store import load
from engine.store.keys import part_of
from engine.store.statements import DELETE_PENDING

if TYPE_CHECKING:
    from engine.machine.state import Instance
    from engine.runtime.commits.batch import Batch


async def take_in(batch: Batch) -> None:
    """Lock and load; one round trip if everything is in memory. Commands that cannot be done are rejected."""
    connection = batch.connection
    keys = sorted(batch.by_instance)
    locked = await connection.execute(load.LOCK_INSTANCES, load.key_parameters(keys)) if keys else None
    pending = [entry for entry in batch.entries if entry.pending_key]
    deleted = await _delete_pending(batch, pending) if pending else None
    await batch.context.definitions.refresh(connection)
    if deleted is not None:
        _skip_done(batch, pending, {row[0] for row in await deleted.fetchall()})
    if locked is not None:
        await _bring_in(batch, await locked.fetchall())
    for entry in batch.entries:
        if isinstance(entry.command, MigrateInstance):
            await _find_target(batch, entry, entry.command)
    for entry in batch.creates:
        await _resolve(batch, entry)


async def _delete_pending(batch: Batch, pending: list[Entry]) -> Any:
    rows = [(part_of(entry.pending_key), entry.pending_key) for entry in pending]
    return await batch.connection.execute(DELETE_PENDING.query, DELETE_PENDING.parameters(rows))


def _skip_done(batch: Batch, pending: list[Entry], deleted: set[int]) -> None:
    """A follow-up whose row is gone was carried out by another process."""
    for entry in pending:
        if entry.pending_key not in deleted:
            batch.answer(entry, None)


async def _bring_in(batch: Batch, locked: list[Any]) -> None:
    """`locked` are the rows of the batch's instances: key, version, whether it has ended, definition."""
    cache, definitions = batch.context.cache, batch.context.definitions
    missing: list[int] = []
    behind: list[tuple[Instance, int]] = []
    for key, version, ended, definition_key in locked:
        instance = cache.take(key)
        if ended:
            cache.discard(key)
        elif instance is None or instance.graph.definition_key != definition_key:
            cache.discard(key)  # migrated by another process: its log cannot be followed on the old graph
            await definitions.ensure(batch.connection, definition_key)
            missing.append(key)
        else:
            batch.touched[key] = instance
            if instance.version != version:
                behind.append((instance, version))
    if behind:
        cache.note(*await load.catch_up(batch.connection, behind))
    if missing:
        batch.touched.update(await load.load(batch.connection, missing, definitions.graph))


async def _find_target(batch: Batch, entry: Entry, command: MigrateInstance) -> None:
    """Make sure that the definition is there that an instance is to be migrated to."""
    key = command.target_process_definition_key
    try:
        await batch.context.definitions.ensure(batch.connection, key)
    except KeyError:
        reason = f"Expected to migrate to process definition '{key}', but no such process definition is deployed."
        batch.reject(entry, Rejection("NOT_FOUND", reason))


async def _resolve(batch: Batch, entry: Entry) -> None:
    """Find the definition of a new instance, and give it a key."""
    command, keys = entry.command, batch.context.keys
    assert isinstance(command, CreateInstance)
    entry.instance_key = command.key or keys.key(keys.part)
    try:
        entry.graph = await batch.context.definitions.resolve(batch.connection, command)
    except Rejection as rejection:
        batch.reject(entry, rejection)
