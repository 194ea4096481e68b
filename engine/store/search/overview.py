"""What the dashboards of operators show: how much runs, what is stuck, how fast it goes.

Unlike searches these look at everything there is. Each is one statement over indexes alone where that is possible, and
bounded where it is not: what is grouped or averaged is then the newest part, and the answer says of how many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Float, Select, Text, and_, case, cast, func, literal, select, true, union_all
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, distinct_on

from engine.machine.lifecycle import ElementState, IncidentType, JobState
from engine.store.search.elements import LOOP_BODY
from engine.store.search.instances import PROCESS_INSTANCES
from engine.store.search.joins import with_element
from engine.store.search.kinds import Column, Condition
from engine.store.search.reader import Reader
from engine.store.search.statement import conditions_of, definition_selects
from engine.store.tables import element_instance as ei
from engine.store.tables import incident, job, process_element
from engine.store.tables import process_definition as pd
from engine.store.tables import process_instance as pi

#: How many open incidents are grouped, and how many waiting jobs of a type are counted; beyond it there are "more".
BOUND = 10_000

#: So much of an error message is shown of a group.
SHOWN_MESSAGE = 400


class InstanceCounts(msgspec.Struct, frozen=True):
    """How many instances of one definition run and have finished; of those that run, how many have open incidents."""

    running: int = 0
    stuck: int = 0
    finished: int = 0

    def __add__(self, other: InstanceCounts) -> InstanceCounts:
        return InstanceCounts(self.running + other.running, self.stuck + other.stuck, self.finished + other.finished)


class Definition(msgspec.Struct, frozen=True):
    """One deployed version of a process."""

    key: int
    process_id: str
    name: str
    version: int
    version_tag: str | None
    resource_name: str
    tenant: str
    start_form: str | None


class IncidentGroup(msgspec.Struct, frozen=True):
    """Open incidents of one type with the same message; `hash` finds them in a search (incidentErrorHashCode)."""

    type: str
    hash: int
    message: str
    incidents: int
    instances: int
    newest: datetime
    processes: list[str]


class JobBacklog(msgspec.Struct, frozen=True):
    """Jobs of one type that nobody has taken (counted up to BOUND), and those that failed and have no retries."""

    type: str
    waiting: int
    oldest: datetime | None
    failed: int


class Flow(msgspec.Struct, frozen=True):
    """How many instances started and ended from `since` on, until the next one."""

    since: datetime
    started: int
    ended: int


class ElementNumbers(msgspec.Struct, frozen=True):
    """Instances of one element: how many are in which state, and how long those that completed took (milliseconds).

    One with an open incident is counted as that and not as active.
    """

    element_id: str
    active: int = 0
    incidents: int = 0
    completed: int = 0
    canceled: int = 0
    average: float | None = None

    @property
    def visits(self) -> int:
        return self.active + self.incidents + self.completed + self.canceled


async def definitions(reader: Reader, process_id: str | None = None) -> list[Definition]:
    """What is deployed and not deleted, by process id, newest version first; or the versions of one process."""
    statement = (
        select(
            pd.c.key,
            pd.c.process_id,
            func.coalesce(pd.c.name, pd.c.process_id),
            pd.c.version,
            pd.c.version_tag,
            pd.c.resource_name,
            pd.c.tenant_id,
            pd.c.start_form_id,
        )
        .where(~pd.c.deleted)
        .order_by(pd.c.process_id, pd.c.tenant_id, pd.c.version.desc())
    )
    if process_id is not None:
        statement = statement.where(pd.c.process_id == process_id)
    return [Definition(*row) for row in await reader.rows(statement)]


async def instance_counts(reader: Reader) -> dict[int, InstanceCounts]:
    """Exact counts by definition key, each read from an index: of all instances, of those that run, of incidents."""
    none = literal(0, BigInteger)
    every = select(pi.c.process_definition_key.label("key"), func.count().label("total"), none, none).group_by(
        pi.c.process_definition_key
    )
    running = (
        select(pi.c.process_definition_key, none, func.count(), none)
        .where(pi.c.ended_at.is_(None))
        .group_by(pi.c.process_definition_key)
    )
    stuck = (
        select(incident.c.process_definition_key, none, none, func.count(incident.c.process_instance_key.distinct()))
        .where(incident.c.ended_at.is_(None))
        .group_by(incident.c.process_definition_key)
    )
    counted: dict[int, InstanceCounts] = {}
    for key, total, open_, ill in await reader.rows(union_all(every, running, stuck)):
        # A running instance is in both of the first two: what is not running of all has finished.
        counts = InstanceCounts(running=open_, stuck=ill, finished=total - open_)
        counted[key] = counted.get(key, InstanceCounts()) + counts
    return counted


async def incident_groups(reader: Reader, limit: int) -> list[IncidentGroup]:
    """The newest BOUND open incidents, grouped by type and message; the largest `limit` groups, largest first."""
    newest = (
        select(incident, pd.c.process_id)
        .select_from(incident.join(pd, pd.c.key == incident.c.process_definition_key))
        .where(incident.c.ended_at.is_(None))
        .order_by(incident.c.created_at.desc(), incident.c.key.desc())
        .limit(BOUND)
        .subquery()
    )
    count = func.count()
    statement = (
        select(
            newest.c.type,
            func.hashtext(newest.c.message),
            func.left(newest.c.message, SHOWN_MESSAGE),
            count,
            func.count(newest.c.process_instance_key.distinct()),
            func.max(newest.c.created_at),
            func.array_agg(aggregate_order_by(newest.c.process_id.distinct(), newest.c.process_id)),
        )
        .group_by(newest.c.type, newest.c.message)
        .order_by(count.desc(), func.max(newest.c.created_at).desc())
        .limit(limit)
    )
    return [IncidentGroup(IncidentType(type).name, *rest) for type, *rest in await reader.rows(statement)]


async def message_of(reader: Reader, hash: int) -> str | None:
    """The error message that open incidents with this hash code have; None where there are none."""
    statement = (
        select(incident.c.message)
        .where(func.hashtext(incident.c.message) == hash, incident.c.ended_at.is_(None))
        .limit(1)
    )
    rows = await reader.rows(statement)
    return rows[0][0] if rows else None


async def newest_errors(reader: Reader, keys: Sequence[int]) -> dict[int, str]:
    """The newest open incident's message of each of these instances, or in what it called; cut at SHOWN_MESSAGE."""
    if not keys:
        return {}
    wanted = literal(list(keys), ARRAY(BigInteger))
    found: dict[int, str] = {}
    for column in (incident.c.root_process_instance_key, incident.c.process_instance_key):
        statement = (
            select(column, func.left(incident.c.message, SHOWN_MESSAGE))
            .ext(distinct_on(column))
            .where(column == func.any(wanted), incident.c.ended_at.is_(None))
            .order_by(column, incident.c.created_at.desc())
        )
        found |= dict(await reader.rows(statement))
    return found


async def job_backlogs(reader: Reader) -> list[JobBacklog]:
    """Each type of jobs with some that wait to be taken or failed for good; most failures first, then most waiting."""
    types = _waiting_types()
    first = select(job.c.created_at).where(job.c.type == types.c.type, job.c.state == JobState.CREATED.value)
    few = first.limit(BOUND).correlate(types).lateral()
    waiting = (
        select(types.c.type, func.count(few.c.created_at), func.min(few.c.created_at))
        .select_from(types.join(few, true()))
        .group_by(types.c.type)
    )
    failed = (
        select(job.c.type, func.count())
        .where(job.c.state == JobState.FAILED.value, job.c.retries < 1)
        .group_by(job.c.type)
    )
    ill: dict[str, int] = dict(await reader.rows(failed))
    found = [JobBacklog(type, count, oldest, ill.pop(type, 0)) for type, count, oldest in await reader.rows(waiting)]
    found += [JobBacklog(type, 0, None, count) for type, count in ill.items()]
    return sorted(found, key=lambda each: (-each.failed, -each.waiting, each.type))


def _waiting_types() -> Any:
    """The types of the jobs that wait, read off the index by jumping from one type to the next."""
    waits = job.c.state == JobState.CREATED.value
    first = select(func.min(job.c.type).label("type")).where(waits)
    types = first.cte("types", recursive=True)
    following = select(func.min(job.c.type)).where(waits, job.c.type > types.c.type).scalar_subquery()
    types = types.union_all(select(following).where(types.c.type.is_not(None)))
    return select(types.c.type).where(types.c.type.is_not(None)).subquery("waiting_types")


async def flow_since(reader: Reader, since: datetime, step: int) -> list[Flow]:
    """How many instances started and ended in each `step` seconds since then; steps without any are left out."""
    counted: dict[datetime, list[int]] = {}
    for place, column in enumerate((pi.c.started_at, pi.c.ended_at)):
        begin = func.to_timestamp(func.floor(func.extract("epoch", column) / step) * step).label("begin")
        statement = select(begin, func.count()).where(column >= since).group_by(begin)
        for moment, count in await reader.rows(statement):
            counted.setdefault(moment, [0, 0])[place] = count
    return [Flow(moment, *numbers) for moment, numbers in sorted(counted.items())]


# ---- Elements of a diagram ------------------------------------------------------------------------------------------


async def nodes(reader: Reader, key: int) -> dict[str, tuple[str, str]]:
    """The elements of a definition by id: each with its name (its id where it has none) and its type."""
    statement = (
        select(process_element.c.element_id, process_element.c.name, process_element.c.type)
        .where(process_element.c.process_definition_key == key, process_element.c.type != LOOP_BODY)
        .order_by(process_element.c.element_id)
    )
    return {id: (name or id, type) for id, name, type in await reader.rows(statement)}


async def open_elements(reader: Reader, keys: Sequence[int]) -> dict[str, tuple[int, int]]:
    """For each element with tokens: how many active element instances it has, and how many of them with an incident.

    Exact, over all running instances of these definitions. Of a multi-instance activity the inner ones are counted.
    """
    nodes = select(process_element.c.process_definition_key, process_element.c.element_id, process_element.c.inner)
    mine = _among(process_element.c.process_definition_key, keys)
    counted = await reader.rows(nodes.where(mine, process_element.c.type != LOOP_BODY))
    active: dict[str, int] = {}
    for inner in (False, True):
        places = {(key, element) for key, element, is_inner in counted if is_inner == inner}
        for key, element, count in await reader.rows(_open(keys, sorted({element for _, element in places}), inner)):
            if (key, element) in places:
                active[element] = active.get(element, 0) + count
    stuck = (
        select(incident.c.element_id, func.count(incident.c.element_instance_key.distinct()))
        .where(_among(incident.c.process_definition_key, keys), incident.c.ended_at.is_(None))
        .group_by(incident.c.element_id)
    )
    ill: dict[str, int] = dict(await reader.rows(stuck))
    return {element: (count, ill.get(element, 0)) for element, count in active.items()}


def _open(keys: Sequence[int], elements: Sequence[str], inner: bool) -> Select[Any]:
    """Open instances of these elements by definition and element, off an index where it is not about inner ones."""
    statement = select(ei.c.process_definition_key, ei.c.element_id, func.count()).where(
        ei.c.element_id == func.any(literal(list(elements), ARRAY(Text))),
        _among(ei.c.process_definition_key, keys),
        ei.c.ended_at.is_(None),
    )
    if inner:
        statement = statement.where(ei.c.inner)
    return statement.group_by(ei.c.process_definition_key, ei.c.element_id)


async def newest_elements(reader: Reader, filter: Mapping[str, Any], limit: int) -> list[ElementNumbers]:
    """Numbers of each element over the newest `limit` instances that match a filter; InvalidSearch as in a search."""
    given = dict(filter)
    known = {
        identity: [row[0] for row in await reader.rows(query)]
        for identity, query in definition_selects(PROCESS_INSTANCES, given)
    }
    conditions = conditions_of(PROCESS_INSTANCES, 0, given, known)
    return [ElementNumbers(*row) for row in await reader.rows(_numbers(conditions, limit))]


def _numbers(conditions: Sequence[Condition], limit: int) -> Select[Any]:
    newest = (
        select(pi.c.part, pi.c.key)
        .where(*conditions)
        .order_by(pi.c.started_at.desc(), pi.c.key.desc())
        .limit(limit)
        .cte("newest")
    )
    stuck = (
        select(incident.c.element_instance_key.label("key"))
        .distinct()
        .join(newest, and_(incident.c.part == newest.c.part, incident.c.process_instance_key == newest.c.key))
        .where(incident.c.ended_at.is_(None))
        .cte("stuck")
    )
    rows = with_element(
        ei,
        ei.join(newest, and_(ei.c.part == newest.c.part, ei.c.process_instance_key == newest.c.key)).outerjoin(
            stuck, stuck.c.key == ei.c.key
        ),
        ei.c.inner,
    )
    open_, ill = ei.c.ended_at.is_(None), stuck.c.key.is_not(None)
    completed = ei.c.state == ElementState.COMPLETED.value
    took = func.extract("epoch", ei.c.ended_at - ei.c.started_at) * 1000
    return (
        select(
            ei.c.element_id,
            func.count().filter(open_, ~ill),
            func.count().filter(open_, ill),
            func.count().filter(completed),
            func.count().filter(ei.c.state == ElementState.TERMINATED.value),
            cast(func.avg(case((completed, took))), Float),
        )
        .select_from(rows)
        .where(process_element.c.type.is_distinct_from(LOOP_BODY))
        .group_by(ei.c.element_id)
        .order_by(ei.c.element_id)
    )


def _among(column: Column, keys: Sequence[int]) -> Condition:
    """One key gets an equality, which the planner makes more of."""
    return column == keys[0] if len(keys) == 1 else column == func.any(literal(list(keys), ARRAY(BigInteger)))
