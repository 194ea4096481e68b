"""Starting a process: what can be started, with its form or with variables, and what one has started."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from engine.identity.identity import Role
from engine.machine.commands import CreateInstance
from engine.machine.lifecycle import ElementState
from engine.store.keys import part_of
from engine.store.search import Reader
from engine.store.tables import process_definition as pd
from engine.store.tables import process_instance as pi
from web.pages import render
from web.refusals import NotThere
from web.security import require
from web.tables import started_instance
from web.tasks.actions import Completion
from web.tasks.asking import Asking
from web.tasks.fields import KINDS, entered
from web.tasks.forms import form_of_start

router = APIRouter(prefix="/tasks", dependencies=[require(Role.USER)], include_in_schema=False)

MOST_SHOWN = 100


class Startable(msgspec.Struct, frozen=True):
    """The latest version of a process."""

    key: int
    process_id: str
    name: str
    version: int
    tenant: str


class Started(msgspec.Struct, frozen=True):
    """An instance that this person started."""

    key: int
    process: str
    business_id: str | None
    state: str
    started_at: datetime
    ended_at: datetime | None


@router.get("/processes")
async def processes(request: Request, name: str = "") -> HTMLResponse:
    """The processes whose name holds a text, to choose one from."""
    found = await _startable(Asking(request).reader, name.strip())
    return render(request, "tasks/processes.html", processes=found, name=name)


@router.get("/processes/{key:int}")
async def process(request: Request, key: int) -> HTMLResponse:
    """What a process is started with."""
    asking = Asking(request)
    definition = await _definition(asking.reader, key)
    form = await form_of_start(asking.reader, key)
    return render(request, "tasks/start.html", process=definition, has_form=form is not None, kinds=KINDS)


@router.get("/processes/{key:int}/form")
async def form(request: Request, key: int) -> Response:
    """The form itself."""
    asking = Asking(request)
    await _definition(asking.reader, key)
    found = await form_of_start(asking.reader, key)
    if found is None:
        raise NotThere("The form of this start is not deployed any more.")
    return Response(found, media_type="application/json")


@router.post("/processes/{key:int}")
async def start(request: Request, key: int) -> Response:
    """Start an instance; answers its key."""
    asking = Asking(request)
    definition = await _definition(asking.reader, key)
    given = await asking.body(Completion)
    command = CreateInstance(
        process_definition_key=key, variables=given.variables | entered(given.entries), tenant=definition.tenant
    )
    started = await asking.runtime.execute(command)
    await asking.notes.note_start(started.process_instance_key)
    answer = {"key": str(started.process_instance_key), "name": definition.name}
    return Response(msgspec.json.encode(answer), media_type="application/json")


@router.get("/started")
async def started(request: Request) -> HTMLResponse:
    """What this person has started."""
    asking = Asking(request)
    found = await _started(asking.reader, asking.identity.username)
    return render(request, "tasks/started.html", started=found)


async def _startable(reader: Reader, text: str) -> list[Startable]:
    """The latest versions, by name."""
    latest = (
        select(pd.c.key, pd.c.process_id, pd.c.name, pd.c.version, pd.c.tenant_id)
        .where(pd.c.deleted.is_(False))
        .ext(distinct_on(pd.c.tenant_id, pd.c.process_id))
        .order_by(pd.c.tenant_id, pd.c.process_id, pd.c.version.desc())
        .subquery()
    )
    name = func.coalesce(func.nullif(latest.c.name, ""), latest.c.process_id)
    statement = (
        select(latest.c.key, latest.c.process_id, name, latest.c.version, latest.c.tenant_id)
        .order_by(func.lower(name), latest.c.process_id)
        .limit(MOST_SHOWN)
    )
    if text:
        statement = statement.where(or_(name.icontains(text, autoescape=True), latest.c.process_id == text))
    return [Startable(*row) for row in await reader.rows(statement)]


async def _definition(reader: Reader, key: int) -> Startable:
    name = func.coalesce(func.nullif(pd.c.name, ""), pd.c.process_id)
    statement = select(pd.c.key, pd.c.process_id, name, pd.c.version, pd.c.tenant_id).where(
        pd.c.key == key, pd.c.deleted.is_(False)
    )
    rows = await reader.rows(statement)
    if not rows:
        raise NotThere(f"There is no process with the key {key} any more.")
    return Startable(*rows[0])


async def _started(reader: Reader, username: str) -> list[Started]:
    mine = started_instance
    name = func.coalesce(func.nullif(pd.c.name, ""), pd.c.process_id)
    columns: list[Any] = [pi.c.key, name, pi.c.business_id, pi.c.state, pi.c.started_at, pi.c.ended_at]
    last = (
        select(mine.c.process_instance_key.label("key"))
        .where(mine.c.username == username)
        .order_by(mine.c.started_at.desc(), mine.c.process_instance_key.desc())
        .limit(MOST_SHOWN)
    )
    keys = [key for (key,) in await reader.rows(last)]
    parts = sorted({part_of(key) for key in keys})
    statement = (
        select(*columns)
        .select_from(pi.join(pd, pd.c.key == pi.c.process_definition_key))
        .where(pi.c.part.in_(parts), pi.c.key.in_(keys))
        .order_by(pi.c.started_at.desc(), pi.c.key.desc())
    )
    rows = await reader.rows(statement) if keys else []
    return [
        Started(key, process, business_id, _state(state, ended), started, ended)
        for key, process, business_id, state, started, ended in rows
    ]


def _state(state: int, ended: datetime | None) -> str:
    return "ACTIVE" if ended is None else "COMPLETED" if state == ElementState.COMPLETED else "TERMINATED"
