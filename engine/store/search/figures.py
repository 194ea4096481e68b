"""What overviews show besides lists: counts by element and process, flows taken, call hierarchies, files.

Each is one statement, named for what it answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import CTE, BigInteger, Select, and_, case, exists, func, literal, not_, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from engine.machine.events import SequenceFlowTaken
from engine.machine.events import decode as decode_events
from engine.machine.lifecycle import ElementState
from engine.store.search.elements import LOOP_BODY
from engine.store.search.errors import InvalidSearch
from engine.store.search.instances import PROCESS_INSTANCES
from engine.store.search.joins import with_element
from engine.store.search.kinds import PART_SHIFT, Condition, part_of
from engine.store.search.query import Sort
from engine.store.search.reader import Reader
from engine.store.search.statement import conditions_of, definition_selects
from engine.store.tables import element_instance as ei
from engine.store.tables import incident, log, process_element, resource, variable
from engine.store.tables import process_definition as pd
from engine.store.tables import process_instance as pi


class ElementFigures(msgspec.Struct, rename="camel"):
    """How many instances of one element are in which state. One with an open incident counts as that, not
    as active.

    Of a multi-instance activity its inner instances are counted, not the body around them.
    """

    element_id: str
    active: int
    canceled: int
    incidents: int
    completed: int


class DefinitionFigures(msgspec.Struct, rename="camel"):
    """How many instances of a process, all versions together, run, with open incidents and without."""

    process_definition_id: str
    tenant_id: str
    latest_process_definition_name: str | None
    has_multiple_versions: bool
    active_instances_without_incident_count: int
    active_instances_with_incident_count: int


class CallHierarchyEntry(msgspec.Struct, rename="camel"):
    """One instance on the way from the root to a called instance."""

    process_instance_key: str
    process_definition_key: str
    process_definition_name: str


class Content(msgspec.Struct):
    """A deployed file; `id` is what it calls itself."""

    key: int
    kind: str
    name: str
    id: str
    version: int
    tenant: str
    content: bytes


def _of(key: int) -> Condition:
    """The row of a process instance."""
    return and_(pi.c.part == key >> PART_SHIFT, pi.c.key == key)


_element_stuck = exists().where(
    incident.c.part == ei.c.part,
    incident.c.process_instance_key == ei.c.process_instance_key,
    incident.c.element_instance_key == ei.c.key,
    incident.c.ended_at.is_(None),
)


def _element_figures(*conditions: Condition) -> Select[Any]:
    stuck = case((ei.c.ended_at.is_(None), _element_stuck), else_=False).label("stuck")
    rows = (
        select(ei.c.element_id, ei.c.state, ei.c.ended_at, stuck)
        .select_from(
            with_element(
                ei,
                ei.join(pi, and_(pi.c.part == ei.c.part, pi.c.key == ei.c.process_instance_key)),
                ei.c.inner,
            )
        )
        .where(process_element.c.type.is_distinct_from(LOOP_BODY), *conditions)
        .subquery()
    )
    open_ = rows.c.ended_at.is_(None)
    return (
        select(
            rows.c.element_id,
            func.count().filter(open_, not_(rows.c.stuck)),
            func.count().filter(rows.c.state == ElementState.TERMINATED.value),
            func.count().filter(open_, rows.c.stuck),
            func.count().filter(rows.c.state == ElementState.COMPLETED.value),
        )
        .group_by(rows.c.element_id)
        .order_by(rows.c.element_id)
    )


async def elements_of_instance(reader: Reader, key: int) -> list[ElementFigures]:
    """Figures of the elements of one process instance."""
    instance = and_(ei.c.part == key >> PART_SHIFT, ei.c.process_instance_key == key)
    return [ElementFigures(*row) for row in await reader.rows(_element_figures(instance))]


async def elements_of_definition(reader: Reader, key: int, filter: dict[str, Any]) -> list[ElementFigures]:
    """Figures of the elements of one definition, over its instances that match; InvalidSearch as in a
    search.
    """
    definitions = {
        identity: [row[0] for row in await reader.rows(query)]
        for identity, query in definition_selects(PROCESS_INSTANCES, filter)
    }
    conditions = conditions_of(PROCESS_INSTANCES, 0, filter, definitions)
    statement = _element_figures(pi.c.process_definition_key == key, *conditions)
    return [ElementFigures(*row) for row in await reader.rows(statement)]


_PROCESS_ORDERS: dict[str, Callable[[DefinitionFigures], Any]] = {
    "processDefinitionId": lambda figures: figures.process_definition_id,
    "activeInstancesWithIncidentCount": lambda figures: figures.active_instances_with_incident_count,
    "activeInstancesWithoutIncidentCount": lambda figures: figures.active_instances_without_incident_count,
}


async def instances_by_process(reader: Reader, sort: Sequence[Sort] = ()) -> list[DefinitionFigures]:
    """How many instances of each process run, for an overview; InvalidSearch for an unknown sort field."""
    for i, item in enumerate(sort):
        if item.field not in _PROCESS_ORDERS:
            known = ", ".join(_PROCESS_ORDERS)
            raise InvalidSearch(f"'sort[{i}].field' must be one of {known}, but is '{item.field}'.")
    stuck = exists().where(incident.c.process_instance_key == pi.c.key, incident.c.ended_at.is_(None))
    running = (
        select(
            pi.c.process_definition_key.label("key"),
            func.count().filter(not_(stuck)).label("well"),
            func.count().filter(stuck).label("stuck"),
        )
        .where(pi.c.ended_at.is_(None))
        .group_by(pi.c.process_definition_key)
        .subquery()
    )
    names = func.array_agg(aggregate_order_by(pd.c.name, pd.c.version.desc()))
    statement = (
        select(
            pd.c.process_id,
            pd.c.tenant_id,
            names,
            func.count() > 1,
            func.coalesce(func.sum(running.c.well), 0),
            func.coalesce(func.sum(running.c.stuck), 0),
        )
        .select_from(pd.outerjoin(running, running.c.key == pd.c.key))
        .where(not_(pd.c.deleted))
        .group_by(pd.c.process_id, pd.c.tenant_id)
        .order_by(pd.c.process_id, pd.c.tenant_id)
    )
    found = [
        DefinitionFigures(process, tenant, names[0], several, int(well), int(ill))
        for process, tenant, names, several, well, ill in await reader.rows(statement)
    ]
    for item in reversed(sort):
        found.sort(key=_PROCESS_ORDERS[item.field], reverse=item.descending)
    return found


async def flows_taken(reader: Reader, key: int) -> list[str]:
    """The ids of the sequence flows that an instance took, each once, in the order of their first time."""
    statement = (
        select(log.c.events)
        .where(log.c.part == key >> PART_SHIFT, log.c.process_instance_key == key)
        .order_by(log.c.seq)
    )
    flows: dict[str, None] = {}
    for (events,) in await reader.rows(statement):
        for event in decode_events(events):
            if isinstance(event, SequenceFlowTaken):
                flows[event.flow_id] = None
    return list(flows)


def _ancestry(key: int) -> CTE:
    """The instance and those that called it, nearest first (`distance` 0 is itself)."""
    start = select(pi.c.key, pi.c.parent_process_instance_key.label("parent"), literal(0).label("distance")).where(
        _of(key)
    )
    way = start.cte("way", recursive=True)
    parent = pi.alias("caller")
    return way.union_all(
        select(parent.c.key, parent.c.parent_process_instance_key, way.c.distance + 1).where(
            parent.c.part == part_of(way.c.parent), parent.c.key == way.c.parent
        )
    )


async def call_hierarchy(reader: Reader, key: int) -> list[CallHierarchyEntry]:
    """From the root down to this instance; empty if there is no such instance."""
    way = _ancestry(key)
    statement = (
        select(pi.c.key, pi.c.process_definition_key, func.coalesce(pd.c.name, pd.c.process_id))
        .select_from(
            way.join(pi, and_(pi.c.part == part_of(way.c.key), pi.c.key == way.c.key)).outerjoin(
                pd, pd.c.key == pi.c.process_definition_key
            )
        )
        .order_by(way.c.distance.desc())
    )
    return [
        CallHierarchyEntry(str(key), str(definition), name) for key, definition, name in await reader.rows(statement)
    ]


async def with_called(reader: Reader, key: int) -> list[int]:
    """The keys of an instance and of all that it called, directly or not; empty if there is no such
    instance.
    """
    tree = select(pi.c.key).where(_of(key)).cte("tree", recursive=True)
    child = pi.alias("called")
    tree = tree.union_all(select(child.c.key).where(child.c.parent_process_instance_key == tree.c.key))
    return [row[0] for row in await reader.rows(select(tree.c.key))]


async def scopes_around(reader: Reader, instance_key: int, element_key: int) -> list[int]:
    """The scopes whose variables an element instance sees: itself, those around it, the process; innermost first."""
    inside = (ei.c.part == instance_key >> PART_SHIFT, ei.c.process_instance_key == instance_key)
    way = select(ei.c.key, ei.c.scope_key, literal(0).label("distance")).where(*inside, ei.c.key == element_key)
    climbed = way.cte("climbed", recursive=True)
    outer = ei.alias("outer")
    climbed = climbed.union_all(
        select(outer.c.key, outer.c.scope_key, climbed.c.distance + 1).where(
            outer.c.part == instance_key >> PART_SHIFT,
            outer.c.process_instance_key == instance_key,
            outer.c.key == climbed.c.scope_key,
        )
    )
    rows = await reader.rows(select(climbed.c.key).order_by(climbed.c.distance))
    return [*(row[0] for row in rows), instance_key]


async def effective_variables(reader: Reader, instance_key: int, scopes: Sequence[int]) -> list[int]:
    """The keys of the variables seen from `scopes`, innermost first: of several of one name the first counts."""
    statement = select(variable.c.key, variable.c.name, variable.c.scope_key).where(
        variable.c.part == instance_key >> PART_SHIFT,
        variable.c.process_instance_key == instance_key,
        variable.c.scope_key == func.any(literal(list(scopes), ARRAY(BigInteger))),
    )
    distance = {scope: i for i, scope in enumerate(scopes)}
    rows = sorted(await reader.rows(statement), key=lambda row: distance[row[2]], reverse=True)
    return list({name: key for key, name, _ in rows}.values())


async def ping(reader: Reader) -> None:
    """Nothing, if the database answers; SearchUnavailable otherwise."""
    await reader.rows(select(literal(1)))


_CONTENT = (
    resource.c.key,
    resource.c.kind,
    resource.c.name,
    resource.c.resource_id,
    resource.c.version,
    resource.c.tenant_id,
    resource.c.content,
)


async def content(reader: Reader, key: int) -> Content | None:
    """The file with this key, or the one in which the process definition with this key was deployed."""
    definition = select(pd.c.resource_key).where(pd.c.key == key).scalar_subquery()
    statement = select(*_CONTENT).where(resource.c.key == func.coalesce(definition, key))
    rows = await reader.rows(statement)
    return Content(*rows[0]) if rows else None


async def start_form(reader: Reader, definition_key: int) -> Content | None:
    """The latest version of the form that a process definition names for its start."""
    statement = (
        select(*_CONTENT)
        .join(pd, and_(pd.c.start_form_id == resource.c.resource_id, pd.c.tenant_id == resource.c.tenant_id))
        .where(pd.c.key == definition_key, resource.c.kind == "form", not_(resource.c.deleted))
        .order_by(resource.c.version.desc())
        .limit(1)
    )
    rows = await reader.rows(statement)
    return Content(*rows[0]) if rows else None
