"""Standard loop: an activity again and again while a condition holds, like `while` or `repeat … while`.

The condition is asked before each round (`testBefore`) or after it, and sees `loopCounter`, the number of the round;
`loopMaximum` bounds the rounds. Like a multi-instance body, the loop is a node around the activity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.base import Behavior
from engine.elements.registry import Source, loop
from engine.machine import joint_starts
from engine.machine.lifecycle import ElementState

if TYPE_CHECKING:
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@loop("standardLoopCharacteristics")
class StandardLoopBody(Behavior):
    """The activity again and again, while a condition holds or up to a maximum."""

    type = "MULTI_INSTANCE_BODY"
    activity = True
    container = True
    words = "loop"

    def __init__(self, source: Source, characteristics: Source) -> None:
        self.before = characteristics.flag("testBefore")
        maximum = characteristics.get("loopMaximum")
        self.maximum = int(maximum) if maximum and maximum.isdecimal() else None
        if maximum and not self.maximum:
            source.problem(f"Must have a positive number as its loop maximum, but it is '{maximum}'.")
        condition = characteristics.child("loopCondition")
        text = condition.text() if condition is not None else None
        self.condition: Any = source.feel(text, "the loop condition")
        if self.condition is None and self.maximum is None:
            source.problem("Must end some time: give the loop a condition or a maximum.")

    def prepare(self, m: Work, e: ElementInstance) -> bool:
        return not self.before or self._again(m, e, e, 1)

    def activate(self, m: Work, e: ElementInstance, prepared: bool) -> None:
        if prepared:
            self._enter(m, e, 1)
        else:
            m.complete(e)

    def retry(self, m: Work, e: ElementInstance) -> None:
        """Its own incidents are of activation; the condition between rounds is the inner instance's."""

    def _again(self, m: Work, body: ElementInstance, seen_from: ElementInstance, round: int) -> bool:
        if self.maximum is not None and round > self.maximum:
            return False
        return self.condition is None or m.expect_boolean(self.condition, seen_from, {"loopCounter": round})

    def _enter(self, m: Work, body: ElementInstance, round: int) -> None:
        assert body.node.inner_node is not None
        data, variables = joint_starts.for_round(body, round), {"loopCounter": str(round)}
        m.enter(body.node.inner_node, body, data=data, variables=variables, loop_counter=round)

    def inner_completing(self, m: Work, body: ElementInstance, child: ElementInstance) -> None:
        round = child.loop_counter or 0
        again = self._again(m, body, child, round + 1 if self.before else round)
        if not again or (self.maximum is not None and round >= self.maximum):
            m.record(body, stopped=True)

    def child_completed(self, m: Work, scope: ElementInstance, child: ElementInstance) -> None:
        if "stopped" in (scope.data or {}):
            m.complete(scope)
        else:
            m.later(self._next, m, scope, (child.loop_counter or 0) + 1)

    def _next(self, m: Work, body: ElementInstance, round: int) -> None:
        if body.state is ElementState.ACTIVATED:
            self._enter(m, body, round)
