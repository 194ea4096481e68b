"""The lists beside an instance: what it waits for, what it did, what it belongs to. Each is rendered as rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import BigInteger, Label, Select, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from engine.machine.lifecycle import IncidentType, JobKind, JobState, ListenerEvent, SubscriptionKind
from engine.store.keys import PART_SHIFT
from engine.store.search import DECISION_INSTANCES, PROCESS_INSTANCES, USER_TASKS, Order, PageRequest, Reader, Sort
from engine.store.search import SearchQuery as Query
from engine.store.search.joins import element_name, with_element
from engine.store.tables import (
    event_subscription,
    incident,
    job,
    job_attempt,
    message_subscription,
    process_element,
    timer,
    user_task,
)
from engine.store.tables import process_instance as pi
from web.operations.instance import audit, timeline

SHOWN = 100  # rows of a list; what is open comes first

Tab = Callable[[Reader, int, dict[str, str]], Awaitable[dict[str, Any]]]


def _dictionaries(columns: list[str], rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in rows]


async def _first(reader: Reader, statement: Select[Any]) -> tuple[list[dict[str, Any]], int]:
    """The first rows of a statement, by the names of their columns, and how many there are in all."""
    rows = await _listed(reader, statement.add_columns(func.count().over().label("total")).limit(SHOWN))
    return rows, rows[0]["total"] if rows else 0


async def _listed(reader: Reader, statement: Select[Any]) -> list[dict[str, Any]]:
    """The rows of a statement, by the names of their columns."""
    return _dictionaries([column.name for column in statement.selected_columns], await reader.rows(statement))


async def incidents(reader: Reader, key: int, _: dict[str, str]) -> dict[str, Any]:
    """Open ones first, then those resolved."""
    rows, total = await _first(
        reader,
        select(
            incident.c.key,
            incident.c.element_id,
            incident.c.element_instance_key,
            element_name(incident).label("name"),
            incident.c.type,
            incident.c.message,
            incident.c.job_key,
            incident.c.created_at,
            incident.c.ended_at,
        )
        .select_from(with_element(incident))
        .where(incident.c.part == key >> PART_SHIFT, incident.c.process_instance_key == key)
        .order_by(incident.c.ended_at.is_not(None), incident.c.key.desc()),
    )
    for row in rows:
        row["kind"] = IncidentType(row["type"]).name.replace("_", " ").capitalize()
    return {"rows": rows, "total": total}


async def jobs(reader: Reader, key: int, _: dict[str, str]) -> dict[str, Any]:
    """Open ones first, each with the attempts that did not complete it."""
    rows, total = await _first(
        reader,
        select(job, element_name(job).label("name"))
        .select_from(with_element(job))
        .where(job.c.part == key >> PART_SHIFT, job.c.process_instance_key == key)
        .order_by(job.c.ended_at.is_not(None), job.c.key.desc()),
    )
    attempts = await _attempts(reader, [row["key"] for row in rows])
    for row in rows:
        row["attempts"] = attempts.get(row["key"], [])
        row["state"] = JobState(row["state"]).name
        row["open"] = row["ended_at"] is None
        row["listener"] = ListenerEvent(row["listener"]).name if row["kind"] else ""
        row["kind"] = JobKind(row["kind"]).name.replace("_", " ").lower()
    return {"rows": rows, "total": total}


async def _attempts(reader: Reader, keys: list[int]) -> dict[int, list[dict[str, Any]]]:
    rows = await _listed(
        reader,
        select(job_attempt)
        .where(
            job_attempt.c.part == func.any(literal([key >> PART_SHIFT for key in keys], ARRAY(BigInteger))),
            job_attempt.c.job_key == func.any(literal(keys, ARRAY(BigInteger))),
        )
        .order_by(job_attempt.c.job_key, job_attempt.c.attempt.desc()),
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["job_key"], []).append(row)
    return found


async def timers(reader: Reader, key: int, _: dict[str, str]) -> dict[str, Any]:
    """Those that are running."""
    statement = (
        select(timer)
        .where(timer.c.part == key >> PART_SHIFT, timer.c.process_instance_key == key)
        .order_by(timer.c.due_at)
    )
    rows, total = await _first(reader, statement)
    return {"rows": await _named(reader, key, rows), "total": total}


async def subscriptions(reader: Reader, key: int, _: dict[str, str]) -> dict[str, Any]:
    """Messages, those that came too; signals, conditions and compensation that are waited for."""
    messages = (
        select(message_subscription)
        .where(message_subscription.c.process_instance_key == key)
        .order_by(message_subscription.c.state != "CREATED", message_subscription.c.key.desc())
    )
    others = (
        select(event_subscription)
        .where(event_subscription.c.part == key >> PART_SHIFT, event_subscription.c.process_instance_key == key)
        .order_by(event_subscription.c.key)
    )
    waiting, all_messages = await _first(reader, messages)
    rows, all_others = await _first(reader, others)
    for row in rows:
        row["kind"] = SubscriptionKind(row["kind"]).name.lower()
    return {
        "messages": await _named(reader, key, waiting),
        "others": await _named(reader, key, rows),
        "all_messages": all_messages,
        "all_others": all_others,
    }


async def _named(reader: Reader, key: int, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with the name of the `node` that waits."""
    definition = select(pi.c.process_definition_key).where(pi.c.part == key >> PART_SHIFT, pi.c.key == key)
    statement = select(process_element.c.element_id, process_element.c.name).where(
        process_element.c.process_definition_key == definition.scalar_subquery()
    )
    names: dict[str, str] = dict(await reader.rows(statement)) if rows else {}
    for row in rows:
        row["node"] = names.get(row["node_id"]) or row["node_id"]
    return rows


async def user_tasks(reader: Reader, key: int, _: dict[str, str]) -> dict[str, Any]:
    """All of them, the latest first."""
    return await _search(reader, USER_TASKS, {"processInstanceKey": str(key)}, "creationDate")


async def decisions(reader: Reader, key: int, _: dict[str, str]) -> dict[str, Any]:
    """What was evaluated, the latest first."""
    return await _search(reader, DECISION_INSTANCES, {"processInstanceKey": str(key)}, "evaluationDate")


async def called(reader: Reader, key: int, _: dict[str, str]) -> dict[str, Any]:
    """The instances that this one called: those with an incident first, then the latest."""
    of_this = {"parentProcessInstanceKey": str(key)}
    latest = await _search(reader, PROCESS_INSTANCES, of_this, "startDate")
    if latest["total"] > SHOWN:
        stuck = await _search(reader, PROCESS_INSTANCES, of_this | {"hasIncident": True}, "startDate")
        latest["rows"] += stuck["rows"]
    rows = {row.processInstanceKey: row for row in sorted(latest["rows"], key=lambda row: not row.hasIncident)}
    return latest | {"rows": list(rows.values())[:SHOWN]}


async def _search(reader: Reader, entity: Any, filter: dict[str, Any], order: str) -> dict[str, Any]:
    query = Query(filter=filter, sort=[Sort(order, Order.DESC)], page=PageRequest(limit=SHOWN))
    found = await reader.search(entity, query)
    return {"rows": found.items, "total": found.page.total_items}


async def history(reader: Reader, key: int, query: dict[str, str]) -> dict[str, Any]:
    """A page of the log in words, the latest first."""
    before = query.get("before", "")
    lines, more = await audit.lines(reader, key, int(before) if before.isdecimal() else None)
    return {"rows": lines, "earlier": lines[-1].seq if more else None}


async def bars(reader: Reader, key: int, _: dict[str, str]) -> dict[str, Any]:
    """The time line."""
    return {"line": await timeline.time_line(reader, key)}


#: The lists by the name that the address knows them by, with their titles.
TABS: dict[str, tuple[str, Tab]] = {
    "incidents": ("Incidents", incidents),
    "jobs": ("Jobs", jobs),
    "user-tasks": ("User tasks", user_tasks),
    "timers": ("Timers", timers),
    "subscriptions": ("Messages and signals", subscriptions),
    "decisions": ("Decisions", decisions),
    "called": ("Called instances", called),
    "timeline": ("Time line", bars),
    "history": ("Audit log", history),
}


def _open(table: Any, key: int, *more: Any, part: bool = True) -> Label[int]:
    here = [table.c.part == key >> PART_SHIFT] if part else []
    count = select(func.count()).select_from(table).where(*here, table.c.process_instance_key == key, *more)
    return count.scalar_subquery().label(table.name)


async def open_counts(reader: Reader, key: int) -> dict[str, int]:
    """How much there is that is open, by the name of the list."""
    statement = select(
        _open(incident, key, incident.c.ended_at.is_(None)),
        _open(job, key, job.c.ended_at.is_(None)),
        _open(user_task, key, user_task.c.ended_at.is_(None)),
        _open(timer, key),
        _open(message_subscription, key, message_subscription.c.state == "CREATED", part=False),
        _open(event_subscription, key),
    )
    stuck, working, waiting, running, messages, others = (await reader.rows(statement))[0]
    return {
        "incidents": stuck,
        "jobs": working,
        "user-tasks": waiting,
        "timers": running,
        "subscriptions": messages + others,
    }
