"""Lists of tasks and single tasks, as far as somebody may see them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from engine.identity.identity import Identity
from engine.identity.visibility import visible_tasks
from engine.store.keys import part_of
from engine.store.search import USER_TASKS, Entity, Found, Reader, SearchQuery
from engine.store.search.entity import MoreFilter
from engine.store.search.values import MAX_KEY
from engine.store.tables import process_definition as pd
from engine.store.tables import process_element as pe
from engine.store.tables import process_instance as pi
from engine.store.tables import user_task as ut
from web.refusals import NotThere
from web.tasks.filters import TaskFilter
from web.tasks.rights import Condition, shown

MOST_NODES = 1000  # task elements whose name matches a search text
MOST_INSTANCES = 100  # of one business id
MOST_PROCESSES = 500  # to choose from

#: User tasks, with one more property of filters: any condition on their rows.
TASKS = Entity(
    "Task",
    USER_TASKS.sources,
    list(USER_TASKS.fields.values()),
    more_filters=[
        *set(USER_TASKS.more_filters.values()),
        MoreFilter(("where",), lambda given, _, __: given["where"], "object"),
    ],
    default_sort=("creationDate",),
    key="userTaskKey",
)


async def tasks_of(reader: Reader, identity: Identity, asked: TaskFilter) -> Found:
    """One page of a list. Raises InvalidSearch where a condition makes no sense."""
    where = shown(asked.view, identity)
    if asked.q.strip():
        where = and_(where, await _named(reader, asked.q.strip()))
    return await reader.search(TASKS, asked.search(), {"where": where})


async def task_of(reader: Reader, identity: Identity, key: int) -> Any:
    """One task; raises NotThere where there is none that this person may see."""
    query = SearchQuery(filter={"userTaskKey": str(key)})
    found = await reader.search(TASKS, query, {"where": visible_tasks(identity)})
    if not found.items:
        raise NotThere(f"There is no task {key}, or it is not offered to you.")
    return found.items[0]


async def processes(reader: Reader) -> list[tuple[str, str]]:
    """The ids and names of all processes, by name, of which lists can be narrowed to one."""
    latest = (
        select(pd.c.process_id, pd.c.name)
        .where(pd.c.deleted.is_(False))
        .ext(distinct_on(pd.c.process_id))
        .order_by(pd.c.process_id, pd.c.version.desc())
        .limit(MOST_PROCESSES)
    )
    rows = await reader.rows(latest)
    return sorted(((id, name or id) for id, name in rows), key=lambda row: row[1].casefold())


async def _named(reader: Reader, text: str) -> Condition:
    """Tasks that are called so, or their process, or that belong to that business id, assignee or key.

    What is few (elements of definitions, instances of a business id) is looked up first, so that tasks are found by
    index.
    """
    ways = [ut.c.assignee == text]
    for definition, elements in (await _nodes_named(reader, text)).items():
        ways.append(and_(ut.c.process_definition_key == definition, _one_of(ut.c.element_id, elements)))
    keys = [key for (key,) in await reader.rows(select(pi.c.key).where(pi.c.business_id == text).limit(MOST_INSTANCES))]
    if text.isdecimal() and len(text) < 20 and int(text) <= MAX_KEY:
        keys.append(int(text))
        ways.append(and_(ut.c.part == part_of(int(text)), ut.c.key == int(text)))
    if keys:
        parts = sorted({part_of(key) for key in keys})
        ways.append(and_(_one_of(ut.c.part, parts), _one_of(ut.c.process_instance_key, keys)))
    return or_(*ways)


async def _nodes_named(reader: Reader, text: str) -> dict[int, list[str]]:
    """The user tasks of definitions whose own name or whose process's name holds the text."""
    rows = await reader.rows(
        select(pe.c.process_definition_key, pe.c.element_id)
        .select_from(pe.join(pd, pd.c.key == pe.c.process_definition_key))
        .where(
            pe.c.type == "USER_TASK",
            or_(
                func.coalesce(func.nullif(pe.c.name, ""), pe.c.element_id).icontains(text, autoescape=True),
                func.coalesce(pd.c.name, pd.c.process_id).icontains(text, autoescape=True),
            ),
        )
        .distinct()
        .limit(MOST_NODES)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for definition, element in rows:
        found[definition].append(element)
    return found


def _one_of(column: Any, values: list[Any]) -> Condition:
    return column == values[0] if len(values) == 1 else column.in_(values) if values else ~true()
