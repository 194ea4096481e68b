"""A sandbox: sources and steps, and the state that replaying them gives."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from engine.machine.advance import Outcome
from engine.machine.commands import Command, PublishMessage, Rejection
from engine.sandbox import steps as s
from engine.sandbox.bench import Bench
from engine.sandbox.shelf import Shelf, Source
from engine.sandbox.trail import Effect, Trail
from engine.sandbox.translation import commands_of, milliseconds, timer_of
from engine.triggers.schedule import from_milliseconds

#: How many commands may follow from one before the rest is put off: a circle without end shall not hang.
MOST_FOLLOW_UPS = 2_000

#: How many dates may come on one way of the clock.
MOST_DATES = 1_000


class Taken(msgspec.Struct, kw_only=True):
    """A step, when it was taken (milliseconds since the epoch), and what it led to."""

    step: s.AnyStep
    at: int
    effect: Effect


class Sandbox(Bench):
    """Drafts that run in memory; everything that happens is a step that somebody takes.

    The same sources, beginning (milliseconds since the epoch) and steps always give the same state, keys included.
    """

    def __init__(self, sources: Sequence[Source], beginning: int, steps: Iterable[s.AnyStep] = ()) -> None:
        """Raises InvalidDeployment with what is wrong with the files, Rejection where a step cannot be taken."""
        new_key = itertools.count(1).__next__
        self.shelf = Shelf(sources, new_key)
        super().__init__(self.shelf, beginning, new_key)
        self.taken: list[Taken] = []
        self.trails: dict[int, Trail] = {}
        self._effect = Effect()
        self.arm_start_timers()
        for step in steps:
            self.take(step)

    def take(self, step: s.AnyStep) -> Effect:
        """Take one more step.

        Raises Rejection where it cannot be taken. Part of it may have happened then: replay what was taken before.
        """
        at = self.now
        effect = self._effect = Effect()
        self._take(step)
        self.taken.append(Taken(step=step, at=at, effect=effect))
        return effect

    def _take(self, step: s.AnyStep) -> None:
        match step:
            case s.Advance():
                self._move_clock(self.now + milliseconds(step.duration, self.now))
            case s.SkipTimer():
                self._move_clock(timer_of(self, step).due_at)
            case s.NextDate():
                due = self.next_due()
                if due is None:
                    raise Rejection("INVALID_STATE", "Expected something to wait for a date, but nothing does.")
                self._move_clock(due.at)
            case s.GoOn():
                self.go_on()
            case _:
                for command in commands_of(self, step):
                    result = self.execute(command)
                    if isinstance(command, PublishMessage):
                        self._effect.answer = _reached(command, result)

    def _move_clock(self, until: int) -> None:
        for _ in range(MOST_DATES):
            due = self.next_due()
            if due is None or due.at > until:
                self.now = max(self.now, until)
                return
            self.fire(due)
        time = from_milliseconds(self.now).isoformat(timespec="seconds")
        self._effect.answer = f"The clock stopped at {time}: {MOST_DATES} dates came on the way."

    # ---- What the bench tells ---------------------------------------------------------------------------------------

    def noted(self, command: Command, outcome: Outcome) -> None:
        self.trails.setdefault(outcome.instance.key, Trail()).note(outcome, self._effect)

    def may_follow(self, command: Command, followed: Counter[type[Command]]) -> bool:
        if followed.total() < MOST_FOLLOW_UPS:
            return True
        self._effect.answer = (
            f"Stopped after {MOST_FOLLOW_UPS} commands that followed from one: this may be a circle without end."
        )
        return False


def _reached(message: PublishMessage, reached: object) -> str:
    if reached:
        return f"The message reached {reached}."
    return "Nobody waits for the message; it is kept." if message.time_to_live > 0 else "Nobody waits for the message."
