"""Multi-instance: an activity once for each item of a collection, at the same time or one after the other.

Instead of a collection a number may be given (the loop cardinality of BPMN): the items are then 1, 2, …

The body stands in the graph where the activity was drawn; the activity itself is its inner node. Boundary events and
compensation belong to the body, mappings and listeners to each inner instance. The body is compiled around any
activity, which knows nothing of it.

A body costs per item, not per item and size: what the inner instances contribute stays in their own rows (`result`),
and is put together once, at the end. Bodies with many items fan out in portions, so that others get their turn.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from engine.elements.base import Behavior
from engine.elements.registry import Source, loop
from engine.machine import events as ev
from engine.machine import joint_starts
from engine.machine.commands import Continue
from engine.machine.lifecycle import ElementState, IncidentType
from engine.machine.values import Stuck, to_text

if TYPE_CHECKING:
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work

_PATH = re.compile(r"\s*(?P<variable>[^\W\d]\w*)(\.\w+)*\s*")

#: The largest number of rounds that can be asked for without a collection.
MAX_CARDINALITY = 1_000_000
#: Inner instances that one command enters.
PORTION = 500


@loop("multiInstanceLoopCharacteristics")
class MultiInstanceBody(Behavior):
    """The activity once for each item of a collection, at the same time or one after the other.

    The body's data: `size` of the collection, and its `items` while some of them are still to be entered.
    """

    type = "MULTI_INSTANCE_BODY"
    activity = True
    container = True
    words = "multi-instance"

    def __init__(self, source: Source, characteristics: Source) -> None:
        self.sequential = characteristics.flag("isSequential")
        details = characteristics.extension("loopCharacteristics")
        self.collection: Any = None
        self.completion: Any = None
        self.output_element: Any = None
        self.input_element = self.output_collection = None
        if details is not None:
            self.collection = source.feel(details.get("inputCollection"), "the input collection")
            self.input_element = details.get("inputElement") or None
            self.output_collection = details.get("outputCollection") or None
            self.output_element = source.feel(details.get("outputElement"), "the output element")
        self.output_variable = _variable_of(self.output_element)
        cardinality = characteristics.child("loopCardinality")
        text = cardinality.text() if cardinality is not None else None
        self.cardinality: Any = source.feel(text, "the loop cardinality")
        if self.collection is None and self.cardinality is None:
            source.problem("Must have an input collection: give the expression whose items the activity runs for.")
        if (self.output_collection is None) != (self.output_element is None):
            source.problem("Must have both an output collection and an output element, or neither.")
        condition = characteristics.child("completionCondition")
        if condition is not None:
            self.completion = source.feel(condition.text(), "the completion condition")

    def prepare(self, m: Work, e: ElementInstance) -> list[Any]:
        if self.collection is None:
            return self._counted(m, e)
        items: list[Any] = m.expect(self.collection, e, (list,), "a list")
        return items

    def _counted(self, m: Work, e: ElementInstance) -> list[Any]:
        """As many items as the loop cardinality says: their numbers."""
        size: int = m.expect(self.cardinality, e, (int,), "a whole number")
        if not 0 <= size <= MAX_CARDINALITY:
            reason = f"Expected the loop cardinality to be a number from 0 to {MAX_CARDINALITY:,}, but was {size}."
            raise Stuck(IncidentType.EXTRACT_VALUE_ERROR, reason)
        return list(range(1, size + 1))

    def activate(self, m: Work, e: ElementInstance, prepared: list[Any]) -> None:
        whole = not self.sequential and len(prepared) <= PORTION
        m.record(e, size=len(prepared), items=None if whole else prepared)
        if not prepared:
            self._complete(m, e)
        else:
            self._enter_from(m, e, prepared, 0)

    def go_on(self, m: Work, e: ElementInstance, position: int) -> None:
        if e.data and "stopped" not in e.data:
            self._enter_from(m, e, e.data["items"], position)

    def retry(self, m: Work, e: ElementInstance) -> None:
        """Its own incidents are of activation and completion; inner instances have theirs."""

    def _enter_from(self, m: Work, e: ElementInstance, items: list[Any], position: int) -> None:
        if e.state is not ElementState.ACTIVATED:
            return  # something has ended the body since this was queued
        end = min(len(items), position + (1 if self.sequential else PORTION))
        assert e.node.inner_node is not None
        for index in range(position, end):
            variables = {self.output_variable: "null"} if self.output_variable else {}
            variables["loopCounter"] = str(index + 1)
            if self.input_element:
                variables[self.input_element] = to_text(items[index])
            data = joint_starts.for_round(e, index + 1)
            m.enter(e.node.inner_node, e, data=data, variables=variables, loop_counter=index + 1)
        if end < len(items) and not self.sequential:
            m.follow_ups.append(Continue(process_instance_key=m.instance.key, element_instance_key=e.key, position=end))

    def migrates_to(self, other: Behavior) -> bool:
        return isinstance(other, MultiInstanceBody) and self.sequential == other.sequential

    # ---- Its inner instances ----------------------------------------------------------------------------------------

    def inner_completing(self, m: Work, body: ElementInstance, child: ElementInstance) -> None:
        text = to_text(m.evaluate(self.output_element, child)) if self.output_element is not None else None
        stops = self.completion is not None and m.expect_boolean(self.completion, child, self._numbers(body))
        if text is not None:
            m.emit(ev.ResultRecorded(child.key, text))
        if stops:
            m.record(body, stopped=True)

    def _numbers(self, body: ElementInstance) -> dict[str, object]:
        """What a completion condition may ask; the completing inner instance counts as completed."""
        return {
            "numberOfInstances": (body.data or {})["size"],
            "numberOfActiveInstances": len(body.children) - 1,
            "numberOfCompletedInstances": body.completed + 1,
            "numberOfTerminatedInstances": body.terminated,
        }

    def child_completed(self, m: Work, scope: ElementInstance, child: ElementInstance) -> None:
        data = scope.data or {}
        if "stopped" in data:
            for other in list(scope.children.values()):
                m.terminate(other)
        elif self.sequential and scope.completed + scope.terminated < data["size"]:
            m.later(self._enter_from, m, scope, data["items"], scope.completed + scope.terminated)
            return
        self._check(m, scope)

    def child_terminated(self, m: Work, scope: ElementInstance, child: ElementInstance) -> None:
        self._check(m, scope)

    def _check(self, m: Work, body: ElementInstance) -> None:
        if body.children:
            return
        data = body.data or {}
        done = body.completed + body.terminated >= data.get("size", 0) or "stopped" in data
        if body.state is ElementState.TERMINATING:
            m.terminated(body)
        elif done and body.state is ElementState.ACTIVATED:
            self._complete(m, body)

    def _complete(self, m: Work, body: ElementInstance) -> None:
        if self.output_collection is not None:
            size = (body.data or {})["size"]
            parts = [body.results.get(counter, "null") for counter in range(1, size + 1)]
            m.merge(body.scope or body, {self.output_collection: f"[{','.join(parts)}]"})
        m.complete(body)


def _variable_of(output_element: Any) -> str | None:
    """The variable that an output element such as `=result` or `=result.total` is taken from.

    It is local to each inner instance, so that what one hands out never becomes the result of another.
    """
    match = _PATH.fullmatch(output_element.text) if output_element is not None else None
    return match["variable"] if match and match["variable"] in output_element.names else None
