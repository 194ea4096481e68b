"""Message start events: which process a message starts, and one instance at a time per correlation key.

A message with a correlation key that starts a process takes the lock of that process and key for the instance
to be (`message_start_lock`). While it is held, further messages wait in the buffer; when the instance ends,
the oldest of them starts the next one. An empty correlation key knows no limit.

Where a start needs more than the message (joint_starts.py), an instance that began without it gets it,
and takes the lock.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from psycopg import AsyncConnection

from engine.machine.commands import Command, CreateInstance
from engine.runtime.events.offers import Offer, Receiver
from engine.store import messages as sql
from engine.store.asking import ask, run
from engine.store.batch import Row
from engine.store.keys import KeySource, part_of_text
from engine.store.messages import message_part

_decode = msgspec.json.decode


class Held(NamedTuple):
    """A lock that an ended instance holds, with one of the messages that start its process now."""

    part: int
    tenant: str
    process_id: str
    correlation_key: str
    instance_key: int
    name: str | None
    start_key: int
    definition_key: int
    element_id: str

    @property
    def lock(self) -> Row:
        """The primary key of the lock."""
        return self[:4]

    @property
    def message_part(self) -> int:
        """The part of the messages that may start the next instance."""
        assert self.name is not None
        return message_part(self.tenant, self.name, self.correlation_key)


def lock_of(tenant: str, process_id: str, correlation_key: str) -> Row:
    """The primary key of the lock of a process and correlation key."""
    return part_of_text(tenant, process_id, correlation_key), tenant, process_id, correlation_key


async def start(connection: AsyncConnection[Any], offers: list[Offer], keys: KeySource) -> list[Row]:
    """Let messages start the processes in which no subscription received them; answers who got what."""
    wanted = await _startable(connection, offers, keys)
    claims: dict[Row, int] = {}
    for offer, receiver in wanted:
        if offer.correlation_key:
            lock = lock_of(offer.tenant, receiver.process_id, offer.correlation_key)
            claims.setdefault(lock, receiver.instance_key)
    rows = [(*lock, instance_key) for lock, instance_key in claims.items()]
    taken = {key for (key,) in await ask(connection, sql.TAKE_STARTS, rows)}
    return [
        _begin(offer, receiver)
        for offer, receiver in wanted
        if not offer.correlation_key or receiver.instance_key in taken
    ]


def _begin(offer: Offer, receiver: Receiver) -> Row:
    """Let a message begin an instance, or bring it to one that began without it; answers who got what."""
    if receiver.element_key is None:
        return offer.reach(receiver, _create(offer, receiver))
    return offer.deliver(receiver, offer.correlation_key)


async def _startable(
    connection: AsyncConnection[Any], offers: list[Offer], keys: KeySource
) -> list[tuple[Offer, Receiver]]:
    names = [(offer.tenant, offer.name, message_part(offer.tenant, offer.name, "")) for offer in offers]
    found: dict[tuple[int, str], tuple[Offer, Receiver]] = {}
    taken: set[int] = set()
    for position, *start, key, instance_key, definition_key, element_key in await ask(
        connection, sql.FIND_STARTS, names
    ):
        start_key, latest_key, process_id, element_id = start
        offer = offers[position - 1]
        if not offer.may_reach(process_id) or (position, process_id) in found:
            continue
        if key is None or key in taken or key in offer.past:
            receiver = Receiver(start_key, keys.key(keys.part), latest_key, None, element_id, process_id)
        else:
            taken.add(key)
            receiver = Receiver(key, instance_key, definition_key, element_key, element_id, process_id)
        found[position, process_id] = offer, receiver
    return list(found.values())


def _create(offer: Offer, receiver: Receiver) -> CreateInstance:
    return CreateInstance(
        key=receiver.instance_key,
        process_definition_key=receiver.definition_key,
        tenant=offer.tenant,
        variables=offer.variables,
        business_id=offer.business_id,
        start_event=receiver.element_id,
        message_key=offer.key,
        correlation_key=offer.correlation_key,
        start_kind="message",
        start_name=offer.name,
    )


async def held_by(connection: AsyncConnection[Any], instance_keys: list[int]) -> list[Held]:
    """The locks of these instances."""
    rows = await ask(connection, sql.FIND_HELD_STARTS, [(key,) for key in instance_keys])
    return [Held(*row) for row in rows]


async def start_next(
    connection: AsyncConnection[Any], held: list[Held], keys: KeySource, now: int
) -> list[tuple[int, Command, Row]]:
    """Pass each lock on to the oldest buffered message, or give it free; its part of the messages is locked.

    Answers per started instance: the key of the one that ended, the command, and who got what.
    """
    if not held:
        return []
    await run(connection, sql.RELEASE_STARTS, list(dict.fromkeys(each.lock for each in held)))
    started: list[tuple[int, Command, Row]] = []
    claims: list[Row] = []
    for lock, offer in await _oldest(connection, [each for each in held if each.name is not None], now):
        receiver = Receiver(
            lock.start_key, keys.key(keys.part), lock.definition_key, None, lock.element_id, lock.process_id
        )
        command = _create(offer, receiver)
        started.append((lock.instance_key, command, offer.reach(receiver, command)))
        claims.append((*lock.lock, receiver.instance_key))
    await run(connection, sql.TAKE_STARTS, claims)
    return started


async def _oldest(connection: AsyncConnection[Any], held: list[Held], now: int) -> list[tuple[Held, Offer]]:
    """For each lock the oldest buffered message, whichever of the process's start events it is for."""
    rows = [
        (each.message_part, each.tenant, each.name, each.correlation_key, each.process_id, 1, now)
        for each in held
    ]
    found: dict[Row, tuple[int, int, Held, Offer]] = {}
    for position, key, variables, business_id, published_at in await ask(connection, sql.FIND_BUFFERED, rows):
        each = held[position - 1]
        offer = Offer(key, each.tenant, each.name or "", each.correlation_key, _decode(variables))
        offer.business_id = business_id
        candidate = (published_at, key, each, offer)
        if each.lock not in found or candidate[:2] < found[each.lock][:2]:
            found[each.lock] = candidate
    return [(each, offer) for _, _, each, offer in found.values()]
