"""What a bench waits for, and its variables, as plain values that a page or a test can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from engine.elements.ad_hoc_sub_process import AdHocSubProcess
from engine.machine.graph import Node
from engine.machine.lifecycle import ElementState, JobState, ListenerEvent, SubscriptionKind, UserTaskState
from engine.machine.state import (
    ElementInstance,
    Incident,
    Instance,
    Job,
    MessageSubscription,
    Subscription,
    Timer,
    UserTask,
    Wait,
)
from engine.sandbox.bench import Bench

Kind = Literal["job", "task", "timer", "message", "signal", "condition", "incident", "ad-hoc"]


class Waiting(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Something that does not go on by itself: `nth` of its kind at an element, as steps count.

    `detail`: the type of a job, the name of a message or signal, the type of an incident, the condition. `due_at` of
    a timer or of the end of a job's back-off, in milliseconds. `codes`: of BPMN errors that are caught around a job.
    `activities`: ids and names of what can be begun in an ad-hoc sub-process.
    """

    kind: Kind
    element: str
    nth: int
    name: str
    instance_key: int
    detail: str = ""
    listener: str = ""
    correlation_key: str = ""
    due_at: int | None = None
    retries: int = 0
    message: str = ""
    headers: dict[str, Any] = {}
    codes: list[str] = []
    assignee: str | None = None
    candidate_groups: list[str] = []
    candidate_users: list[str] = []
    due_date: str | None = None
    form_key: int | None = None
    with_retries: bool = False
    activities: list[tuple[str, str]] = []


class ScopeVariables(msgspec.Struct, kw_only=True):
    """The variables that an active element, or an instance, holds itself."""

    element: str
    nth: int
    name: str
    instance_key: int
    ended: bool
    variables: dict[str, Any]


def waiting(bench: Bench) -> list[Waiting]:
    """Everything that the bench waits for, in the order in which it came; compensation aside, which is thrown."""
    counts: Counter[tuple[str, str]] = Counter()
    found: list[Waiting] = []
    for wait in bench.waits(Wait):
        told = _tell(wait)
        if told is not None:
            told.nth = counts[told.kind, told.element]
            counts[told.kind, told.element] += 1
            found.append(told)
    return found + list(_ad_hoc(bench))


def find_wait(bench: Bench, kind: Kind, element: str, nth: int) -> Wait | None:
    """The wait that a step speaks of."""
    found = [
        wait for wait in bench.waits(Wait) if (told := _tell(wait)) and (told.kind, told.element) == (kind, element)
    ]
    return found[nth] if nth < len(found) else None


def find_scope(bench: Bench, element: str, nth: int) -> ElementInstance | None:
    """The active element, or the running instance (by the id of its process), that a step speaks of."""
    found = [scope for scope in _scopes(bench) if scope.node.id == element and scope.ended_at is None]
    return found[nth] if nth < len(found) else None


def find_ad_hoc(bench: Bench, element: str, nth: int) -> ElementInstance | None:
    """The active ad-hoc sub-process that a step speaks of."""
    found = [scope for scope in _ad_hoc_scopes(bench) if scope.node.id == element]
    return found[nth] if nth < len(found) else None


def scopes(bench: Bench) -> list[ScopeVariables]:
    """All instances, and the active elements in them that hold variables; ended instances count apart."""
    counts: Counter[tuple[str, bool]] = Counter()
    found: list[ScopeVariables] = []
    for scope in _scopes(bench):
        place = (scope.node.id, scope.ended_at is not None)
        told = ScopeVariables(
            element=scope.node.id,
            nth=counts[place],
            name=_name(scope.node),
            instance_key=scope.instance.key,
            ended=scope.ended_at is not None,
            variables={name: variable.value for name, variable in sorted(scope.variables.items())},
        )
        counts[place] += 1
        if told.variables or scope.scope is None:
            found.append(told)
    return found


def _scopes(bench: Bench) -> Iterator[ElementInstance]:
    for instance in bench.all_instances.values():
        yield instance.root
        yield from sorted((e for e in instance.elements.values() if e.scope is not None), key=lambda e: e.key)


def _name(node: Node) -> str:
    return node.name or node.id


def _tell(wait: Wait) -> Waiting | None:
    match wait:
        case Job():
            return _job(wait)
        case UserTask():
            return _task(wait)
        case Timer():
            return _event(wait, wait.node, "timer", due_at=wait.due_at, detail=wait.cycle)
        case MessageSubscription():
            return _event(wait, wait.node, "message", detail=wait.name, correlation_key=wait.correlation_key)
        case Subscription(kind=SubscriptionKind.SIGNAL):
            return _event(wait, wait.node, "signal", detail=wait.name)
        case Subscription(kind=SubscriptionKind.CONDITION):
            return _event(wait, wait.node, "condition", detail=_condition(wait.node))
        case Incident():
            return _event(
                wait,
                wait.element.node,
                "incident",
                detail=wait.type.name,
                message=wait.message,
                with_retries=wait.job_key is not None and _needs_retries(wait.element.instance, wait.job_key),
            )
        case _:
            return None


def _event(wait: Wait, node: Node, kind: Kind, **details: Any) -> Waiting:
    instance_key = wait.element.instance.key
    return Waiting(kind=kind, element=node.id, nth=0, name=_name(node), instance_key=instance_key, **details)


def _condition(node: Node) -> str:
    texts = [part.condition.text for part in node.trigger.parts if part.kind == "conditional"]
    return " or ".join(texts)


def _needs_retries(instance: Instance, job_key: int) -> bool:
    job = instance.waits.get(job_key)
    return isinstance(job, Job) and job.retries <= 0


def _job(job: Job) -> Waiting | None:
    """An open job; one whose incident is to be resolved first, or that an uncaught error stopped, is told there."""
    if job.state is not JobState.CREATED and job.retry_at is None:
        return None
    return _event(
        job,
        job.element.node,
        "job",
        detail=job.type,
        listener="" if job.listener is ListenerEvent.UNSPECIFIED else job.listener.name.lower(),
        retries=job.retries,
        due_at=job.retry_at,
        message=job.error_message or "",
        headers=msgspec.json.decode(job.headers),
        codes=list(_codes(job.element)),
    )


def _codes(element: ElementInstance) -> Iterator[str]:
    """The codes of errors that are caught around an element, the innermost first; an empty one catches all."""
    scope: ElementInstance | None = element
    seen: set[str] = set()
    while scope is not None:
        for node in (*scope.node.boundary, *scope.node.event_starts):
            for part in node.trigger.parts if node.trigger is not None else ():
                if part.kind == "error" and part.code not in seen:
                    seen.add(part.code)
                    yield part.code
        scope = scope.scope


def _task(task: UserTask) -> Waiting | None:
    """A task that a person may act on now; while a listener's job is open, that is what goes on."""
    if task.state is not UserTaskState.CREATED:
        return None
    return _event(
        task,
        task.element.node,
        "task",
        assignee=task.assignee,
        candidate_groups=task.candidate_groups,
        candidate_users=task.candidate_users,
        due_date=task.due_date,
        form_key=task.form_key,
    )


def _ad_hoc(bench: Bench) -> Iterator[Waiting]:
    counts: Counter[str] = Counter()
    for scope in _ad_hoc_scopes(bench):
        yield Waiting(
            kind="ad-hoc",
            element=scope.node.id,
            nth=counts[scope.node.id],
            name=_name(scope.node),
            instance_key=scope.instance.key,
            activities=[(node.id, _name(node)) for node in AdHocSubProcess.startable(scope.node)],
        )
        counts[scope.node.id] += 1


def _ad_hoc_scopes(bench: Bench) -> Iterator[ElementInstance]:
    for scope in _scopes(bench):
        if isinstance(scope.node.behavior, AdHocSubProcess) and scope.state is ElementState.ACTIVATED:
            yield scope
