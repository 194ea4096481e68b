"""The pages of the modeler: the library, the editor, what was deployed elsewhere, and two states beside each other.

Operators may look, since they see all that runs; changes need the role modeler.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from engine.identity import Role
from engine.store.search import PROCESS_DEFINITIONS
from web.models import editing
from web.models.answers import TellingRoute
from web.models.blanks import NewModel, blank, id_from, samples
from web.models.checking import file_name
from web.models.contents import Kind
from web.models.deployed import Deployed, deployed_versions, latest_of
from web.models.editing import create, draft_item, kind_named, library_of
from web.models.library import Draft, NoSuchModel, checked_name, checksum_of
from web.models.requests import InvalidRequest, model_key
from web.models.sources import deployed_content, state_of
from web.pages import render
from web.security import require

router = APIRouter(
    prefix="/modeler",
    route_class=TellingRoute,
    dependencies=[require(Role.MODELER, Role.OPERATOR)],
    include_in_schema=False,
)
router.include_router(editing.router)
_modelers = [require(Role.MODELER)]

_SORTS = {"changed": lambda model: model.changed_at, "name": lambda model: model.name.casefold()}


def may_edit(request: Request) -> bool:
    """Whether whoever asks may change models."""
    return bool(request.state.identity.may(Role.MODELER))


@router.get("")
async def index(request: Request, q: str = "", kind: str = "", sort: str = "changed") -> Response:
    """The library. What is looked for stands in the address."""
    library, reader = library_of(request), request.app.server.reader
    found = await library.search(q.strip()[:200], kind_named(kind) if kind else None)
    if sort == "name":
        found.sort(key=_SORTS["name"])
    return render(
        request,
        "models/index.html",
        models=found,
        deployed=await latest_of(reader, found),
        kinds=list(Kind),
        asked={"q": q, "kind": kind, "sort": sort if sort in _SORTS else "changed"},
        samples=samples(),
        may_edit=may_edit(request),
    )


@router.post("/new", dependencies=_modelers)
async def new(
    request: Request,
    name: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "bpmn",
    sample: Annotated[str, Form()] = "",
) -> Response:
    """A blank model, or the models of a sample; then to its editor."""
    if sample:
        return _to(await _from_sample(request, sample))
    wanted, name = kind_named(kind), checked_name(name)
    taken = await library_of(request).ids(wanted)
    return _to(await create(request, blank(wanted, name, id_from(name, taken, wanted))))


async def _from_sample(request: Request, sample: str) -> int:
    """The sample's process; what it refers to comes along unless the library has it."""
    models = samples().get(sample)
    if models is None:
        raise InvalidRequest(f"There is no sample '{sample[:60]}'.")
    library = library_of(request)
    first, *others = models
    for other in others:
        if not await library.declaring(other.kind, editing.ids_of(other)):
            await create(request, other)
    return await create(request, first)


@router.post("/{key}/copy", dependencies=_modelers)
async def copy(request: Request, key: str) -> Response:
    """A model of its own with the same content and ids; its name says that it is a copy."""
    draft = await library_of(request).draft(model_key(key))
    name = f"{draft.about.name} (copy)"[:200]
    return _to(await create(request, NewModel(draft.about.kind, name, draft.content)))


@router.post("/{key}/deletion", dependencies=_modelers)
async def delete(request: Request, key: str) -> Response:
    """The draft with its versions goes; what is deployed stays."""
    await library_of(request).delete(model_key(key))
    editing.announce(request)
    return RedirectResponse("/modeler", 303)


@router.get("/import")
async def import_page(request: Request, definition: str) -> Response:
    """A deployed process: straight to the model that holds the same, or a choice of what to do with it."""
    found, content = await _deployed_process(request, definition)
    models = await library_of(request).declaring(Kind.BPMN, [found.processDefinitionId])
    same = next((model for model in models if model.checksum == checksum_of(content)), None)
    if same is not None:
        return _to(same.key)
    return render(
        request, "models/import.html", definition=found, content=content, models=models, may_edit=may_edit(request)
    )


@router.post("/import", dependencies=_modelers)
async def import_definition(request: Request, definition: Annotated[str, Form()]) -> Response:
    """A model from a deployed process."""
    found, content = await _deployed_process(request, definition)
    name = found.name or found.processDefinitionId
    return _to(await create(request, NewModel(Kind.BPMN, name[:200], content)))


async def _deployed_process(request: Request, definition: str) -> tuple[Any, str]:
    reader, key = request.app.server.reader, model_key(definition)
    found = await reader.get(PROCESS_DEFINITIONS, key)
    content = await deployed_content(reader, Kind.BPMN, key)
    if found is None or content is None:
        raise HTTPException(404, f"There is no deployed process with the key {definition}.")
    return found, content


@router.get("/{key}")
async def edit(request: Request, key: str) -> Response:
    """The editor on a model."""
    draft = await _draft(request, key)
    latest = await latest_of(request.app.server.reader, [draft.about])
    return render(
        request,
        "models/edit.html",
        model=draft.about,
        deployed=latest.get(draft.about.key),
        document=draft_item(draft),
        may_edit=may_edit(request),
    )


@router.get("/{key}/file")
async def download(request: Request, key: str, state: str = "draft") -> Response:
    """A state of a model as a file."""
    draft = await _draft(request, key)
    found = await state_of(library_of(request), request.app.server.reader, draft, state)
    name = file_name(draft.about.kind, draft.about.name)
    plain = name.encode("ascii", "replace").decode().replace('"', "'").replace("?", "_")
    headers = {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"}
    return Response(found.content.encode(), media_type="application/octet-stream", headers=headers)


@router.get("/{key}/compare")
async def compare(request: Request, key: str, old: str = "", new: str = "draft") -> Response:
    """Two states of a model beside each other; without `old`, the newest that is not the draft."""
    draft = await _draft(request, key)
    library, reader = library_of(request), request.app.server.reader
    choices = await _choices(request, draft)
    old = old or next((ref for ref, _, _ in choices[1:]), "draft")
    states = [await state_of(library, reader, draft, ref) for ref in (old, new)]
    return render(request, "models/compare.html", model=draft.about, choices=choices, old=states[0], new=states[1])


async def _choices(request: Request, draft: Draft) -> list[tuple[str, str, Any]]:
    """All states of a model: how an address names it, its title, its time; the draft first."""
    library, reader = library_of(request), request.app.server.reader
    kept = [
        (f"v{each.number}", f"Version {each.number}: {each.name}", each.created_at)
        for each in await library.versions(draft.about.key)
    ]
    deployed = [
        (f"d{each.key}", _deployed_title(each), each.deployed_at)
        for each in await deployed_versions(reader, draft.about.kind, draft.about.resource_ids)
    ]
    former = sorted([*kept, *deployed], key=lambda choice: choice[2], reverse=True)
    return [("draft", "Draft", draft.about.changed_at), *former]


def _deployed_title(deployed: Deployed) -> str:
    return f"Deployed version {deployed.version} of {deployed.id}"


async def _draft(request: Request, key: str) -> Draft:
    """For a page: what is not there is a page that says so."""
    try:
        return await library_of(request).draft(model_key(key))
    except (NoSuchModel, InvalidRequest) as error:
        raise HTTPException(404, str(error)) from error


def _to(key: int) -> Response:
    return RedirectResponse(f"/modeler/{key}", 303)
