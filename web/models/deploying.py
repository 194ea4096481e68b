"""A draft and what it refers to, deployed together, and started.

The forms, decisions and called processes of a draft are looked for in the library, and what those refer to as well.
What is only deployed needs nothing; what is in neither is told, since a task would stop there with an incident.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from engine.bpmn import InvalidModel, Problem, compile_model
from engine.machine.commands import CreateInstance, Rejection
from engine.runtime.results import Deployable, Deployed, DeployedProcess, InstanceStarted
from engine.runtime.runtime import Runtime
from engine.store.search import Reader
from web.models.checking import check, file_name
from web.models.contents import Kind, Reference, read_contents
from web.models.deployed import deployed_ids, deployed_versions, latest_of
from web.models.library import Conflict, Draft, Library
from web.models.requests import Deploy, InvalidRequest, Start, model_key
from web.models.sources import deployed_content


class Along(NamedTuple):
    """A model that is deployed along; `because` is what refers to it, `changed` whether it would get a new version."""

    draft: Draft
    because: str
    version: int | None
    changed: bool


class Startable(NamedTuple):
    """A process of the draft; `form` is the schema of its start form, where that can be found."""

    process_id: str
    name: str
    form: Any


class Plan(NamedTuple):
    """What a deployment of a draft means, for a person to look at before."""

    along: list[Along]
    missing: list[Reference]
    processes: list[Startable]
    problems: list[tuple[str, Problem]]


# ---- Before ---------------------------------------------------------------------------------------------------------


async def plan(library: Library, reader: Reader, draft: Draft) -> Plan:
    about = draft.about
    along, missing = await _referred(library, reader, draft)
    latest = await latest_of(reader, [found.about for found, _ in along])
    shown = [
        Along(found, because, deployed and deployed.version, not deployed or deployed.checksum != found.about.checksum)
        for found, because in along
        for deployed in [latest.get(found.about.key)]
    ]
    problems = await check(about.kind, about.name, draft.content)
    processes = [] if problems else await _processes(reader, draft, [found for found, _ in along])
    return Plan(shown, missing, processes, problems)


async def _referred(library: Library, reader: Reader, draft: Draft) -> tuple[list[tuple[Draft, str]], list[Reference]]:
    """Models of the library that the draft needs, each with the id that asked for it, and what is nowhere."""
    found: dict[int, tuple[Draft, str]] = {}
    missing: dict[tuple[Kind, str], Reference] = {}
    waiting, seen = [draft], {(draft.about.kind, id) for id in draft.about.resource_ids}
    while waiting:
        for reference in read_contents(waiting[0].about.kind, waiting.pop(0).content).references:
            what = (reference.kind, reference.id)
            if what in seen:
                continue
            seen.add(what)
            models = await library.declaring(reference.kind, [reference.id])
            if models and models[0].key not in found:
                referred = await library.draft(models[0].key)
                found[referred.about.key] = (referred, reference.element_id)
                waiting.append(referred)
            elif not models and not await deployed_ids(reader, reference.kind, [reference.id]):
                missing[what] = reference
    return list(found.values()), list(missing.values())


async def _processes(reader: Reader, draft: Draft, along: Sequence[Draft]) -> list[Startable]:
    if draft.about.kind is not Kind.BPMN:
        return []
    try:
        graphs = compile_model(draft.content.encode()).processes
    except InvalidModel:
        return []
    return [
        Startable(graph.process_id, graph.name or "", await _start_form(reader, graph.start_form_id, along))
        for graph in graphs
    ]


async def _start_form(reader: Reader, form_id: str | None, along: Sequence[Draft]) -> Any:
    """From the library, as it will be deployed, or as it is deployed already."""
    if form_id is None:
        return None
    for draft in along:
        if draft.about.kind is Kind.FORM and form_id in draft.about.resource_ids:
            return json.loads(draft.content)
    return await _deployed_form(reader, form_id)


async def _deployed_form(reader: Reader, form_id: str) -> Any:
    versions = await deployed_versions(reader, Kind.FORM, [form_id])
    content = await deployed_content(reader, Kind.FORM, versions[0].key) if versions else None
    return json.loads(content) if content is not None else None


# ---- Now ------------------------------------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """What was deployed; `started` is the key of the new instance, None where none was asked for.

    `not_started` is why it could not be started, though it is deployed.
    """

    deployed: Deployed
    started: int | None
    not_started: str | None


async def deploy(runtime: Runtime, library: Library, key: int, asked: Deploy) -> Outcome:
    """Deploy a draft with others of the library: all or none; then start it.

    Raises Conflict where the draft has changed since the person looked, NoSuchModel, Rejection where the deployment
    is refused.
    """
    draft, *others = await library.drafts([key, *map(model_key, asked.along)])
    if draft.about.revision != asked.revision:
        raise Conflict(draft.about.revision, draft.about.changed_by, draft.about.changed_at)
    if draft.about.kind is Kind.TEMPLATE:
        raise InvalidRequest("An element template is not deployed: it is at hand in each process of the library.")
    name = file_name(draft.about.kind, draft.about.name)
    files = [(file_name(each.about.kind, each.about.name), each.content.encode()) for each in others]
    deployed = await runtime.deploy([(name, draft.content.encode()), *files])
    if asked.start is None:
        return Outcome(deployed, None, None)
    try:
        return Outcome(
            deployed, await _start(runtime, _chosen(deployed.deployments, name, asked.start), asked.start), None
        )
    except Rejection as error:
        return Outcome(deployed, None, error.reason)


def _chosen(deployments: Sequence[Deployable], file: str, start: Start) -> DeployedProcess:
    processes = [each for each in deployments if isinstance(each, DeployedProcess) and each.resource_name == file]
    chosen = [each for each in processes if each.process_id == start.process_id] if start.process_id else processes
    if not chosen:
        raise Rejection("NOT_FOUND", f"The model has no process '{start.process_id}' that could be started.")
    return chosen[0]


async def _start(runtime: Runtime, process: DeployedProcess, start: Start) -> int:
    command = CreateInstance(
        process_definition_key=process.key, variables=start.variables, business_id=start.business_id or None
    )
    started: InstanceStarted = await runtime.execute(command)
    return started.process_instance_key
