"""Message: waits for a name and a correlation key; thrown, it is a job, or (without one) published by name and key.

So one pool of a deployment talks to another, or to any process that waits for the message, without a worker between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.reading import read_job
from engine.elements.registry import Source, trigger
from engine.machine import events as ev
from engine.machine.commands import PublishMessage
from engine.machine.jobs import JobPlan, create_job, plan_job
from engine.machine.lifecycle import IncidentType
from engine.machine.names import is_too_long, too_long
from engine.machine.values import Stuck, visible
from engine.triggers.base import Trigger, own_variables

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work

#: How long (ms) a message thrown by a process waits for its receiver: the other pool may not have come so far yet.
KEPT = 3_600_000


@trigger("messageEventDefinition")
class MessageTrigger(Trigger):
    """A message from outside, or to somebody outside."""

    kind = "message"
    positions = frozenset({"start", "event sub-process", "catch", "boundary", "throw", "end"})

    def __init__(self, definition: Source, event: Source, position: str) -> None:
        super().__init__(definition, event, position)
        throws = position in ("throw", "end")
        self.job = read_job(event, required=definition.get("messageRef") is None) if throws else None
        self.correlation_key: Any = None
        self._waits_for_any = False  # there is nothing to say which message is meant
        if self.job is None:
            self._read_message(definition, event, position)

    def _read_message(self, definition: Source, event: Source, position: str) -> None:
        message = definition.reference("messageRef")
        if message is None:
            event.problem("Must have a message: choose or make one, with a name.")
            return
        self.name = event.expression(message.get("name"), "the message name")
        if not self.name:
            event.problem("Must have a message with a name.")
        subscription = message.extension("subscription")
        key = (subscription.get("correlationKey") if subscription is not None else None) or ""
        self.correlation_key = event.feel(key, "the correlation key")
        self._waits_for_any = not key.strip() and position not in ("start", "throw", "end")

    def check(self, node: Node, source: Source) -> None:
        super().check(node, source)
        starts = any(flow.source.behavior.instantiates for flow in node.incoming)
        if self._waits_for_any and not starts:
            source.problem("Must have a correlation key: set the expression on its message (the subscription).")

    def open(self, m: Work, host: ElementInstance, node: Node) -> list[ev.Event]:
        name = m.expect_text(self.name, host)
        # As on Camunda 8: the key of a boundary event is what the scope of the activity sees.
        seen_from = host.scope if node.attached_to is not None else host
        key = self._key(m, seen_from) if self.correlation_key is not None else ""
        return [ev.MessageSubscriptionOpened(m.new_key(), host.key, node.id, name, key)]

    def _key(self, m: Work, seen_from: ElementInstance | None) -> str:
        key = m.evaluate(self.correlation_key, seen_from)
        if isinstance(key, bool) or not isinstance(key, (str, int, float)):
            found = "null" if key is None else repr(key)
            reason = f"Failed to extract the correlation key for '{self.correlation_key.text}': "
            reason += f"The value must be either a string or a number, but was {found}."
            raise Stuck(IncidentType.EXTRACT_VALUE_ERROR, reason)
        text = str(key)
        if is_too_long(text):
            reason = too_long(f"the correlation key '{self.correlation_key.text[:100]}'", text)
            raise Stuck(IncidentType.EXTRACT_VALUE_ERROR, reason)
        return text

    # ---- Throwing ---------------------------------------------------------------------------------------------------

    def prepare_throw(self, m: Work, e: ElementInstance) -> JobPlan | PublishMessage:
        if self.job is not None:
            return plan_job(m, e, self.job)
        return PublishMessage(
            name=m.expect_text(self.name, e),
            correlation_key=self._key(m, e) if self.correlation_key is not None else "",
            time_to_live=KEPT,
            variables=own_variables(e) if e.node.inputs else visible(e),
            tenant=m.instance.tenant,
        )

    def throw(self, m: Work, e: ElementInstance, prepared: JobPlan | PublishMessage) -> None:
        if isinstance(prepared, JobPlan):
            create_job(m, e, prepared)
            return
        m.follow_ups.append(prepared)
        m.complete(e)
