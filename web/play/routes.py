"""The pages of Play. Every change answers with the part of the page that a step changes."""

from __future__ import annotations

import asyncio
from typing import Annotated
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from engine.identity import Role
from engine.machine.commands import Rejection
from engine.runtime.deployed.files import InvalidDeployment
from engine.runtime.runtime import Runtime
from engine.sandbox import Sandbox
from web.models.contents import InvalidContent, Kind
from web.models.editing import library_of
from web.models.library import Draft, NoSuchModel
from web.pages import render
from web.play.picture import form_of, json_text, picture_of
from web.play.playing import Played, Sandboxes
from web.play.reading import step_of
from web.play.sources import sources_of
from web.play.store import Scenario, Store, Stored
from web.security import INERT, require

router = APIRouter(prefix="/play", dependencies=[require(Role.MODELER)], include_in_schema=False)

_sandboxes: WeakKeyDictionary[Runtime, Sandboxes] = WeakKeyDictionary()


def sandboxes_of(request: Request) -> Sandboxes:
    """The sandboxes of the server that is asked."""
    server = request.app.server
    store = Store(server.runtime.database, server.reader)
    return _sandboxes.setdefault(server.runtime, Sandboxes(store))


def key_of(text: str) -> int:
    """A key as it stands in addresses. Raises Rejection."""
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Rejection("NOT_FOUND", f"Expected the key of a sandbox, a number, but found '{text[:40]}'.")
    return int(text)


# ---- Sandboxes -------------------------------------------------------------------------------------------------------


@router.get("")
async def index(request: Request) -> Response:
    """What can be played, and the sandboxes that there are."""
    models = await library_of(request).search(kind=Kind.BPMN)
    found = await sandboxes_of(request).store.sandboxes(request.state.identity.username)
    return render(request, "play/index.html", models=models, sandboxes=found, problems=[], name="", reason="")


@router.post("")
async def create(
    request: Request,
    model: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    content: Annotated[str, Form()] = "",
) -> Response:
    """A sandbox for a draft of the library, or for the content of a file; what is wrong with it is told instead."""
    draft = None
    try:
        if model:
            draft = await _draft(request, model)
            name, content = draft.about.name, draft.content
        stored = await _new(request, name.strip()[:200] or "Process", content, draft)
    except (InvalidDeployment, InvalidContent, Rejection) as error:
        return await _refused(request, name, draft, error)
    await sandboxes_of(request).store.create(stored)
    return RedirectResponse(f"/play/{stored.key}", 303)


async def _draft(request: Request, model: str) -> Draft:
    try:
        return await library_of(request).draft(key_of(model))
    except NoSuchModel as error:
        raise Rejection("NOT_FOUND", str(error)) from error


async def _new(request: Request, name: str, content: str, draft: Draft | None) -> Stored:
    server = request.app.server
    sources = await sources_of(library_of(request), server.reader, name, content)
    beginning = server.runtime.clock.now() // 1000 * 1000
    bench = await asyncio.to_thread(Sandbox, sources, beginning)
    return Stored(
        key=await server.new_key(),
        owner=request.state.identity.username,
        name=name,
        process_id=next(iter(bench.shelf.latest())).process_id,
        model_key=draft.about.key if draft else None,
        sources=sources,
        beginning=beginning,
        steps=[],
        revision=1,
    )


async def _refused(request: Request, name: str, draft: Draft | None, error: Exception) -> Response:
    """Why a draft cannot run: the engine's reasons, each with its element and line."""
    problems = error.problems if isinstance(error, InvalidDeployment) else []
    return render(
        request,
        "play/refused.html",
        422,
        name=name,
        model_key=draft.about.key if draft else None,
        problems=problems,
        reason="" if problems else str(error),
    )


@router.post("/{key}/deletion")
async def delete(request: Request, key: str) -> Response:
    await sandboxes_of(request).store.delete(key_of(key), request.state.identity.username)
    return RedirectResponse("/play", 303)


# ---- Playing ---------------------------------------------------------------------------------------------------------


@router.get("/{key}")
async def play(request: Request, key: str, instance: str = "") -> Response:
    """The sandbox as it stands."""
    sandboxes = sandboxes_of(request)
    async with sandboxes.alone(key_of(key)):
        played = await sandboxes.open(key_of(key), request.state.identity.username)
        return await answer(request, played, instance)


@router.get("/{key}/diagram/{process_id}")
async def diagram(request: Request, key: str, process_id: str) -> Response:
    """The drawing of a process that runs in the sandbox."""
    sandboxes = sandboxes_of(request)
    async with sandboxes.alone(key_of(key)):
        shelf = (await sandboxes.open(key_of(key), request.state.identity.username)).bench.shelf
    graph = next((graph for graph in shelf.latest() if graph.process_id == process_id), None)
    if graph is None:
        raise Rejection("NOT_FOUND", f"The sandbox has no process '{process_id[:100]}'.")
    return Response(shelf.text_of(graph), media_type="application/xml", headers=INERT)


@router.post("/{key}/steps")
async def take(request: Request, key: str, instance: str = "") -> Response:
    """Take a step; the form's fields are those of the step."""
    form = await request.form()
    sandboxes, revision = sandboxes_of(request), _revision(str(form.get("revision", "")))
    async with sandboxes.alone(key_of(key)):
        step = step_of(form)
        played = await sandboxes.take(key_of(key), request.state.identity.username, revision, step)
        return await answer(request, played, instance)


@router.post("/{key}/run-on")
async def run_on(request: Request, key: str, revision: Annotated[str, Form()], instance: str = "") -> Response:
    """Take steps until one needs a decision."""
    sandboxes = sandboxes_of(request)
    async with sandboxes.alone(key_of(key)):
        played = await sandboxes.run_on(key_of(key), request.state.identity.username, _revision(revision))
        return await answer(request, played, instance)


@router.post("/{key}/back")
async def back(
    request: Request, key: str, revision: Annotated[str, Form()], to: Annotated[str, Form()], instance: str = ""
) -> Response:
    """Back to where so many steps had been taken; 0 is the beginning."""
    sandboxes = sandboxes_of(request)
    async with sandboxes.alone(key_of(key)):
        owner = request.state.identity.username
        played = await sandboxes.back_to(key_of(key), owner, _revision(revision), _revision(to))
        return await answer(request, played, instance)


@router.post("/{key}/renewal")
async def renew(request: Request, key: str, revision: Annotated[str, Form()], instance: str = "") -> Response:
    """Take the model's draft as it is now, and the same steps on it."""
    sandboxes = sandboxes_of(request)
    async with sandboxes.alone(key_of(key)):
        stored = await sandboxes.store.sandbox(key_of(key), request.state.identity.username)
        if stored.model_key is None:
            raise Rejection("INVALID_STATE", "This sandbox was made of a file, which has no draft in the library.")
        draft = await _draft(request, str(stored.model_key))
        reader = request.app.server.reader
        sources = await sources_of(library_of(request), reader, draft.about.name, draft.content)
        played = await sandboxes.renew(stored._replace(sources=sources, revision=_revision(revision)))
        return await answer(request, played, instance)


def _revision(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Rejection(
            "INVALID_ARGUMENT", "Expected to know which state of the sandbox was seen. Load the page again."
        )
    return int(text)


async def answer(
    request: Request, played: Played, instance: str, verdicts: list[tuple[Scenario, object]] | None = None
) -> Response:
    """The page, or for htmx the part of it that changes."""
    chosen = int(instance) if instance.isascii() and instance.isdecimal() and len(instance) < 19 else None
    picture = picture_of(played, chosen)
    scenarios = await sandboxes_of(request).store.scenarios(played.stored.process_id)
    return render(
        request,
        "play/state.html" if "hx-request" in request.headers else "play/page.html",
        picture=picture,
        scenarios=scenarios,
        verdicts=verdicts or [],
        json_text=json_text,
        form_of=lambda each: form_of(played.bench, each),
    )
