"""How an instance stands now, read from the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Select, and_, exists, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from engine.machine.graph import Graph
from engine.machine.lifecycle import ElementState, IncidentType
from engine.runtime.history import History
from engine.store.keys import PART_SHIFT
from engine.store.search import PROCESS_INSTANCES, Reader, figures
from engine.store.search.joins import element_name, with_element
from engine.store.tables import element_instance as ei
from engine.store.tables import incident, process_element, variable
from engine.store.tables import process_instance as pi
from web.operations.instance.views import (
    LONGEST_VALUE,
    ElementCount,
    IncidentView,
    NodeView,
    ScopeVariables,
    Snapshot,
    VariableView,
    Visit,
    Visits,
)
from web.pages import datetime_text

PAGE = 100  # element instances at a time
INCIDENTS_SHOWN = 50
VARIABLES_SHOWN = 200

_STATES = {ElementState.COMPLETED: "COMPLETED", ElementState.TERMINATED: "TERMINATED"}


def state_word(state: int) -> str:
    """ACTIVE, COMPLETED or TERMINATED."""
    return _STATES.get(ElementState(state), "ACTIVE")


async def found(reader: Reader, key: int) -> Any | None:
    """The process instance (engine.store.search.PROCESS_INSTANCES), None if there is none."""
    return await reader.get(PROCESS_INSTANCES, key)


async def latest_step(reader: Reader, key: int) -> int:
    """The number of its last step, 0 if there is no such instance."""
    rows = await reader.rows(select(pi.c.version).where(pi.c.part == key >> PART_SHIFT, pi.c.key == key))
    return int(rows[0][0]) if rows else 0


# ---- The diagram ----------------------------------------------------------------------------------------------------


async def snapshot(reader: Reader, history: History, key: int) -> Snapshot | None:
    """How it stands now, None if there is no such instance."""
    instance = await found(reader, key)
    if instance is None:
        return None
    latest = await latest_step(reader, key)
    counts = await figures.elements_of_instance(reader, key)
    incidents, total = await open_incidents(reader, key)
    return Snapshot(
        key=str(key),
        state=instance.state,
        suspended=instance.state == "SUSPENDED",
        definition_key=instance.processDefinitionKey,
        process_id=instance.processDefinitionId,
        process_name=instance.processDefinitionName or instance.processDefinitionId,
        process_version=instance.processDefinitionVersion,
        started_at=instance.startDate,
        ended_at=instance.endDate or "",
        seq=latest,
        latest=latest,
        at="",
        happened="",
        ends_early=False,
        elements=[
            ElementCount(
                element_id=each.element_id,
                active=each.active,
                incidents=each.incidents,
                completed=each.completed,
                terminated=each.canceled,
            )
            for each in counts
        ],
        flows=await history.path(key, latest),
        incidents=incidents,
        incident_count=total,
        stuck=instance.hasIncident,
    )


async def open_incidents(reader: Reader, key: int) -> tuple[list[IncidentView], int]:
    """The oldest open incidents of an instance, and how many there are in all."""
    here = (incident.c.process_instance_key == key, incident.c.ended_at.is_(None))
    columns = (
        incident.c.key,
        incident.c.element_instance_key,
        incident.c.element_id,
        incident.c.type,
        incident.c.message,
        incident.c.job_key,
        func.count().over(),
    )
    rows = await reader.rows(select(*columns).where(*here).order_by(incident.c.key).limit(INCIDENTS_SHOWN))
    views = [
        IncidentView(
            key=str(row[0]),
            element_instance_key=str(row[1]),
            element_id=row[2],
            type=IncidentType(row[3]).name,
            message=row[4],
            job_key=None if row[5] is None else str(row[5]),
        )
        for row in rows
    ]
    return views, rows[0][6] if rows else 0


# ---- The tree -------------------------------------------------------------------------------------------------------


def _in_instance(key: int) -> tuple[Any, ...]:
    return ei.c.part == key >> PART_SHIFT, ei.c.process_instance_key == key


def _visits(key: int) -> Select[Any]:
    """Element instances of one instance, each with the number of those in it."""
    counts = select(ei.c.scope_key, func.count().label("children")).where(*_in_instance(key))
    children = counts.group_by(ei.c.scope_key).cte("children")
    stuck = exists().where(
        incident.c.part == ei.c.part,
        incident.c.process_instance_key == ei.c.process_instance_key,
        incident.c.element_instance_key == ei.c.key,
        incident.c.ended_at.is_(None),
    )
    rows = with_element(ei, ei.outerjoin(children, children.c.scope_key == ei.c.key), ei.c.inner)
    return (
        select(
            ei.c.key,
            ei.c.scope_key,
            ei.c.element_id,
            element_name(ei),
            process_element.c.type,
            ei.c.state,
            stuck,
            ei.c.started_at,
            ei.c.ended_at,
            ei.c.loop_counter,
            func.coalesce(children.c.children, 0),
        )
        .select_from(rows)
        .where(*_in_instance(key))
    )


def _visit(row: Sequence[Any]) -> Visit:
    key, scope, element, name, type, state, stuck, started, ended, counter, children = row
    return Visit(
        key=str(key),
        scope_key=str(scope),
        element_id=element,
        name=name,
        type=type or "UNKNOWN",
        state=state_word(state),
        incident=stuck,
        started_at=datetime_text(started),
        ended_at=datetime_text(ended),
        loop_counter=counter,
        children=children,
    )


async def _count(reader: Reader, *conditions: Any) -> int:
    return int((await reader.rows(select(func.count()).select_from(ei).where(*conditions)))[0][0])


async def children(reader: Reader, key: int, scope: int, after: int, only_open: bool) -> Visits:
    """Those in a scope with keys after one that is given, in the order in which they began."""
    conditions = [ei.c.scope_key == scope, *([ei.c.ended_at.is_(None)] if only_open else [])]
    statement = _visits(key).where(*conditions, ei.c.key > after).order_by(ei.c.key).limit(PAGE + 1)
    rows = await reader.rows(statement)
    total = await _count(reader, *_in_instance(key), *conditions)
    return Visits(items=[_visit(row) for row in rows[:PAGE]], total=total, more=len(rows) > PAGE)


async def of_element(reader: Reader, key: int, element_id: str) -> Visits:
    """The visits of one element: what is open first, then the latest."""
    conditions = [ei.c.element_id == element_id]
    statement = _visits(key).where(*conditions).order_by(ei.c.ended_at.is_not(None), ei.c.key.desc()).limit(PAGE)
    rows = await reader.rows(statement)
    total = await _count(reader, *_in_instance(key), *conditions)
    return Visits(items=[_visit(row) for row in rows], total=total, more=total > len(rows))


async def chain(reader: Reader, key: int, element_key: int) -> list[Visit]:
    """An element instance after those around it, the outermost first; without the process itself."""
    keys = await figures.scopes_around(reader, key, element_key)
    statement = _visits(key).where(ei.c.key == func.any(literal(keys, ARRAY(BigInteger))))
    visits = {int(row[0]): _visit(row) for row in await reader.rows(statement)}
    return [visits[each] for each in reversed(keys) if each in visits]


# ---- Variables ------------------------------------------------------------------------------------------------------


async def variables(reader: Reader, key: int, element_key: int, shown: int) -> list[ScopeVariables]:
    """What an element instance sees, scope by scope from itself outwards; of each scope the first `shown`."""
    around = list(reversed(await chain(reader, key, element_key))) if element_key != key else []
    scopes = [int(visit.key) for visit in around] + [key]
    value = variable.c.value
    statement = (
        select(variable.c.scope_key, variable.c.name, func.left(value, LONGEST_VALUE), func.length(value))
        .where(
            variable.c.part == key >> PART_SHIFT,
            variable.c.process_instance_key == key,
            variable.c.scope_key == func.any(literal(scopes, ARRAY(BigInteger))),
        )
        .order_by(variable.c.name)
    )
    held: dict[int, list[VariableView]] = {scope: [] for scope in scopes}
    for scope, name, text, length in await reader.rows(statement):
        held[scope].append(VariableView(name=name, text=text, length=length))
    open_scopes = {int(visit.key): visit.state == "ACTIVE" for visit in around}
    instance = await found(reader, key)
    open_scopes[key] = instance is not None and instance.endDate is None
    names = {int(visit.key): visit.name for visit in around} | {key: "Process"}
    return [
        ScopeVariables(
            scope_key=str(scope),
            name=names[scope],
            open=open_scopes[scope],
            items=held[scope][:shown],
            total=len(held[scope]),
        )
        for scope in scopes
    ]


async def value(reader: Reader, key: int, scope: int, name: str) -> str | None:
    """The whole JSON text of a variable, None if there is none."""
    rows = await reader.rows(
        select(variable.c.value).where(
            and_(
                variable.c.part == key >> PART_SHIFT,
                variable.c.process_instance_key == key,
                variable.c.scope_key == scope,
                variable.c.name == name,
            )
        )
    )
    return rows[0][0] if rows else None


# ---- The definition -------------------------------------------------------------------------------------------------


def nodes(graph: Graph) -> list[NodeView]:
    """The nodes of a process, for lists to choose from."""
    return [
        NodeView(
            id=node.id,
            name=node.name or node.id,
            type=node.type,
            enters=node.behavior.enters_alone,
            scope_id=node.scope.id if node.scope is not None else None,
        )
        for node in graph.nodes.values()
        if node is not graph.process
    ]
