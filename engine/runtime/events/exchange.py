"""Messages find whoever waits for them: an open subscription, a start event, or, for a while, nobody.

Theory of operation
-------------------
A message crosses instances, so matching it is nobody's command alone. Whatever a batch of commands has to do
with messages is gathered in one `Exchange` and settled at the end of the batch, in its transaction and behind
the lock of each message's part (engine.store.messages), which COMMIT gives back:

    published   a living message id is refused; a positive time to live buffers it; in each process it goes to
                the oldest open subscription, or else to the start event of the latest version
    opened      a new subscription, or one that stays open after a message, takes the oldest buffered message
                that its process has not had
    ended       a message with a correlation key starts one instance per process at a time; when that one
                ends, the oldest buffered message with the key starts the next (message_starts.py)
    returned    a receiver was gone when the message came to it; it is offered again to the same process

A match is a command for the receiver (`DeliverMessage`, `CreateInstance`), stored in the same transaction and
executed after it. The instance decides: it may have moved on meanwhile, and then the message comes back. A
process gets a buffered message at most once (`message_correlation`), whatever happens between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import Any

import msgspec
from psycopg import AsyncConnection

from engine.machine.commands import Command, CorrelateMessage, CreateInstance, DeliverMessage, PublishMessage
from engine.machine.state import Instance, MessageSubscription
from engine.runtime.events.message_starts import Held, held_by, lock_of, start, start_next
from engine.runtime.events.offers import Offer, Place, Receiver, nobody_waits, place_of, receiver_of, twin
from engine.store import messages as sql
from engine.store.asking import ask, run
from engine.store.batch import Row
from engine.store.keys import KeySource, part_of
from engine.store.messages import message_part

#: A message that would live longer lives until the end of the year 9999 (milliseconds since the epoch).
LATEST = 253_402_300_799_000


class Exchange:
    """What one batch of commands has to do with messages."""

    def __init__(self, keys: KeySource, now: int) -> None:
        """`now`: the batch's time, milliseconds since the epoch."""
        self._keys = keys
        self._now = now
        self._offers: list[Offer] = []
        self._published: list[tuple[Offer, PublishMessage]] = []
        self._opened: list[MessageSubscription] = []
        self._ended: list[int] = []
        self._returned: dict[tuple[int, int], tuple[Offer, bool]] = {}  # by message and instance
        self._locked_in_vain: set[int] = set()  # instances that were to hold the correlation key, and do not
        self._used: set[int] = set()  # subscriptions that a message of this batch goes to
        self.caused: list[tuple[int, Command]] = []  # by instances that opened a subscription or ended

    def __bool__(self) -> bool:
        """There is something to settle."""
        return bool(self._offers or self._opened or self._ended or self._returned)

    # ---- What the batch did

    def publish(self, command: PublishMessage) -> Offer:
        """Offer a message to all who wait, and keep it while it lives."""
        offer = self._offer(command)
        self._published.append((offer, command))
        return offer

    def correlate(self, command: CorrelateMessage) -> Offer:
        """Offer a message to all who wait; it is rejected if nobody does."""
        offer = self._offer(command)
        offer.required = True
        return offer

    def _offer(self, command: PublishMessage | CorrelateMessage) -> Offer:
        part = message_part(command.tenant, command.name, command.correlation_key)
        key = self._keys.key(part)
        offer = Offer(key, command.tenant, command.name, command.correlation_key, command.variables)
        offer.business_id = command.business_id
        self._offers.append(offer)
        return offer

    def opened(self, subscriptions: Iterable[MessageSubscription]) -> None:
        """Subscriptions that are open and may take a buffered message."""
        self._opened.extend(subscriptions)

    def ended(self, instance: Instance) -> None:
        """An instance has ended. Only one that a message can start may hold a correlation key."""
        if any(each.kind == "message" for each in instance.graph.starts):
            self._ended.append(instance.key)

    def returned(self, command: DeliverMessage | CreateInstance, again: bool) -> Offer:
        """A receiver did not take its message; `again`: look for another one in the same process.

        Answers the offer, whose commands after `settle` are for the new receiver, if there is one.
        """
        if isinstance(command, CreateInstance):
            assert command.message_key is not None
            message_key, instance_key = command.message_key, command.key
            self._locked_in_vain.add(instance_key)
        else:
            message_key, instance_key = command.message_key, command.process_instance_key
            if command.new_correlation_key:
                self._locked_in_vain.add(instance_key)
        offer = Offer(message_key, "", "", "", command.variables)
        self._returned[message_key, instance_key] = (offer, again)
        return offer

    # ---- Settling

    async def settle(self, connection: AsyncConnection[Any]) -> None:
        """Match everything, in the batch's transaction.

        Commands for receivers end in the offers and in `caused`; the caller stores and executes them.
        """
        held = await held_by(connection, self._ended)
        await run(connection, sql.LOCK_PARTS, self._parts(held))
        await self._take_back(connection)
        await self._refuse_twins(connection)
        await self._buffer(connection)
        await self._match_offers(connection)
        await self._match_opened(connection)
        await self._match_held(connection, held)
        for offer in self._offers:
            if offer.required and not offer.commands:
                offer.rejection = nobody_waits(offer.name, offer.correlation_key)

    def _parts(self, held: list[Held]) -> list[Row]:
        parts = {part_of(offer.key) for offer in self._offers}
        parts |= {part_of(message_key) for message_key, _ in self._returned}
        parts |= {place_of(subscription)[0] for subscription in self._opened}
        parts |= {each.message_part for each in held if each.name is not None}
        return [(part,) for part in parts]

    async def _keep(self, connection: AsyncConnection[Any], correlations: list[Row]) -> None:
        """Write who got what, so that no process gets a message twice."""
        marks = [(row[0], row[1], row[7], row[3]) for row in correlations]
        await run(connection, sql.MARK_CORRELATED, marks)
        await run(connection, sql.KEEP_CORRELATED, [(*row, self._now) for row in correlations])

    # ---- Messages look for receivers

    async def _refuse_twins(self, connection: AsyncConnection[Any]) -> None:
        """Reject messages whose id belongs to one that still lives."""
        named = [(offer, command.message_id) for offer, command in self._published if command.message_id]
        rows = [(*offer.place, message_id) for offer, message_id in named]
        await run(connection, sql.DELETE_EXPIRED_TWINS, [(*row, self._now) for row in rows])
        for (position,) in await ask(connection, sql.FIND_TWINS, rows):
            offer, message_id = named[position - 1]
            offer.rejection = twin(offer, message_id)

    async def _buffer(self, connection: AsyncConnection[Any]) -> None:
        living = [
            (offer, command)
            for offer, command in self._published
            if command.time_to_live > 0 and offer.rejection is None
        ]
        rows = [self._message_row(offer, command) for offer, command in living]
        buffered = {key for (key,) in await ask(connection, sql.BUFFER, rows)}
        for offer, command in living:
            if offer.key not in buffered:  # its twin is in this very batch
                offer.rejection = twin(offer, command.message_id)

    def _message_row(self, offer: Offer, command: PublishMessage) -> Row:
        part, *place = offer.place
        text = msgspec.json.encode(command.variables).decode()
        message_id = command.message_id or None
        expires_at = min(self._now + command.time_to_live, LATEST)
        return (part, offer.key, *place, message_id, text, command.business_id, self._now, expires_at)

    async def _match_offers(self, connection: AsyncConnection[Any]) -> None:
        offers = [offer for offer in self._offers if offer.rejection is None]
        if not offers:
            return
        places = Counter(offer.place for offer in offers)
        rows = [(*offer.place, places[offer.place] + len(offer.past)) for offer in offers]
        found = await ask(connection, sql.FIND_SUBSCRIPTIONS, rows)
        correlations: list[Row] = []
        for position, candidates in groupby(found, key=lambda row: row[0]):
            receivers = [Receiver(*row[1:]) for row in candidates]
            correlations += self._choose(offers[position - 1], receivers)
        correlations += await start(connection, offers, self._keys)
        await self._keep(connection, correlations)

    def _choose(self, offer: Offer, receivers: list[Receiver]) -> list[Row]:
        """In each process the oldest, if possible one that no other message of this batch goes to."""
        unused = [receiver for receiver in receivers if receiver.subscription_key not in self._used]
        chosen: list[Row] = []
        for receiver in [*unused, *receivers]:
            if offer.may_reach(receiver.process_id) and receiver.subscription_key not in offer.past:
                self._used.add(receiver.subscription_key)
                chosen.append(offer.deliver(receiver))
        return chosen

    # ---- Receivers look for messages

    async def _match_opened(self, connection: AsyncConnection[Any]) -> None:
        """Each subscription takes one message; subscriptions of one process share what is there."""
        groups: dict[tuple[Place, str], list[Receiver]] = {}
        for subscription in self._opened:
            receiver = receiver_of(subscription)
            if receiver.subscription_key not in self._used:
                groups.setdefault((place_of(subscription), receiver.process_id), []).append(receiver)
        asked = list(groups.items())
        rows = [(*place, process_id, len(waiting), self._now) for (place, process_id), waiting in asked]
        correlations: list[Row] = []
        for position, key, variables, *_ in await ask(connection, sql.FIND_BUFFERED, rows):
            ((_, tenant, name, correlation_key), _), waiting = asked[position - 1]
            offer = Offer(key, tenant, name, correlation_key, msgspec.json.decode(variables))
            receiver = waiting.pop(0)
            correlations.append(offer.deliver(receiver))
            self.caused += [(receiver.instance_key, command) for command in offer.commands]
        await self._keep(connection, correlations)

    async def _match_held(self, connection: AsyncConnection[Any], held: list[Held]) -> None:
        started = await start_next(connection, held, self._keys, self._now)
        self.caused += [(ended_key, command) for ended_key, command, _ in started]
        await self._keep(connection, [row for _, _, row in started])

    # ---- What came back

    async def _take_back(self, connection: AsyncConnection[Any]) -> None:
        """Undo what was noted about deliveries that failed, and offer their messages again."""
        keys = [(part_of(message_key), message_key, instance) for message_key, instance in self._returned]
        taken = await ask(connection, sql.TAKE_BACK, keys)
        await run(connection, sql.UNMARK_CORRELATED, [(part_of(row[0]), row[0], row[3]) for row in taken])
        unused_locks: list[Row] = []
        for message_key, instance_key, subscription_key, process_id, tenant, name, correlation_key in taken:
            offer, again = self._returned[message_key, instance_key]
            offer.tenant, offer.name, offer.correlation_key = tenant, name, correlation_key
            offer.only, offer.past = process_id, {subscription_key}
            if again:
                self._offers.append(offer)
            if instance_key in self._locked_in_vain and correlation_key:
                unused_locks.append(lock_of(tenant, process_id, correlation_key))
        await run(connection, sql.RELEASE_STARTS, unused_locks)
