"""Instances in memory, the time, and what follows from one instance for others, carried out as the runtime would."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol, TypeVar

from engine.machine import advance as machine
from engine.machine import commands as c
from engine.machine.graph import Catalog, Graph, StartDefinition
from engine.machine.joint_starts import Waiting
from engine.machine.lifecycle import SubscriptionKind
from engine.machine.state import Instance, Job, Subscription, Timer, Wait
from engine.runtime.commits.batch import not_found
from engine.sandbox.joint_starts import instead
from engine.sandbox.mailbox import Mailbox
from engine.sandbox.start_timers import StartTimer

W = TypeVar("W", bound=Wait)


class Deployed(Catalog, Protocol):
    """What is deployed on a bench."""

    def find(self, command: c.CreateInstance) -> Graph:
        """The process that a command is to start. Raises Rejection."""
        ...

    def latest(self) -> Iterable[Graph]:
        """The processes that messages and signals may start."""
        ...


class Due(NamedTuple):
    """What the clock sets off next, and when (milliseconds since the epoch)."""

    at: int
    key: int
    command: c.Command
    start: StartTimer | None = None


class Bench:
    """Processes that are deployed together, the instances that run, and the time (milliseconds since the epoch)."""

    def __init__(self, deployed: Deployed, now: int, new_key: Callable[[], int]) -> None:
        self.deployed = deployed
        self.now = now
        self.new_key = new_key
        self.all_instances: dict[int, Instance] = {}  # by key, oldest first, ended ones too
        self.mailbox = Mailbox(self)
        self.start_timers: list[StartTimer] = []
        self._queue: deque[c.Command] = deque()
        self._put_off: list[c.Command] = []
        self._held = False

    # ---- For those who build on it ----------------------------------------------------------------------------------

    def noted(self, command: c.Command, outcome: machine.Outcome) -> None:
        """A command had these events; called before the instance forgets what it changed."""

    def may_follow(self, command: c.Command, followed: Counter[type[c.Command]]) -> bool:
        """Whether a follow-up is carried out after those; else it is put off until `go_on`."""
        return True

    # ---- What is done -----------------------------------------------------------------------------------------------

    def execute(self, command: c.Command) -> object:
        """Carry out a command, and all that follows from it. Raises Rejection, and then nothing has happened.

        The answer: the key of a new instance, how many a message reached, or what the machine says.
        """
        result = self._carry_out(command)
        self.run()
        return result

    def forward_to(self, until: int) -> None:
        """Let time pass up to `until`; what comes due on the way happens in its order, at its time."""
        while (due := self.next_due()) is not None and due.at <= until:
            self.fire(due)
        self.now = max(self.now, until)

    def fire(self, due: Due) -> None:
        """Let the time come of what is due next."""
        self.now = max(self.now, due.at)
        if due.start is not None and not due.start.move(self.now):
            self.start_timers.remove(due.start)
        self.execute(due.command)

    def next_due(self) -> Due | None:
        """The next timer, end of a back-off, or date of a start timer."""
        timers = [Due(t.due_at, t.key, c.TriggerTimer(timer_key=t.key)) for t in self.waits(Timer)]
        back_offs = [
            Due(j.retry_at, j.key, c.RecurJob(job_key=j.key)) for j in self.waits(Job) if j.retry_at is not None
        ]
        starts = [Due(start.due_at, start.key, start.command, start) for start in self.start_timers]
        return min([*timers, *back_offs, *starts], key=lambda due: due[:2], default=None)

    def arm_start_timers(self) -> None:
        """From now on timer start events begin by themselves. Raises Rejection where one has no date."""
        for graph in self.deployed.latest():
            for start in graph.starts:
                if start.kind == "timer":
                    self.start_timers.append(StartTimer(self.new_key(), graph, start, self.now))

    def hold(self) -> None:
        """From now on, what follows for other instances is on its way."""
        self._held = True

    def let_go(self) -> None:
        """What was on its way arrives."""
        self._held = False
        self.run()

    def go_on(self) -> None:
        """Continue with what was put off."""
        self._queue.extend(self._put_off)
        self._put_off = []
        self.run()

    @property
    def is_put_off(self) -> bool:
        """Whether there is something that `go_on` would continue."""
        return bool(self._put_off)

    # ---- What is there ----------------------------------------------------------------------------------------------

    def waits(self, kind: type[W]) -> list[W]:
        """All open waits of a kind (Job, Timer, Incident, …), of all instances, oldest first."""
        found = [w for i in self.all_instances.values() for w in i.waits.values() if isinstance(w, kind)]
        return sorted(found, key=lambda wait: wait.key)

    # ---- Carrying out -----------------------------------------------------------------------------------------------

    def _carry_out(self, command: c.Command) -> object:
        match command:
            case c.CreateInstance():
                return self._create(command)
            case c.BroadcastSignal():
                return self._signal(command)
            case c.PublishMessage():
                reached = self.mailbox.publish(command)
                self._queue.extend(reached)
                return len(reached)
            case _:
                return self._advance(command)

    def _create(self, command: c.CreateInstance) -> int:
        graph = self.deployed.find(command)
        waiting = instead(self, graph, command)
        if waiting is not None:
            return self._go_on_instead(command, waiting)
        key = command.key or self.new_key()
        outcome = machine.create(graph, command, key, self.now, self.new_key, self.deployed)
        self.all_instances[key] = outcome.instance
        self._note(command, outcome)
        return key

    def _go_on_instead(self, command: c.CreateInstance, waiting: list[Waiting]) -> int:
        """What was about to begin an instance goes to those that wait for it; answers the first of them."""
        if command.message_key is not None:
            self._queue.extend(self.mailbox.returned(command, again=True))
        else:
            self._queue.extend(deliver(each.instance_key, each.key, command.variables) for each in waiting)
        return waiting[0].instance_key if waiting else 0

    def _advance(self, command: c.Command) -> object:
        instance = self._target(command)
        try:
            outcome = machine.advance(instance, command, self.now, self.new_key, self.deployed)
        except c.Rejection:
            assert not instance.changes, "a command that is refused leaves no trace"
            raise
        self._note(command, outcome)
        return outcome.result

    def _target(self, command: c.Command) -> Instance:
        key = command.target
        for instance in self.all_instances.values():
            if instance.ended_at is None and (key in instance.elements or key in instance.waits):
                return instance
        raise not_found(command)

    def _note(self, command: c.Command, outcome: machine.Outcome) -> None:
        self._queue.extend(outcome.follow_ups)
        if not outcome.events:
            return  # a preview, or a question that is passed on
        self._queue.extend(self.mailbox.after(outcome.instance))
        self.noted(command, outcome)
        outcome.instance.changes.clear()

    def run(self) -> None:
        """Carry out what follows from what was done, until there is nothing more."""
        followed: Counter[type[c.Command]] = Counter()
        while self._queue and not self._held:
            command = self._queue.popleft()
            if not self.may_follow(command, followed):
                self._put_off.append(command)
                continue
            followed[type(command)] += 1
            try:
                self._carry_out(command)
            except c.Rejection as rejection:
                self._queue.extend(self._refused(command, rejection))

    def _refused(self, command: c.Command, rejection: c.Rejection) -> list[c.Command]:
        """What becomes of a follow-up that cannot be carried out: mostly, what it was for is gone meanwhile."""
        if isinstance(command, c.CreateInstance) and command.parent_key and command.parent_element_key:
            failed = c.ReportCallFailed(
                process_instance_key=command.parent_key,
                element_instance_key=command.parent_element_key,
                reason=rejection.reason,
            )
            return [failed]
        if isinstance(command, c.CreateInstance | c.DeliverMessage):
            return self.mailbox.returned(command)
        return []

    # ---- Signals ----------------------------------------------------------------------------------------------------

    def _signal(self, signal: c.BroadcastSignal) -> int:
        commands: list[c.Command] = [
            deliver(wait.element.instance.key, wait.key, signal.variables)
            for wait in self.waits(Subscription)
            if wait.kind is SubscriptionKind.SIGNAL and wait.name == signal.name
        ]
        commands += [
            start_by(graph, start, signal.variables)
            for graph in self.deployed.latest()
            for start in graph.starts
            if (start.kind, start.name) == ("signal", signal.name)
        ]
        self._queue.extend(commands)
        return len(commands)


def deliver(instance_key: int, subscription_key: int, variables: dict[str, Any]) -> c.DeliverSignal:
    """The command that brings a signal to who waits for it."""
    return c.DeliverSignal(process_instance_key=instance_key, subscription_key=subscription_key, variables=variables)


def start_by(graph: Graph, start: StartDefinition, variables: dict[str, Any]) -> c.CreateInstance:
    """The command that starts a process at a start event that was triggered."""
    return c.CreateInstance(
        process_definition_key=graph.definition_key,
        process_id=graph.process_id,
        start_event=start.element_id,
        start_kind=start.kind,
        start_name=start.name,
        variables=variables,
    )
