"""Play a process on the pure machine: no database, no server, and a clock that the story moves.

    story = play("exclusive_gateway.bpmn", amount=12)
    assert story.path == ["start", "decide", "big", "end"]

A story is told in commands (`complete`, `message`, `forward`, …) and read in what has happened (`path`, `jobs`,
`incidents`, `variables`). What follows from one instance for others (called processes, messages, signals) is carried
out at once, as the runtime would.

Every story is also a test of durability: after each command the events so far, replayed from nothing, must give the
same instance as the one that is alive, and so must what PostgreSQL gives back after the changes were written to it
(`CHECKS`; see tests/stored.py).
"""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from engine.bpmn import compile_model
from engine.machine import advance as machine
from engine.machine import commands as c
from engine.machine import events as ev
from engine.machine.apply import apply, instance_of, migrate_to
from engine.machine.graph import Graph
from engine.machine.lifecycle import ElementState
from engine.machine.state import (
    ElementInstance,
    Incident,
    Instance,
    Job,
    UserTask,
    Wait,
)
from engine.sandbox.bench import Bench, start_by
from engine.triggers.schedule import parse_duration

FIXTURES = Path(__file__).parent / "fixtures"
SAMPLES = Path(__file__).parent.parent / "bpmn_samples"

#: 2026-01-01T00:00:00Z in milliseconds: when every story begins.
BEGINNING = 1_767_225_600_000

#: Called after each command on an instance; each must raise AssertionError where it finds a difference.
CHECKS: list[Callable[[Recorded], None]] = []

_keys = itertools.count(1)


class Logged(NamedTuple):
    """One command on an instance: when, its name and its events."""

    at: int
    command: str
    events: list[ev.Event]


#: An instance with more elements than this is compared with its replay at every so many commands only.
LARGE = 100


class Recorded:
    """An instance that is alive, everything that has happened to it, and what a replay of that makes."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.log: list[Logged] = []
        self._replayed: Instance | None = None

    @property
    def compared(self) -> bool:
        """Whether this command is one after which the instance is compared with what it is elsewhere."""
        return len(self.instance.elements) < LARGE or len(self.log) % LARGE == 0

    def note(self, at: int, command: str, events: list[ev.Event]) -> None:
        """Log the events of one command, and replay them on what the earlier ones made."""
        self.log.append(Logged(at, command, events))
        if self._replayed is None:
            created, *events = events
            assert isinstance(created, ev.InstanceCreated)
            self._replayed = instance_of(self.instance.graph, created, at)
        for event in events:
            if isinstance(event, ev.InstanceMigrated):
                migrate_to(self._replayed, event, self.instance.graph)
            else:
                apply(self._replayed, event, at)
        self._replayed.version = len(self.log)
        self._replayed.changes.clear()
        if self.compared:
            assert_same(self._replayed, self.instance)


class Story(Bench):
    """Processes that are deployed together, the instances that run, and the time."""

    def __init__(self, graphs: dict[str, Graph], forms: dict[str, int] | None = None) -> None:
        super().__init__(self, BEGINNING, _keys.__next__)
        self.graphs = graphs
        self.forms = forms or {}
        self.resources: dict[str, int] = {}
        self.recorded: dict[int, Recorded] = {}
        self.patience: int | None = None  # how often one command may be continued; None: until it is done

    # ---- Told --------------------------------------------------------------------------------------------------------

    def start(self, process_id: str, /, variables: dict[str, Any] | None = None, **options: Any) -> Instance:
        """Start another instance."""
        key = self.do(c.CreateInstance(process_id=process_id, variables=variables or {}, **options))
        assert isinstance(key, int)
        return self.recorded[key].instance

    def complete(self, element_id: str = "", /, **variables: Any) -> None:
        """A worker completes the oldest open job of an element (or the only one there is)."""
        self.do(c.CompleteJob(job_key=self.job(element_id).key, variables=variables))

    def complete_job(self, job: Job, /, **variables: Any) -> None:
        """A worker completes this job."""
        self.do(c.CompleteJob(job_key=job.key, variables=variables))

    def fail(self, element_id: str = "", /, **options: Any) -> None:
        """A worker fails the job: retries=, message=, retry_back_off= (ms), variables=."""
        self.do(c.FailJob(job_key=self.job(element_id).key, **options))

    def throw(self, element_id: str, code: str, /, message: str = "", **variables: Any) -> None:
        """A worker throws a BPMN error."""
        job_key = self.job(element_id).key
        self.do(c.ThrowJobError(job_key=job_key, code=code, message=message, variables=variables))

    def complete_task(self, element_id: str = "", /, **variables: Any) -> None:
        """A person completes a user task."""
        self.do(c.CompleteUserTask(user_task_key=self.task(element_id).key, variables=variables))

    def message(self, name: str, correlation_key: str = "", /, ttl: int = 0, **variables: Any) -> int:
        """A message is published; how many instances it reached."""
        message = c.PublishMessage(name=name, correlation_key=correlation_key, time_to_live=ttl, variables=variables)
        reached = self.do(message)
        assert isinstance(reached, int)
        return reached

    def signal(self, name: str, /, **variables: Any) -> None:
        """A signal is broadcast."""
        self.do(c.BroadcastSignal(name=name, variables=variables))

    def forward(self, duration: str) -> None:
        """Let time pass ("PT10S", "P3D"); timers and back-offs that come due on the way fire in order."""
        self.forward_to(parse_duration(duration).first_due(self.now))

    def resolve(self, incident: Incident | None = None) -> None:
        """An operator resolves an incident (the only one there is)."""
        (wait,) = [incident] if incident else self.waits(Incident)
        self.do(c.ResolveIncident(incident_key=wait.key))

    def set_variables(self, element_id: str = "", /, local: bool = False, **variables: Any) -> None:
        """Somebody sets variables at an element instance, or at the process."""
        key = self.element(element_id).key if element_id else self.instance.key
        self.do(c.SetVariables(element_instance_key=key, variables=variables, local=local))

    def cancel(self) -> None:
        """Somebody cancels the first instance."""
        self.do(c.CancelInstance(process_instance_key=self.instance.key))

    def update_job(self, element_id: str = "", /, **changes: Any) -> None:
        """Somebody changes a job: retries=, priority=."""
        self.do(c.UpdateJob(job_key=self.job(element_id).key, **changes))

    def suspend(self) -> None:
        """Somebody suspends the first instance."""
        self.do(c.SuspendInstance(process_instance_key=self.instance.key))

    def resume(self) -> None:
        """Somebody resumes the first instance."""
        self.do(c.ResumeInstance(process_instance_key=self.instance.key))

    @contextlib.contextmanager
    def follow_ups_held(self) -> Iterator[None]:
        """Within, what follows for other instances is not carried out yet: it is on its way."""
        self.hold()
        yield
        self.let_go()

    def do(self, command: c.Command) -> object:
        """Carry out any command, and all that follows from it. Raises Rejection."""
        return self.execute(command)

    # ---- Read --------------------------------------------------------------------------------------------------------

    @property
    def instance(self) -> Instance:
        """The instance that the story began with."""
        return next(iter(self.recorded.values())).instance

    def instances(self, process_id: str) -> list[Instance]:
        """All instances of a process, oldest first."""
        return [r.instance for r in self.recorded.values() if r.instance.graph.process_id == process_id]

    @property
    def state(self) -> str:
        """COMPLETED, TERMINATED or (any other state) ACTIVE."""
        state = self.instance.root.state
        return state.name if state in (ElementState.COMPLETED, ElementState.TERMINATED) else "ACTIVE"

    @property
    def path(self) -> list[str]:
        """Element ids in the order in which they were activated, called processes after one another."""
        return [
            event.element_id
            for record in self.recorded.values()
            for event in _events(record)
            if isinstance(event, ev.ElementActivating)
        ]

    def path_of(self, process_id: str) -> list[str]:
        """The path of the instances of one process."""
        keys = {instance.key for instance in self.instances(process_id)}
        return [
            event.element_id
            for key, record in self.recorded.items()
            if key in keys
            for event in _events(record)
            if isinstance(event, ev.ElementActivating)
        ]

    @property
    def flows(self) -> list[str]:
        """Sequence flows in the order in which they were taken."""
        return [event.flow_id for event in self.events if isinstance(event, ev.SequenceFlowTaken)]

    @property
    def completed(self) -> list[str]:
        """Element ids in the order of completion."""
        return self._left(ev.ElementCompleted)

    @property
    def terminated(self) -> list[str]:
        """Element ids in the order of termination."""
        return self._left(ev.ElementTerminated)

    def _left(self, kind: type[ev.Event]) -> list[str]:
        found: list[str] = []
        for record in self.recorded.values():
            ids = {e.key: e.element_id for e in _events(record) if isinstance(e, ev.ElementActivating)}
            found += [ids[e.key] for e in _events(record) if isinstance(e, kind) and e.key in ids]  # type: ignore[attr-defined]
        return found

    @property
    def events(self) -> list[ev.Event]:
        """Everything that has happened, of all instances."""
        return [event for record in self.recorded.values() for event in _events(record)]

    @property
    def jobs(self) -> list[str]:
        """Element ids of the open jobs, oldest first."""
        return [job.element.node.id for job in self.waits(Job)]

    @property
    def tasks(self) -> list[str]:
        """Element ids of the open user tasks, oldest first."""
        return [task.element.node.id for task in self.waits(UserTask)]

    @property
    def incidents(self) -> list[tuple[str, str]]:
        """Element id and type of the open incidents, oldest first."""
        return [(incident.element.node.id, incident.type.name) for incident in self.waits(Incident)]

    @property
    def active(self) -> list[str]:
        """Element ids of everything that is active, the process itself aside, in the order of activation."""
        return [
            element.node.id
            for record in self.recorded.values()
            for element in sorted(record.instance.elements.values(), key=lambda e: e.key)
            if element.scope is not None
        ]

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the process (the root scope) of the first instance, also after its end."""
        return self.variables_of(self.instance)

    @staticmethod
    def variables_of(instance: Instance) -> dict[str, Any]:
        """The variables of the root scope of an instance."""
        return {name: variable.value for name, variable in instance.root.variables.items()}

    def locals(self, element_id: str) -> dict[str, Any]:
        """The local variables of an active element instance."""
        return {name: variable.value for name, variable in self.element(element_id).variables.items()}

    def job(self, element_id: str = "") -> Job:
        """The oldest open job of an element."""
        found: list[Job] = [j for j in self.waits(Job) if not element_id or j.element.node.id == element_id]
        assert found, f"no job of '{element_id}', only of {self.jobs}; incidents: {self.incidents}"
        return found[0]

    def task(self, element_id: str = "") -> UserTask:
        """The oldest open user task of an element."""
        found: list[UserTask] = [t for t in self.waits(UserTask) if not element_id or t.element.node.id == element_id]
        assert found, f"no user task of '{element_id}', only of {self.tasks}; incidents: {self.incidents}"
        return found[0]

    def element(self, element_id: str) -> ElementInstance:
        """The oldest active element instance of an element."""
        found = [e for r in self.recorded.values() for e in r.instance.elements.values() if e.node.id == element_id]
        assert found, f"'{element_id}' is not active, only {self.active}"
        return min(found, key=lambda e: e.key)

    # ---- What is deployed --------------------------------------------------------------------------------------------

    secret = b"a story is the same each time"

    def find(self, command: c.CreateInstance) -> Graph:
        graph = self.graphs.get(command.process_id)
        if graph is None:
            reason = f"Expected process with BPMN process id '{command.process_id}' to be deployed, but not found."
            raise c.Rejection("NOT_FOUND", reason)
        return graph

    def latest(self) -> Iterable[Graph]:
        return self.graphs.values()

    def graph(self, key: int) -> Graph:
        return next(graph for graph in self.graphs.values() if graph.definition_key == key)

    def resource_key(self, resource_id: str, binding: str, version_tag: str, graph: Graph) -> int | None:
        return self.resources.get(resource_id)

    def decision(self, decision_id: str, binding: str, version_tag: str, graph: Graph) -> None:
        return None  # decisions are deployed, and played in tests/runtime/test_decisions.py

    def form_key(self, form_id: str, binding: str, version_tag: str, graph: Graph) -> int | None:
        return self.forms.get(form_id)

    # ---- Each command ------------------------------------------------------------------------------------------------

    def may_follow(self, command: c.Command, followed: Counter[type[c.Command]]) -> bool:
        return self.patience is None or not isinstance(command, c.Continue) or followed[c.Continue] < self.patience

    def noted(self, command: c.Command, outcome: machine.Outcome) -> None:
        key = outcome.instance.key
        record = self.recorded.setdefault(key, Recorded(outcome.instance))
        decoded = ev.decode(ev.encode(outcome.events))
        assert decoded == outcome.events, "the log must read back as it was written"
        record.note(self.now, type(command).__name__, decoded)
        for check in CHECKS:
            check(record)
        self.all_instances[key] = record.instance

    def start_timer(self, process_id: str) -> Instance:
        """The timer start event of a process comes."""
        graph = self.graphs[process_id]
        (start,) = [start for start in graph.starts if start.kind == "timer"]
        key = self.execute(start_by(graph, start, {}))
        assert isinstance(key, int)
        return self.recorded[key].instance


def _events(record: Recorded) -> list[ev.Event]:
    return [event for _, _, events in record.log for event in events]


def deploy(*files: str | bytes, forms: dict[str, int] | None = None) -> Story:
    """A story in which these models are deployed and nothing runs yet.

    A model is a file of tests/fixtures or bpmn_samples, or its text; `forms` are the keys of deployed forms by id.
    """
    graphs: dict[str, Graph] = {}
    for file in files:
        for graph in compile_model(_text_of(file), file if isinstance(file, str) else "").processes:
            graph.definition_key = next(_keys)
            graph.version = 1
            graphs[graph.process_id] = graph
    return Story(graphs, forms)


def _text_of(file: str | bytes) -> bytes:
    if isinstance(file, bytes):
        return file
    folder = FIXTURES if (FIXTURES / file).exists() else SAMPLES
    return (folder / file).read_bytes()


def play(file: str | bytes, /, *others: str | bytes, **variables: Any) -> Story:
    """Deploy a model (and others that it calls) and start the process of the file's name (else its first)."""
    story = deploy(file, *others)
    name = Path(file).stem if isinstance(file, str) else ""
    story.start(name if name in story.graphs else next(iter(story.graphs)), variables)
    return story


# ---- The same instance? ----------------------------------------------------------------------------------------------


def assert_same(found: Instance, expected: Instance) -> None:
    """Both are the same in everything that matters for what happens next."""
    assert snapshot(found) == snapshot(expected)


def snapshot(instance: Instance) -> dict[str, Any]:
    """All of an instance, as plain values."""
    return {
        "instance": [
            getattr(instance, name)
            for name in ("key", "tenant", "version", "parent_key", "parent_element_key", "root_key", "business_id")
        ]
        + [instance.tags, instance.started_at, instance.ended_at, instance.suspended_at],
        "root": instance.root.state,
        "elements": {key: _element(element) for key, element in sorted(instance.elements.items())},
        "waits": {key: _wait(wait) for key, wait in sorted(instance.waits.items())},
    }


def _element(element: ElementInstance) -> dict[str, Any]:
    return {
        "node": (element.node.id, element.node.inner),
        "scope": element.scope.key if element.scope else None,
        "state": element.state.name,
        "started": element.started_at,
        "loop": (element.loop_counter, element.completed, element.terminated, element.results),
        "tokens": element.tokens,
        "data": element.data or None,
        "variables": {name: (v.key, v.text) for name, v in sorted(element.variables.items())},
        "children": list(element.children),
        "waits": sorted(element.waits),
    }


_IGNORED = {"element", "new", "open", "node", "released", "key"}


def _wait(wait: Wait) -> dict[str, Any]:
    names = {name for cls in type(wait).__mro__ for name in getattr(cls, "__slots__", ())} - _IGNORED
    node = getattr(wait, "node", None)
    fields = {name: getattr(wait, name) for name in sorted(names)}
    return {"kind": type(wait).__name__, "element": wait.element.key, "node": node and node.id, **fields}
