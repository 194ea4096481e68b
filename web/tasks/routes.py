"""The pages of the task list, and the parts of them that the browser asks for by themselves."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from zlib import crc32

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from engine.identity.identity import Role
from engine.identity.visibility import sees_all_tasks
from engine.machine.lifecycle import UserTaskState
from engine.store.search import Found, InvalidCursor, InvalidSearch, figures
from web.pages import datetime_text, render
from web.refusals import LOST_PLACE, NotThere, Unreadable
from web.security import require
from web.tasks.asking import Asking
from web.tasks.fields import KINDS, fields_of, variables_of
from web.tasks.filters import PAGE_SIZE, VIEW_TITLES, TaskFilter
from web.tasks.forms import EMBEDDED, form_of_task
from web.tasks.history import history_of
from web.tasks.people import colleagues
from web.tasks.reading import processes, tasks_of

router = APIRouter(prefix="/tasks", dependencies=[require(Role.USER)], include_in_schema=False)

URGENT = 75  # priorities from here on are marked


@router.get("")
async def index(request: Request) -> HTMLResponse:
    """The list, with no task open; or where the browser replaces a part, that none is."""
    asking = Asking(request)
    if asking.is_partial:
        return render(request, "tasks/none.html")
    return await _page(asking, None)


@router.get("/list")
async def listed(request: Request) -> HTMLResponse:
    """The list alone, to be looked at again. `open` is the key of the open task."""
    asking = Asking(request)
    return render(request, "tasks/list.html", open_key=request.query_params.get("open", ""), **await _list(asking))


@router.get("/colleagues")
async def to_whom(request: Request, assignee: str = "") -> HTMLResponse:
    """The people whose names hold a text, to choose from."""
    found = await colleagues(Asking(request).reader, assignee.strip())
    return render(request, "tasks/colleagues.html", colleagues=found)


@router.get("/{key:int}")
async def opened(request: Request, key: int) -> HTMLResponse:
    """The list, with a task open; or where the browser replaces a part, the task alone."""
    asking = Asking(request)
    try:
        context = await _task(asking, key)
    except NotThere as error:
        if not asking.is_partial:
            raise
        return render(request, "tasks/gone.html", reason=str(error), address=asking.filter.address())
    if asking.is_partial:
        return render(request, "tasks/task.html", filter=asking.filter, **context)
    return await _page(asking, context)


async def _page(asking: Asking, context: dict[str, Any] | None) -> HTMLResponse:
    known: dict[str, Any] = {
        "views": VIEW_TITLES,
        "processes": await processes(asking.reader),
        "filters": await asking.notes.filters(),
        "open_key": context["task"].userTaskKey if context else "",
    }
    return render(asking.request, "tasks/index.html", **known | await _list(asking) | (context or {"task": None}))


async def _list(asking: Asking) -> dict[str, Any]:
    asked, refused, without = asking.filter, "", ""
    try:
        found = await tasks_of(asking.reader, asking.identity, asked)
    except InvalidSearch as error:
        found = None
        refused, without = _refusal(error, asked)
    shown = {"filter": asked, "found": found, "refused": refused, "without": without}
    return shown | {"pages": _pages(asked, found)} | _known(asking)


def _refusal(error: InvalidSearch, asked: TaskFilter) -> tuple[str, str]:
    """Why a list cannot be shown, and its address without what made it so."""
    match error:
        case Unreadable():
            return str(error), asked.without(error.given)
        case InvalidCursor():
            return LOST_PLACE, asked.address()
    return f"The list cannot be narrowed so. {error}", TaskFilter(view=asked.view).address()


def _known(asking: Asking) -> dict[str, Any]:
    """What lists and tasks are shown with."""
    return {"urgent": URGENT, "now": datetime_text(asking.runtime.clock.now())}


def _pages(asked: TaskFilter, found: Found | None) -> dict[str, str]:
    """The addresses of the first page, the one before and the one after; empty where there is none."""
    pages = {"first": "", "before": "", "after": ""}
    if found is None or not found.items:
        return pages | ({"first": asked.address()} if asked.after or asked.before else {})
    is_full = len(found.items) == PAGE_SIZE
    if asked.after or (asked.before and is_full):
        pages["before"] = asked.address(before=found.page.start_cursor)
    if asked.before or (is_full and found.page.total_items > PAGE_SIZE):
        pages["after"] = asked.address(after=found.page.end_cursor)
    return pages


async def _task(asking: Asking, key: int) -> dict[str, Any]:
    task, may = await asking.task(key)
    form = await form_of_task(asking.reader, task)
    comments, attachments = await asking.notes.counts(key)
    context: dict[str, Any] = {
        "task": task,
        "may": may,
        "has_form": form is not None,
        "fields": [] if form is not None else fields_of(await variables_of(asking.reader, task)),
        "kinds": KINDS,
        "external": _external(task),
        "comments": comments,
        "attachments": attachments,
        "revision": _revision(task, comments, attachments),
        **_known(asking),
        "overseer": sees_all_tasks(asking.identity),
    }
    return context


def _external(task: Any) -> str:
    """What names a form of somebody else's."""
    reference = task.externalFormReference or ""
    return "" if reference.startswith(EMBEDDED) else reference


def _revision(task: Any, comments: int, attachments: int) -> str:
    """Another text whenever something has changed that the open task shows."""
    shown = (
        task.state, task.assignee, task.dueDate, task.followUpDate, task.priority, task.candidateGroups,
        task.candidateUsers, comments, attachments,
    )  # fmt: skip
    return f"{crc32(repr(shown).encode()):08x}"


# ---- Parts of an open task ------------------------------------------------------------------------------------------


class State(msgspec.Struct, rename="camel"):
    """How a task is now: `revision` changes with whatever the page shows, `text` says it to a person."""

    revision: str
    text: str


@router.get("/{key:int}/state")
async def state(request: Request, key: int) -> Response:
    """Whether the open task is still as it is shown."""
    asking = Asking(request)
    task, _ = await asking.task(key)
    return _json(State(_revision(task, *await asking.notes.counts(key)), _told(task)))


def _told(task: Any) -> str:
    if task.state == UserTaskState.CREATED.name:
        return f"It is assigned to {task.assignee} now." if task.assignee else "Nobody has it now."
    return f"It is {task.state.lower()} now."


class Data(msgspec.Struct, rename="camel"):
    """What a task is done with: the form, the variables it sees (JSON), what was typed before, whether to type more."""

    form: msgspec.Raw | None
    variables: dict[str, msgspec.Raw]
    draft: msgspec.Raw | None
    editable: bool


@router.get("/{key:int}/data")
async def data(request: Request, key: int) -> Response:
    """The form of a task, and what is to stand in it."""
    asking = Asking(request)
    task, may = await asking.task(key)
    form = await form_of_task(asking.reader, task)
    variables = await variables_of(asking.reader, task) if form is not None else {}
    draft = await asking.notes.draft(key)
    return _json(
        Data(
            form=None if form is None else msgspec.Raw(form.encode()),
            variables={name: msgspec.Raw(text.encode()) for name, text in variables.items()},
            draft=None if draft is None else msgspec.Raw(draft.encode()),
            editable=may.complete,
        )
    )


class Diagram(msgspec.Struct, rename="camel"):
    """The process's XML, and where the task is in it."""

    xml: str
    element_id: str
    open: bool


@router.get("/{key:int}/diagram")
async def diagram(request: Request, key: int) -> Response:
    """The picture of the process."""
    asking = Asking(request)
    task, _ = await asking.task(key)
    file = await figures.content(asking.reader, int(task.processDefinitionKey))
    if file is None:
        raise NotThere("The process's file is not there any more.")
    return _json(Diagram(file.content.decode("utf-8", "replace"), task.elementId, task.completionDate is None))


@router.get("/{key:int}/comments")
async def comments(request: Request, key: int) -> HTMLResponse:
    """What people wrote about a task."""
    asking = Asking(request)
    task, _ = await asking.task(key)
    return render(request, "tasks/comments.html", task=task, comments=await asking.notes.comments(key))


@router.get("/{key:int}/attachments")
async def attachments(request: Request, key: int) -> HTMLResponse:
    """The files beside a task."""
    asking = Asking(request)
    task, _ = await asking.task(key)
    return render(request, "tasks/attachments.html", task=task, attachments=await asking.notes.attachments(key))


@router.get("/{key:int}/attachments/{attachment:int}")
async def attachment(request: Request, key: int, attachment: int) -> Response:
    """A file, to be kept and never to be shown: somebody else made it."""
    asking = Asking(request)
    await asking.task(key)
    name, content = await asking.notes.attachment(key, attachment)
    return Response(content, media_type="application/octet-stream", headers={"Content-Disposition": _saved_as(name)})


def _saved_as(name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


@router.get("/{key:int}/history")
async def history(request: Request, key: int) -> HTMLResponse:
    """Who did what."""
    asking = Asking(request)
    task, _ = await asking.task(key)
    told = await history_of(asking.reader, int(task.processInstanceKey), key)
    return render(request, "tasks/history.html", happenings=told)


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
