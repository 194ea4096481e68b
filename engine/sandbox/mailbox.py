"""Messages on a bench: they find who waits, start processes, or are kept for a while.

The rules are those of engine/runtime/events/exchange.py: in each process a message goes to the oldest open
subscription, or else to its start event; a process gets it at most once; and with a correlation key a process is
started only once at a time, the next by the oldest message that is kept when the instance ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.machine import commands as c
from engine.machine.state import Instance, MessageSubscription
from engine.sandbox.joint_starts import keyless

if TYPE_CHECKING:
    from engine.machine.graph import Graph
    from engine.sandbox.bench import Bench


class Message:
    """What was published; kept until a time (milliseconds since the epoch). `reached`: ids of processes."""

    def __init__(self, key: int, command: c.PublishMessage, now: int) -> None:
        self.key = key
        self.name = command.name
        self.correlation_key = command.correlation_key
        self.variables: dict[str, Any] = command.variables
        self.until = now + max(command.time_to_live, 0)
        self.reached: set[str] = set()

    def fits(self, subscription: MessageSubscription) -> bool:
        """Whether the subscription is open and waits for it, in a process that has not had it."""
        process_id = subscription.element.instance.graph.process_id
        place = (subscription.name, subscription.correlation_key)
        return subscription.open and place == (self.name, self.correlation_key) and process_id not in self.reached


class Mailbox:
    """The messages of a bench. Its methods answer the commands that deliver them."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._messages: dict[int, Message] = {}
        self._locks: dict[tuple[str, str], int] = {}  # process id and correlation key → the instance that was started

    def publish(self, command: c.PublishMessage) -> list[c.Command]:
        """Offer a message to whoever waits, and keep it while it lives."""
        message = Message(self._bench.new_key(), command, self._bench.now)
        self._messages[message.key] = message
        return self._offer(message, [graph.process_id for graph in self._bench.deployed.latest()])

    def kept(self) -> list[Message]:
        """The messages that still live, oldest first."""
        return [message for message in self._messages.values() if message.until > self._bench.now]

    def after(self, instance: Instance) -> list[c.Command]:
        """A command changed an instance: what it waits for now, or its end, may call for messages that are kept."""
        commands: list[c.Command] = []
        for subscription in [change for change in instance.changes if isinstance(change, MessageSubscription)]:
            message = next((each for each in self.kept() if each.fits(subscription)), None)
            if message is not None:
                commands.append(self._deliver(message, subscription))
        if instance.ended_at is not None:
            commands += self._ended(instance)
        return commands

    def returned(self, command: c.DeliverMessage | c.CreateInstance, again: bool = False) -> list[c.Command]:
        """The receiver of a message was gone: it is offered again in the same process.

        `again`: so is one that was to begin an instance, since another instance waits for it.
        """
        message = self._messages.get(command.message_key or 0)
        if message is None:
            return []
        if isinstance(command, c.CreateInstance):
            process_id = command.process_id
        else:
            process_id = self._bench.all_instances[command.process_instance_key].graph.process_id
        if isinstance(command, c.CreateInstance) or command.new_correlation_key:
            self._locks.pop((process_id, message.correlation_key), None)
        if isinstance(command, c.CreateInstance) and not again:
            return []
        message.reached.discard(process_id)
        return self._offer(message, [process_id])

    def _offer(self, message: Message, process_ids: list[str]) -> list[c.Command]:
        commands: list[c.Command] = [
            self._deliver(message, subscription)
            for subscription in self._bench.waits(MessageSubscription)
            if message.fits(subscription) and subscription.element.instance.graph.process_id in process_ids
        ]
        for graph in self._bench.deployed.latest():
            if graph.process_id in process_ids:
                commands += self._start(message, graph)
        return commands

    def _deliver(self, message: Message, subscription: MessageSubscription, new_key: str = "") -> c.DeliverMessage:
        instance = subscription.element.instance
        message.reached.add(instance.graph.process_id)
        return c.DeliverMessage(
            process_instance_key=instance.key,
            subscription_key=subscription.key,
            message_key=message.key,
            variables=message.variables,
            new_correlation_key=new_key,
        )

    def _start(self, message: Message, graph: Graph) -> list[c.Command]:
        """Start a process by a message that has not reached it, unless its correlation key is taken."""
        lock = (graph.process_id, message.correlation_key)
        events = [start for start in graph.starts if (start.kind, start.name) == ("message", message.name)]
        if not events or graph.process_id in message.reached or lock in self._locks:
            return []
        waiting = keyless(self._bench, graph, events[0].element_id, message.name)
        key = waiting.element.instance.key if waiting is not None else self._bench.new_key()
        if message.correlation_key:
            self._locks[lock] = key
        if waiting is not None:
            return [self._deliver(message, waiting, message.correlation_key)]
        message.reached.add(graph.process_id)
        start = c.CreateInstance(
            key=key,
            process_definition_key=graph.definition_key,
            process_id=graph.process_id,
            start_event=events[0].element_id,
            variables=message.variables,
            message_key=message.key,
            correlation_key=message.correlation_key,
            start_kind="message",
            start_name=message.name,
        )
        return [start]

    def _ended(self, instance: Instance) -> list[c.Command]:
        """Give the correlation key of an instance free, for the next message."""
        for lock in [lock for lock, key in self._locks.items() if key == instance.key]:
            del self._locks[lock]
            for message in self.kept():
                if message.correlation_key == lock[1] and (started := self._start(message, instance.graph)):
                    return started
        return []
