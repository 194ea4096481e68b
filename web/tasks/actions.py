"""What people do to tasks.

Whether it is theirs to do is checked here, and whether it can be done, and is still theirs, by the engine.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, UploadFile
from fastapi.responses import HTMLResponse, Response
from msgspec import UnsetType

from engine.identity.identity import Role
from engine.identity.visibility import needed_assignee
from engine.machine.commands import AssignUserTask, CompleteUserTask, UpdateUserTask
from engine.machine.values import utc_text
from engine.store.search import InvalidSearch
from engine.store.search.values import read_date
from web.pages import render
from web.refusals import InvalidInput, NotAllowed, NotThere
from web.security import require
from web.tasks.asking import Asking
from web.tasks.fields import Entry, entered
from web.tasks.notes import LARGEST_ATTACHMENT
from web.tasks.people import exists

router = APIRouter(prefix="/tasks", dependencies=[require(Role.USER)], include_in_schema=False)

DONE = 204


class Assignment(msgspec.Struct):
    assignee: str


class Changes(msgspec.Struct, rename="camel"):
    """Attributes of a task; an empty date takes it away."""

    due_date: str = ""
    follow_up_date: str = ""
    priority: Annotated[int, msgspec.Meta(ge=0, le=100)] = 50


class Completion(msgspec.Struct):
    """What a form gave (`variables`), or what was entered into typed fields."""

    variables: dict[str, Any] = {}
    entries: list[Entry] = []


class Draft(msgspec.Struct):
    content: dict[str, Any]


class Text(msgspec.Struct):
    text: str


# ---- Who has it -----------------------------------------------------------------------------------------------------


@router.post("/{key:int}/claim")
async def claim(request: Request, key: int) -> Response:
    """Take a task that nobody has."""
    asking = Asking(request)
    task, may = await asking.task(key)
    if not may.claim and task.assignee:
        raise NotAllowed(f"{task.assignee} has this task already.")
    await _assign(asking, key, asking.identity.username, "claim", holder=None)
    return Response(status_code=DONE)


@router.post("/{key:int}/unclaim")
async def unclaim(request: Request, key: int) -> Response:
    """Give a task back, so that others can take it."""
    asking = Asking(request)
    task, may = await asking.task(key)
    if not may.unclaim and task.assignee:
        raise NotAllowed("Only who has this task gives it back, or an operator.")
    await _assign(asking, key, None, "unassign", needed_assignee(asking.identity))
    return Response(status_code=DONE)


@router.post("/{key:int}/assignment")
async def assign(request: Request, key: int) -> Response:
    """Give a task to somebody else."""
    asking = Asking(request)
    _, may = await asking.task(key)
    username = (await asking.body(Assignment)).assignee.strip()
    if not may.assign:
        raise NotAllowed("Only who has this task gives it to somebody else, or an operator.")
    if not await exists(asking.reader, username):
        raise InvalidInput(f"There is no user '{username}'; choose one of those that are offered while you type.")
    await _assign(asking, key, username, "assign", needed_assignee(asking.identity))
    return Response(status_code=DONE)


async def _assign(asking: Asking, key: int, assignee: str | None, action: str, holder: str | UnsetType | None) -> None:
    command = AssignUserTask(user_task_key=key, assignee=assignee, action=action, expected_assignee=holder)
    await asking.runtime.execute(command)


# ---- What it is like ------------------------------------------------------------------------------------------------


@router.post("/{key:int}/changes")
async def change(request: Request, key: int) -> Response:
    """Other dates, another priority."""
    asking = Asking(request)
    _, may = await asking.task(key)
    if not may.change:
        raise NotAllowed("Only who has this task changes it, or an operator.")
    wanted = await asking.body(Changes)
    changes = {
        "due_date": _date(wanted.due_date, "The due date"),
        "follow_up_date": _date(wanted.follow_up_date, "The follow-up date"),
        "priority": wanted.priority,
    }
    holder = needed_assignee(asking.identity)
    await asking.runtime.execute(
        UpdateUserTask(user_task_key=key, changes=changes, action="update", expected_assignee=holder)
    )
    return Response(status_code=DONE)


def _date(text: str, what: str) -> str | None:
    """In the one form in which the engine keeps dates."""
    if not text:
        return None
    try:
        return utc_text(int(read_date(text, what).timestamp() * 1000))
    except InvalidSearch as error:
        raise InvalidInput(str(error)) from error


# ---- Doing it -------------------------------------------------------------------------------------------------------


@router.post("/{key:int}/completion")
async def complete(request: Request, key: int) -> Response:
    """The task is done, with what its form or its fields say."""
    asking = Asking(request)
    task, may = await asking.task(key)
    if not may.complete and task.state == "CREATED":
        raise NotAllowed("Claim this task before you complete it.")
    if task.completionDate:
        raise NotThere(f"This task is {task.state.lower()} already. What you entered here was not sent to the process.")
    done = await asking.body(Completion)
    variables = done.variables | entered(done.entries)
    await asking.runtime.execute(
        CompleteUserTask(
            user_task_key=key,
            variables=variables,
            action="complete",
            expected_assignee=asking.identity.username,
        )
    )
    await asking.notes.drop_draft(key)
    return Response(status_code=DONE)


@router.post("/{key:int}/draft")
async def save_draft(request: Request, key: int) -> Response:
    """Keep what was typed, for this person."""
    asking = Asking(request)
    _, may = await asking.task(key)
    if not may.complete:
        raise NotAllowed("Nothing is kept: this task is not yours any more.")
    draft = await asking.body(Draft)
    await asking.notes.save_draft(key, msgspec.json.encode(draft.content).decode())
    return Response(status_code=DONE)


@router.delete("/{key:int}/draft")
async def drop_draft(request: Request, key: int) -> Response:
    """Forget what was typed."""
    asking = Asking(request)
    await asking.task(key)
    await asking.notes.drop_draft(key)
    return Response(status_code=DONE)


# ---- Beside it ------------------------------------------------------------------------------------------------------


@router.post("/{key:int}/comments")
async def comment(request: Request, key: int) -> HTMLResponse:
    """Say something about a task, to all who see it; answers all comments."""
    asking = Asking(request)
    task, _ = await asking.task(key)
    await asking.notes.comment(key, (await asking.body(Text)).text)
    asking.runtime.changes.publish("tasks")
    return render(request, "tasks/comments.html", task=task, comments=await asking.notes.comments(key))


@router.post("/{key:int}/attachments")
async def attach(request: Request, key: int, file: UploadFile) -> HTMLResponse:
    """Put a file beside a task; answers all of them."""
    asking = Asking(request)
    task, _ = await asking.task(key)
    await asking.notes.attach(key, file.filename or "", await file.read(LARGEST_ATTACHMENT + 1))
    asking.runtime.changes.publish("tasks")
    return render(request, "tasks/attachments.html", task=task, attachments=await asking.notes.attachments(key))


@router.delete("/{key:int}/attachments/{attachment:int}")
async def drop_attachment(request: Request, key: int, attachment: int) -> HTMLResponse:
    """Take a file away that one has put there oneself; answers the others."""
    asking = Asking(request)
    task, _ = await asking.task(key)
    await asking.notes.drop_attachment(key, attachment)
    asking.runtime.changes.publish("tasks")
    return render(request, "tasks/attachments.html", task=task, attachments=await asking.notes.attachments(key))


# ---- Filters --------------------------------------------------------------------------------------------------------


class Name(msgspec.Struct):
    name: str


@router.post("/filters")
async def save_filter(request: Request) -> Response:
    """Keep the list of this address under a name; answers where it is then."""
    asking = Asking(request)
    name = (await asking.body(Name)).name
    name = await asking.notes.save_filter(name, asking.filter.query(saved=""))
    return Response(msgspec.json.encode({"address": asking.filter.address(saved=name)}), media_type="application/json")


@router.delete("/filters")
async def drop_filter(request: Request, name: str) -> Response:
    """Forget a kept list."""
    await Asking(request).notes.drop_filter(name)
    return Response(status_code=DONE)
