"""What the page shows of a sandbox, as plain values for its templates and for the diagram."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from engine.machine.graph import Graph
from engine.machine.lifecycle import ElementState
from engine.machine.state import Incident, Instance, UserTask
from engine.machine.values import visible
from engine.sandbox import Sandbox
from engine.sandbox.mailbox import Message
from engine.sandbox.steps import PublishMessage, describe
from engine.sandbox.waiting import ScopeVariables, Waiting, find_wait, scopes, waiting
from engine.xml import parse
from web.play.playing import Played
from web.play.store import Stored
from web.tasks.forms import embedded_form, embedded_start_form

#: More than this is counted, not listed: a multi-instance body may wait for thousands.
MOST_LISTED = 100
#: Elements of a step that are told in the log.
MOST_TOLD = 30


class StartWay(NamedTuple):
    """A way to start a process: its none start event (`event` empty), or one that something sets off."""

    process_id: str
    process_name: str
    event: str
    kind: str
    name: str
    form: str


class InstanceLine(NamedTuple):
    """An instance in the list; `state` as on the wire."""

    key: int
    process_id: str
    name: str
    nth: int
    state: str
    incident: bool
    caller: int | None
    chosen: bool


class LogLine(NamedTuple):
    """A step that was taken: which one (1 is the first), when on the sandbox's clock, and what it led to."""

    number: int
    text: str
    at: int
    path: list[str]
    incidents: list[str]
    decisions: list[str]
    answer: str


class Picture(NamedTuple):
    """Everything that changes with a step."""

    stored: Stored
    now: int
    next_at: int | None
    starts: list[StartWay]
    waits: list[tuple[str, Waiting]]
    more_waits: int
    instances: list[InstanceLine]
    more_instances: int
    chosen: InstanceLine | None
    scopes: list[ScopeVariables]
    messages: list[Message]
    log: list[LogLine]
    step_count: int
    names: list[tuple[str, str]]
    is_put_off: bool
    told: str
    diagram: str


def picture_of(played: Played, instance_key: int | None) -> Picture:
    """The page of a sandbox; the diagram is that of an instance, else of the newest that runs."""
    stored, bench, told = played
    chosen = _chosen(bench, instance_key)
    lines = _instances(bench, chosen)
    waits = [(f"wait-{number}", each) for number, each in enumerate(waiting(bench))]
    due, name = bench.next_due(), _names(bench)
    return Picture(
        stored=stored,
        now=bench.now,
        next_at=due.at if due else None,
        starts=_starts(bench),
        waits=waits[:MOST_LISTED],
        more_waits=max(len(waits) - MOST_LISTED, 0),
        instances=lines[-MOST_LISTED:],
        more_instances=max(len(lines) - MOST_LISTED, 0),
        chosen=next((line for line in lines if line.chosen), None),
        scopes=scopes(bench)[:MOST_LISTED],
        messages=bench.mailbox.kept(),
        log=[_line(bench, number, name) for number in range(len(bench.taken), 0, -1)[:MOST_LISTED]],
        step_count=len(bench.taken),
        names=_waited_for(bench, [each for _, each in waits]),
        is_put_off=bench.is_put_off,
        told=told,
        diagram=_diagram(bench, chosen, waits[:MOST_LISTED]),
    )


# ---- Instances -------------------------------------------------------------------------------------------------------


def _chosen(bench: Sandbox, key: int | None) -> Instance | None:
    if key in bench.all_instances:
        return bench.all_instances[key]
    roots = [each for each in bench.all_instances.values() if each.parent_key is None]
    running = [each for each in roots if each.ended_at is None]
    return next(reversed(running or roots), None)


def _instances(bench: Sandbox, chosen: Instance | None) -> list[InstanceLine]:
    counts: dict[str, int] = {}
    lines: list[InstanceLine] = []
    stuck = {each.instance_key for each in waiting(bench) if each.kind == "incident"}
    for instance in bench.all_instances.values():
        process_id, running = instance.graph.process_id, instance.ended_at is None
        nth = counts.get(process_id, 0)
        counts[process_id] = nth + running
        lines.append(
            InstanceLine(
                key=instance.key,
                process_id=process_id,
                name=instance.graph.name or process_id,
                nth=nth if running else 0,
                state=_state(instance),
                incident=instance.key in stuck,
                caller=instance.parent_key,
                chosen=instance is chosen,
            )
        )
    return lines


def _state(instance: Instance) -> str:
    state = instance.root.state
    return state.name if state in (ElementState.COMPLETED, ElementState.TERMINATED) else "ACTIVE"


# ---- What can be done ------------------------------------------------------------------------------------------------


def _starts(bench: Sandbox) -> list[StartWay]:
    ways: list[StartWay] = []
    for graph in bench.shelf.latest():
        name = graph.name or graph.process_id
        if graph.process.start is not None:
            ways.append(StartWay(graph.process_id, name, "", "none", name, _start_form(bench, graph)))
        ways += [
            StartWay(graph.process_id, name, start.element_id, start.kind, start.name or start.node.name, "")
            for start in graph.starts
        ]
    return ways


def _start_form(bench: Sandbox, graph: Graph) -> str:
    """The form that a process is started with as JSON text, linked or in the file itself; empty without one."""
    linked = bench.shelf.start_form(graph)
    if linked is not None:
        return linked.decode()
    return embedded_start_form(parse(bench.shelf.text_of(graph))) or ""


def form_of(bench: Sandbox, each: Waiting) -> tuple[str, str] | None:
    """The form of a user task as JSON text, and what it shows first; None where it has none."""
    task = find_wait(bench, each.kind, each.element, each.nth)
    if not isinstance(task, UserTask):
        return None
    if task.form_key is not None:
        form = bench.shelf.form(task.form_key).decode()
    else:
        root = parse(bench.shelf.text_of(task.element.instance.graph))
        form = embedded_form(root, task.external_form_reference) or ""
    return (form, json_text(visible(task.element))) if form else None


def _waited_for(bench: Sandbox, waits: list[Waiting]) -> list[tuple[str, str]]:
    """Kind and name of the messages and signals that somebody waits for, or that start a process."""
    found: dict[tuple[str, str], None] = {(each.kind, each.detail): None for each in waits}
    found |= {(start.kind, start.name): None for graph in bench.shelf.latest() for start in graph.starts}
    return [(kind, name) for kind, name in found if kind in ("message", "signal")]


def json_text(value: Any) -> str:
    """A value as a person reads and writes it."""
    return msgspec.json.encode(value).decode()


# ---- What has happened -----------------------------------------------------------------------------------------------


def _line(bench: Sandbox, number: int, name: Callable[[str], str]) -> LogLine:
    taken = bench.taken[number - 1]
    effect = taken.effect
    answer, text = effect.answer, describe(taken.step, name)
    if isinstance(taken.step, PublishMessage) and effect.entered:
        answer = ""  # the path says it
    return LogLine(
        number=number,
        text=text[0].upper() + text[1:],
        at=taken.at,
        path=_told([name(id) for id in effect.entered]),
        incidents=_told([f"{name(element)}: {message}" for element, _, message in effect.incidents]),
        decisions=_told([f"{each['name'] or each['id']} = {each['output']}" for each in effect.decisions]),
        answer=answer,
    )


def _told(texts: list[str]) -> list[str]:
    """The first of many, and how many more there are."""
    more = len(texts) - MOST_TOLD
    return texts if more <= 0 else [*texts[:MOST_TOLD], f"and {more} more"]


def _names(bench: Sandbox) -> Callable[[str], str]:
    """What people call an element or a process, by its id: its name, if it has one."""
    names = {node.id: node.name for graph in bench.shelf.latest() for node in graph.nodes.values()}
    return lambda id: names.get(id) or id


# ---- The diagram -----------------------------------------------------------------------------------------------------


def _diagram(bench: Sandbox, instance: Instance | None, waits: list[tuple[str, Waiting]]) -> str:
    """JSON for modeler/play: which drawing, what each element holds, and the buttons of the list that are for it."""
    graph = instance.graph if instance is not None else next(iter(bench.shelf.latest()))
    value: dict[str, Any] = {"process": graph.process_id, "tokens": [], "flows": {}, "waits": []}
    if instance is not None:
        value["tokens"] = _tokens(bench, instance)
        value["flows"] = dict(bench.trails[instance.key].flows)
        value["waits"] = [
            {"id": id, "element": each.element, "kind": each.kind, "name": each.name}
            for id, each in waits
            if each.instance_key == instance.key
        ]
    return msgspec.json.encode(value).decode()


def _tokens(bench: Sandbox, instance: Instance) -> list[dict[str, str | int]]:
    """Per element: how many tokens are there, how many incidents, how many have gone on or were taken away."""
    trail = bench.trails[instance.key]
    stuck = {incident.element.key for incident in bench.waits(Incident)}
    active, incidents = Counter[str](), Counter[str]()
    for element in instance.elements.values():
        if element.key in stuck:
            incidents[element.node.id] += 1
        elif not _has_inner(element.node):
            active[element.node.id] += 1
    return [
        {
            "elementId": id,
            "active": active[id],
            "incidents": incidents[id],
            "completed": trail.completed[id],
            "terminated": trail.terminated[id],
        }
        for id in trail.entered
        if id in instance.graph.nodes and id != instance.graph.process_id
    ]


def _has_inner(node: Any) -> bool:
    """A multi-instance body: its inner instances are the tokens that are seen."""
    return node.inner_node is not None
