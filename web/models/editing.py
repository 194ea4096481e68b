"""The editor's own requests: JSON in, JSON out; refusals are problem documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from engine.identity import Role
from engine.runtime.results import Deployable, DeployedDecisionDefinition, DeployedProcess
from engine.xml import MAX_SIZE
from web.live import MODELS
from web.models import deploying
from web.models.answers import TellingRoute, json_answer, problem_items
from web.models.blanks import NewModel, blank, id_from, name_from
from web.models.checking import check, file_name
from web.models.contents import Kind, kind_of_file, read_contents, text_of_file
from web.models.deployed import deployed_versions
from web.models.library import Draft, Library, Version
from web.models.requests import (
    CheckDraft,
    Deploy,
    InvalidRequest,
    KeepVersion,
    NewDraft,
    Rename,
    RestoreVersion,
    SaveDraft,
    model_key,
    read_body,
    read_bytes,
)
from web.models.sources import state_of
from web.pages import datetime_text
from web.security import require

router = APIRouter(route_class=TellingRoute, include_in_schema=False)
_modelers = [require(Role.MODELER)]


def library_of(request: Request) -> Library:
    server = request.app.server
    return Library(server.runtime.database, server.reader)


async def create(request: Request, new: NewModel) -> int:
    """Put a model into the library for whoever asks; gives its key."""
    key: int = await request.app.server.new_key()
    await library_of(request).create(key, new, request.state.identity.username, now())
    announce(request)
    return key


def announce(request: Request) -> None:
    """Tell open pages that the library has changed."""
    request.app.server.runtime.changes.publish(MODELS)


def ids_of(new: NewModel) -> list[str]:
    """The ids that a model declares, before it is in the library."""
    return read_contents(new.kind, new.content).ids


def now() -> datetime:
    return datetime.now(UTC)


def kind_named(text: str) -> Kind:
    """Raises InvalidRequest."""
    try:
        return Kind(text)
    except ValueError as error:
        raise InvalidRequest(f"A model is of the kind {', '.join(Kind)}, not '{text[:40]}'.") from error


# ---- The draft ------------------------------------------------------------------------------------------------------


@router.get("/{key}/draft")
async def get_draft(request: Request, key: str) -> Response:
    """The draft with what the editor needs to work on it."""
    return json_answer(draft_item(await library_of(request).draft(model_key(key))))


@router.put("/{key}/draft", dependencies=_modelers)
async def save_draft(request: Request, key: str) -> Response:
    """Save what was typed; 409 where somebody else has saved since."""
    asked = await read_body(request, SaveDraft)
    library, number = library_of(request), model_key(key)
    kind = (await library.summary(number)).kind
    saved = await library.save(number, kind, asked.revision, asked.content, request.state.identity.username, now())
    announce(request)
    return json_answer({"revision": saved.revision, "changedAt": datetime_text(saved.changed_at)})


@router.patch("/{key}", dependencies=_modelers)
async def rename(request: Request, key: str) -> Response:
    asked = await read_body(request, Rename)
    await library_of(request).rename(model_key(key), asked.name)
    announce(request)
    return json_answer({"name": asked.name.strip()})


def draft_item(draft: Draft) -> dict[str, Any]:
    about = draft.about
    return {
        "key": str(about.key),
        "kind": str(about.kind),
        "name": about.name,
        "fileName": file_name(about.kind, about.name),
        "content": draft.content,
        "revision": about.revision,
        "changedBy": about.changed_by,
        "changedAt": datetime_text(about.changed_at),
    }


# ---- Others ---------------------------------------------------------------------------------------------------------


@router.post("/models", dependencies=_modelers)
async def create_blank(request: Request) -> Response:
    """A blank model, such as the form that a task refers to and that is not there yet."""
    asked = await read_body(request, NewDraft)
    kind = kind_named(asked.kind)
    id = asked.id or id_from(asked.name, await library_of(request).ids(kind), kind)
    return json_answer({"key": str(await create(request, blank(kind, asked.name, id))), "id": id}, 201)


@router.get("/declaring/{kind}")
async def get_declaring(request: Request, kind: str, id: str) -> Response:
    """The models that declare an id, such as the form of a user task; the last changed first."""
    found = await library_of(request).declaring(kind_named(kind), [id])
    return json_answer([{"key": str(each.key), "name": each.name, "kind": str(each.kind)} for each in found])


@router.get("/offers.json")
async def get_offers(request: Request) -> Response:
    """What the library has for a diagram: element templates, and the models that tasks may refer to."""
    library = library_of(request)
    templates: list[Any] = []
    for content in await library.templates():
        read = msgspec.json.decode(content)
        templates += read if isinstance(read, list) else [read]
    resources = [
        {"type": type, "name": model.name, attribute: id}
        for model in await library.search()
        for type, attribute in [_RESOURCES.get(model.kind, ("", ""))]
        for id in model.resource_ids
        if type
    ]
    return json_answer({"templates": templates, "resources": resources})


#: How the diagram editor names what tasks may refer to, and its id.
_RESOURCES = {
    Kind.FORM: ("form", "formId"),
    Kind.DMN: ("dmnDecision", "decisionId"),
    Kind.BPMN: ("bpmnProcess", "processId"),
}


@router.post("/files", dependencies=_modelers)
async def import_file(request: Request, name: str) -> Response:
    """A file as it is, by its name: it becomes a model."""
    data = await read_bytes(request, MAX_SIZE)
    kind = kind_of_file(name, data)
    content = text_of_file(kind, data)
    title = read_contents(kind, content).name or name_from(name)
    key = await create(request, NewModel(kind, title[:200], content))
    return json_answer({"key": str(key), "name": title, "kind": str(kind)}, 201)


@router.post("/check")
async def check_draft(request: Request) -> Response:
    """What the engine finds wrong with a text, saved or not."""
    asked = await read_body(request, CheckDraft)
    return json_answer(problem_items(await check(kind_named(asked.kind), asked.name, asked.content)))


# ---- Versions -------------------------------------------------------------------------------------------------------


@router.get("/{key}/versions")
async def get_versions(request: Request, key: str) -> Response:
    """The versions that were kept and those that are deployed; the newest first."""
    library, draft = library_of(request), await library_of(request).summary(model_key(key))
    kept = await library.versions(draft.key)
    deployed = await deployed_versions(request.app.server.reader, draft.kind, draft.resource_ids)
    return json_answer(
        {
            "kept": [_version_item(each) for each in kept],
            "deployed": [
                {
                    "state": f"d{each.key}",
                    "key": str(each.key),
                    "id": each.id,
                    "version": each.version,
                    "deployedAt": datetime_text(each.deployed_at),
                    "isDraft": each.checksum == draft.checksum,
                }
                for each in deployed
            ],
        }
    )


def _version_item(version: Version) -> dict[str, Any]:
    return {
        "state": f"v{version.number}",
        "number": version.number,
        "name": version.name,
        "createdBy": version.created_by,
        "createdAt": datetime_text(version.created_at),
    }


@router.post("/{key}/versions", dependencies=_modelers)
async def keep_version(request: Request, key: str) -> Response:
    """Keep the draft under a name."""
    asked = await read_body(request, KeepVersion)
    who = request.state.identity.username
    number = await library_of(request).keep(model_key(key), asked.revision, asked.name, who, now())
    return json_answer({"number": number}, 201)


@router.delete("/{key}/versions/{number}", dependencies=_modelers)
async def delete_version(request: Request, key: str, number: int) -> Response:
    await library_of(request).delete_version(model_key(key), number)
    return Response(status_code=204)


@router.post("/{key}/restoration", dependencies=_modelers)
async def restore(request: Request, key: str) -> Response:
    """Make a kept or deployed state the draft."""
    asked = await read_body(request, RestoreVersion)
    library = library_of(request)
    draft = await library.draft(model_key(key))
    state = await state_of(library, request.app.server.reader, draft, asked.state)
    who = request.state.identity.username
    await library.save(draft.about.key, draft.about.kind, asked.revision, state.content, who, now())
    announce(request)
    return json_answer(draft_item(await library.draft(draft.about.key)))


# ---- Deployment -----------------------------------------------------------------------------------------------------


@router.get("/{key}/deployment", dependencies=_modelers)
async def get_plan(request: Request, key: str) -> Response:
    """What a deployment of the draft means."""
    library = library_of(request)
    draft = await library.draft(model_key(key))
    plan = await deploying.plan(library, request.app.server.reader, draft)
    return json_answer(
        {
            "revision": draft.about.revision,
            "along": [
                {
                    "key": str(each.draft.about.key),
                    "kind": str(each.draft.about.kind),
                    "name": each.draft.about.name,
                    "because": each.because,
                    "version": each.version,
                    "changed": each.changed,
                }
                for each in plan.along
            ],
            "missing": [{"kind": str(kind), "id": id, "elementId": element} for kind, id, element in plan.missing],
            "processes": [{"id": id, "name": name, "form": form} for id, name, form in plan.processes],
            "problems": problem_items(plan.problems),
        }
    )


@router.post("/{key}/deployment", dependencies=_modelers)
async def deploy(request: Request, key: str) -> Response:
    """Deploy the draft and what goes along, and start it where that is asked for."""
    asked = await read_body(request, Deploy)
    outcome = await deploying.deploy(request.app.server.runtime, library_of(request), model_key(key), asked)
    announce(request)
    return json_answer(
        {
            "deployments": [_deployment_item(each) for each in outcome.deployed.deployments],
            "processInstanceKey": outcome.started and str(outcome.started),
            "notStarted": outcome.not_started,
        }
    )


def _deployment_item(item: Deployable) -> dict[str, Any]:
    if isinstance(item, DeployedProcess):
        kind, id = Kind.BPMN.value, item.process_id
    elif isinstance(item, DeployedDecisionDefinition):
        kind, id = Kind.DMN.value, item.decision_id
    else:
        kind, id = item.kind, item.resource_id
    return {"kind": kind, "id": id, "version": item.version, "key": str(item.key)}
