"""Timer: a date, a duration or a cycle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from engine.elements.registry import Source, trigger
from engine.feel import FeelError
from engine.machine import events as ev
from engine.machine.lifecycle import IncidentType
from engine.machine.values import Stuck
from engine.triggers.base import Trigger
from engine.triggers.schedule import Schedule, ScheduleError, parse_cycle, parse_date, parse_duration

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance, Timer
    from engine.machine.work import Work

#: `Timer.repetitions` of a cycle without end.
ENDLESS = -1


@trigger("timerEventDefinition")
class TimerTrigger(Trigger):
    """A date, a duration, a cycle or a cron expression.

    A cycle counts from the date before (no drift), a cron expression from now.
    """

    kind = "timer"
    positions = frozenset({"start", "event sub-process", "catch", "boundary"})

    def __init__(self, definition: Source, event: Source, position: str) -> None:
        super().__init__(definition, event, position)
        self.tag = ""
        for tag in ("timeDate", "timeDuration", "timeCycle"):
            child = definition.child(tag)
            if child is not None:
                self.tag = tag
                self.expression = event.expression(child.text(), "the timer")
        if not self.tag or not self.expression:
            event.problem("Must have a timer definition: give a date, a duration or a cycle.")
        elif isinstance(self.expression, str):
            self._check_static(event, self.expression)

    def _check_static(self, event: Source, text: str) -> None:
        try:
            _PARSE[self.tag](text)
        except ScheduleError as error:
            event.problem(f"Must have a valid timer: {error}")

    def text_at(self, now: datetime) -> str:
        """The text of a start timer, which sees no variables. Raises ScheduleError where it has none."""
        if isinstance(self.expression, str):
            return self.expression
        try:
            text = self.expression.evaluate({}, now=now)
        except FeelError as error:
            raise ScheduleError(f"'{self.expression.text}' cannot be evaluated: {error}") from error
        if not isinstance(text, str):
            raise ScheduleError(f"'{self.expression.text}' must give a text, but gives {text!r}.")
        return text

    def first(self, text: str, now: int) -> tuple[int, int, str]:
        """The first due date (milliseconds), how often again after it (-1: without end) and the cycle's text.

        Raises ScheduleError where the text is no date, duration or cycle.
        """
        if self.tag == "timeCycle":
            cycle = parse_cycle(text)
            again = ENDLESS if cycle.repetitions is None else cycle.repetitions - 1
            return cycle.first_due(now), again, text
        return _PARSE[self.tag](text).first_due(now), 0, ""

    def open(self, m: Work, host: ElementInstance, node: Node) -> list[ev.Event]:
        text = m.expect_text(self.expression, host)
        try:
            due_at, repetitions, cycle = self.first(text, m.now)
        except ScheduleError as error:
            raise Stuck(IncidentType.EXTRACT_VALUE_ERROR, f"The timer of '{node.id}' is not valid: {error}") from error
        return [ev.TimerScheduled(m.new_key(), host.key, node.id, due_at, repetitions, cycle)]

    def repeat(self, m: Work, host: ElementInstance, node: Node, timer: Timer) -> None:
        due_at = parse_cycle(timer.cycle).next_due(timer.due_at, m.now)
        again = ENDLESS if timer.repetitions == ENDLESS else timer.repetitions - 1
        m.emit(ev.TimerScheduled(m.new_key(), host.key, node.id, due_at, again, timer.cycle))


_PARSE: dict[str, Callable[[str], Schedule]] = {
    "timeDate": parse_date,
    "timeDuration": parse_duration,
    "timeCycle": parse_cycle,
}
