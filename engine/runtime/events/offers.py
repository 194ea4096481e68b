"""A message that looks for receivers, and those who may receive it."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from engine.machine.commands import Command, DeliverMessage, Rejection, Variables
from engine.machine.state import MessageSubscription
from engine.store.batch import Row
from engine.store.keys import part_of
from engine.store.messages import message_part

#: Part, tenant, name and correlation key: what a message and a subscription must share.
Place = tuple[int, str, str, str]


class MessageResult(msgspec.Struct):
    """The answer to a published or correlated message: whom it `reached`, instance keys by process id.

    `required`: to reach nobody is an error, also if that turns out later.
    """

    message_key: int
    tenant: str
    name: str
    correlation_key: str
    reached: dict[str, int]
    required: bool

    @property
    def process_instance_key(self) -> int | None:
        """The first instance that the message reached."""
        return next(iter(self.reached.values()), None)


class Receiver(NamedTuple):
    """An open subscription, or a start event with the instance to be started."""

    subscription_key: int
    instance_key: int
    definition_key: int
    element_key: int | None
    element_id: str
    process_id: str


class Offer:
    """A message that looks for receivers.

    `only` narrows it to one process, `past` are subscriptions that turned out to be gone. In the end it has a
    `rejection`, or the `commands` for the receivers that it `reached` (instance keys by process id).
    """

    __slots__ = (
        "business_id",
        "commands",
        "correlation_key",
        "key",
        "name",
        "only",
        "past",
        "reached",
        "rejection",
        "required",
        "tenant",
        "variables",
    )

    def __init__(self, key: int, tenant: str, name: str, correlation_key: str, variables: Variables) -> None:
        self.key = key
        self.tenant = tenant
        self.name = name
        self.correlation_key = correlation_key
        self.variables = variables
        self.business_id: str | None = None
        self.only: str | None = None
        self.past: set[int] = set()
        self.required = False
        self.reached: dict[str, int] = {}
        self.commands: list[Command] = []
        self.rejection: Rejection | None = None

    @property
    def place(self) -> Place:
        """Where it is looked for."""
        return part_of(self.key), self.tenant, self.name, self.correlation_key

    @property
    def result(self) -> MessageResult:
        """The answer for who sent it."""
        return MessageResult(
            self.key, self.tenant, self.name, self.correlation_key, self.reached, self.required
        )

    def may_reach(self, process_id: str) -> bool:
        """A message reaches a process once, and one that came back only the process it came from."""
        return process_id not in self.reached and self.only in (None, process_id)

    def reach(self, receiver: Receiver, command: Command) -> Row:
        """It goes to this receiver; answers the row of `correlated_message` but for its time."""
        self.reached[receiver.process_id] = receiver.instance_key
        self.commands.append(command)
        return (
            part_of(self.key),
            self.key,
            receiver.subscription_key,
            receiver.instance_key,
            receiver.definition_key,
            receiver.element_key,
            receiver.element_id,
            receiver.process_id,
            self.tenant,
            self.name,
            self.correlation_key,
        )

    def deliver(self, receiver: Receiver, new_correlation_key: str = "") -> Row:
        """It goes to this subscription, whose instance may take on its correlation key."""
        command = DeliverMessage(
            process_instance_key=receiver.instance_key,
            subscription_key=receiver.subscription_key,
            message_key=self.key,
            variables=self.variables,
            new_correlation_key=new_correlation_key,
        )
        return self.reach(receiver, command)


def place_of(subscription: MessageSubscription) -> Place:
    """Where its messages are."""
    tenant = subscription.element.instance.tenant
    name, correlation_key = subscription.name, subscription.correlation_key
    return message_part(tenant, name, correlation_key), tenant, name, correlation_key


def receiver_of(subscription: MessageSubscription) -> Receiver:
    """An open subscription in memory as a receiver."""
    element = subscription.element
    graph = element.instance.graph
    return Receiver(
        subscription.key,
        element.instance.key,
        graph.definition_key,
        element.key,
        subscription.node.id,
        graph.process_id,
    )


def nobody_waits(name: str, correlation_key: str) -> Rejection:
    """The answer where a message was to be delivered at once and could not be."""
    return Rejection(
        "NOT_FOUND",
        f"Expected to find a subscription for the message '{name}' with the correlation key "
        f"'{correlation_key}', but nobody waits for it. Publish it with a time to live if somebody will.",
    )


def twin(offer: Offer, message_id: str) -> Rejection:
    """The answer where the message id belongs to a message that still lives."""
    return Rejection(
        "ALREADY_EXISTS",
        f"A message '{offer.name}' with the id '{message_id}' and the correlation key "
        f"'{offer.correlation_key}' is already published, and its time to live is not over.",
    )
