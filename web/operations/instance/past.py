"""How an instance stood after one of its steps: a replay as the views that the present fills, too."""

from __future__ import annotations

from engine.machine.lifecycle import FINAL
from engine.machine.state import ElementInstance, Variable
from engine.runtime.history import Past
from web.operations.instance.audit import headline
from web.operations.instance.reading import INCIDENTS_SHOWN, PAGE, state_word
from web.operations.instance.views import (
    LONGEST_VALUE,
    ElementCount,
    IncidentView,
    ScopeVariables,
    Snapshot,
    VariableView,
    Visit,
    Visits,
)
from web.pages import datetime_text

BODY = "MULTI_INSTANCE_BODY"  # is not counted: its inner instances are


def snapshot(past: Past, latest: int) -> Snapshot | None:
    """How it stood; None where no log of the instance is kept."""
    instance = past.instance
    if instance is None:
        return None
    graph, root = instance.graph, instance.root
    incidents = past.incidents
    suspended = instance.suspended_at is not None and root.state not in FINAL
    return Snapshot(
        key=str(past.key),
        state="SUSPENDED" if suspended else state_word(root.state),
        suspended=suspended,
        definition_key=str(graph.definition_key),
        process_id=graph.process_id,
        process_name=graph.name or graph.process_id,
        process_version=graph.version,
        started_at=datetime_text(instance.started_at),
        ended_at=datetime_text(instance.ended_at),
        seq=past.seq,
        latest=latest,
        at=datetime_text(past.at),
        happened=headline(past.command, past.actor),
        ends_early=past.ends_early,
        elements=_counts(past),
        flows=dict(past.flows),
        incidents=[
            IncidentView(
                key=str(each.key),
                element_instance_key=str(each.element.key),
                element_id=each.element.node.id,
                type=each.type.name,
                message=each.message,
                job_key=None if each.job_key is None else str(each.job_key),
            )
            for each in incidents[:INCIDENTS_SHOWN]
        ],
        incident_count=len(incidents),
        stuck=bool(incidents),
    )


def _counts(past: Past) -> list[ElementCount]:
    stuck = {incident.element.key for incident in past.incidents}
    counts: dict[str, ElementCount] = {}
    for visit in past.visits.values():
        if visit.scope is None or visit.node.type == BODY:
            continue
        count = counts.setdefault(visit.node.id, ElementCount(element_id=visit.node.id))
        state = "incidents" if visit.key in stuck else state_word(visit.state).lower()
        setattr(count, state, getattr(count, state) + 1)
    return sorted(counts.values(), key=lambda count: count.element_id)


def _visit(past: Past, element: ElementInstance, stuck: set[int]) -> Visit:
    return Visit(
        key=str(element.key),
        scope_key=str(element.scope.key) if element.scope else None,
        element_id=element.node.id,
        name=element.node.name or element.node.id,
        type=element.node.type,
        state=state_word(element.state),
        incident=element.key in stuck,
        started_at=datetime_text(element.started_at),
        ended_at=datetime_text(element.ended_at),
        loop_counter=element.loop_counter,
        children=len(past.within.get(element.key, ())),
    )


def children(past: Past, scope: int, after: int, only_open: bool) -> Visits:
    """Those in a scope with keys after one that is given."""
    stuck = {incident.element.key for incident in past.incidents}
    all = [each for each in past.within.get(scope, ()) if not only_open or each.ended_at is None]
    rest = [element for element in all if element.key > after]
    return Visits(items=[_visit(past, each, stuck) for each in rest[:PAGE]], total=len(all), more=len(rest) > PAGE)


def of_element(past: Past, element_id: str) -> Visits:
    """The visits of one element: what was open first, then the latest."""
    stuck = {incident.element.key for incident in past.incidents}
    all = [visit for visit in past.visits.values() if visit.scope is not None and visit.node.id == element_id]
    all.sort(key=lambda visit: (visit.ended_at is not None, -visit.key))
    return Visits(items=[_visit(past, each, stuck) for each in all[:PAGE]], total=len(all), more=len(all) > PAGE)


def chain(past: Past, element_key: int) -> list[Visit]:
    """An element instance after those around it, the outermost first; empty if it had not begun yet."""
    stuck = {incident.element.key for incident in past.incidents}
    return [_visit(past, each, stuck) for each in reversed(_around(past, element_key)) if each.scope is not None]


def _around(past: Past, element_key: int) -> list[ElementInstance]:
    """The element instance and its scopes, the process last."""
    found = []
    element = past.visits.get(element_key)
    while element is not None:
        found.append(element)
        element = element.scope
    return found


def variables(past: Past, element_key: int, shown: int) -> list[ScopeVariables]:
    """What an element instance saw, scope by scope from itself outwards; of each scope the first `shown`."""
    return [
        ScopeVariables(
            scope_key=str(scope.key),
            name=(scope.node.name or scope.node.id) if scope.scope else "Process",
            open=False,
            items=[_variable(each) for _, each in sorted(scope.variables.items())][:shown],
            total=len(scope.variables),
        )
        for scope in _around(past, element_key)
    ]


def _variable(variable: Variable) -> VariableView:
    return VariableView(name=variable.name, text=variable.text[:LONGEST_VALUE], length=len(variable.text))


def value(past: Past, scope: int, name: str) -> str | None:
    """The whole JSON text of a variable, None if there was none."""
    element = past.visits.get(scope)
    variable = element.variables.get(name) if element else None
    return variable.text if variable else None
