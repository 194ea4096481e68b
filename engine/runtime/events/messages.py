"""Messages in a batch: what it published, opened, ended and could not deliver, and what the senders hear.

The matching itself is exchange.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.machine.commands import (
    Command,
    CorrelateMessage,
    CreateInstance,
    DeliverMessage,
    PublishMessage,
    Rejection,
)
from engine.runtime.commits.participants import Participant
from engine.runtime.events.exchange import Exchange
from engine.runtime.events.joint_starts import AlreadyAwaited
from engine.runtime.events.offers import MessageResult, Offer, nobody_waits

if TYPE_CHECKING:
    from engine.runtime.commits.batch import Batch
    from engine.runtime.commits.queue import Entry


class Messages(Participant):
    """Publishes and correlates messages, and connects them with what the batch's instances wait for."""

    commands: frozenset[type[Command]] = frozenset({PublishMessage, CorrelateMessage})

    def __init__(self) -> None:
        self._came_back: dict[Batch, list[tuple[Entry, Offer]]] = {}

    async def settle(self, batch: Batch) -> None:
        exchange = Exchange(batch.context.keys, batch.now)
        sent = _sent(batch, exchange)
        came_back = _came_back(batch, exchange)
        exchange.opened(batch.rows.receptive)
        for instance in batch.touched.values():
            if instance.ended_at is not None:
                exchange.ended(instance)
        if not exchange:
            return
        await exchange.settle(batch.connection)
        _answer(batch, sent)
        _store(batch, came_back)
        _store_caused(batch, exchange)
        if came_back:
            self._came_back[batch] = came_back

    def committed(self, batch: Batch) -> None:
        for entry, offer in self._came_back.pop(batch, ()):
            _correct(entry, offer)

    def rolled_back(self, batch: Batch) -> None:
        self._came_back.pop(batch, None)


def _sent(batch: Batch, exchange: Exchange) -> list[tuple[Entry, Offer]]:
    """The messages that the batch publishes and correlates."""
    sent: list[tuple[Entry, Offer]] = []
    for entry in batch.services:
        command = entry.command
        if entry in batch.outcomes:
            continue
        if isinstance(command, PublishMessage):
            sent.append((entry, exchange.publish(command)))
        elif isinstance(command, CorrelateMessage):
            sent.append((entry, exchange.correlate(command)))
    return sent


def _came_back(batch: Batch, exchange: Exchange) -> list[tuple[Entry, Offer]]:
    """The deliveries that were refused.

    Another receiver is looked for where the one was gone, or where an instance waits that was not to be started.
    """
    refused: list[tuple[Entry, Offer]] = []
    for entry, outcome in batch.outcomes.items():
        command = entry.command
        if not isinstance(outcome, Rejection):
            continue
        if isinstance(command, DeliverMessage):
            refused.append((entry, exchange.returned(command, again=outcome.kind == "NOT_FOUND")))
        elif isinstance(command, CreateInstance) and command.message_key is not None:
            again = isinstance(outcome, AlreadyAwaited)
            refused.append((entry, exchange.returned(command, again)))
    return refused


def _answer(batch: Batch, sent: list[tuple[Entry, Offer]]) -> None:
    for entry, offer in sent:
        if offer.rejection is not None:
            batch.reject(entry, offer.rejection)
        else:
            batch.answer(entry, offer.result)
    _store(batch, sent)


def _store(batch: Batch, offers: list[tuple[Entry, Offer]]) -> None:
    for entry, offer in offers:
        for command in offer.commands:
            batch.store(command, entry)


def _store_caused(batch: Batch, exchange: Exchange) -> None:
    """What opening a subscription, or ending, led to is the effect of the last command on the instance."""
    if exchange.caused:
        causes = {entry.instance_key: entry for entry in batch.entries if entry.instance_key}
        for instance_key, command in exchange.caused:
            batch.store(command, causes.get(instance_key))


def _correct(entry: Entry, offer: Offer) -> None:
    """Tell the sender, if it still waits, whom its message reached instead; nobody may be an error."""
    ask = entry.ask
    result = None if ask is None else ask.result
    if ask is None or not isinstance(result, MessageResult) or result.message_key != offer.key:
        return
    if offer.only is not None:
        result.reached.pop(offer.only, None)
    result.reached.update(offer.reached)
    if result.required and not result.reached:
        ask.fail(nobody_waits(result.name, result.correlation_key))
