"""Deployments and resources: files come in, are looked at, and are taken away."""

from __future__ import annotations

from typing import Any

import msgspec

from api.rest.access import check_forgetting
from api.rest.multipart import FormReader, Part, boundary_of
from api.rest.operation import Answer, Call, Operations
from api.rest.problems import Problem, bad_request, invalid_argument, not_found
from api.rest.process_instances import BatchOperationCreatedResult
from api.rest.reading import header, read_body
from api.rest.searching import declare_get, declare_search
from api.rest.wire import OperationReference, Request, Result, TenantId, tenant_of
from engine.runtime.background.batch_operations import DELETION
from engine.runtime.results import Deployable, Deployed, DeployedDecisionDefinition, DeployedProcess, DeployedResource
from engine.store.search import RESOURCES, figures

operations = Operations("Resource")

MAX_FILE_NAME = 1_024


class DeploymentProcessResult(Result):
    process_definition_id: str
    process_definition_version: int
    resource_name: str
    tenant_id: str
    process_definition_key: str


class DeploymentDecisionResult(Result):
    decision_definition_id: str
    version: int
    name: str
    tenant_id: str
    decision_requirements_id: str
    decision_definition_key: str
    decision_requirements_key: str


class DeploymentDecisionRequirementsResult(Result):
    decision_requirements_id: str
    decision_requirements_name: str
    version: int
    resource_name: str
    tenant_id: str
    decision_requirements_key: str


class DeploymentFormResult(Result):
    form_id: str
    version: int
    resource_name: str
    tenant_id: str
    form_key: str


class DeploymentResourceResult(Result):
    resource_id: str
    resource_name: str
    version: int
    tenant_id: str
    resource_key: str


class DeploymentMetadataResult(Result):
    """One deployed thing; exactly one of these is there."""

    process_definition: DeploymentProcessResult | None = None
    decision_definition: DeploymentDecisionResult | None = None
    decision_requirements: DeploymentDecisionRequirementsResult | None = None
    form: DeploymentFormResult | None = None
    resource: DeploymentResourceResult | None = None


class DeploymentResult(Result):
    deployment_key: str
    tenant_id: str
    deployments: list[DeploymentMetadataResult]


class DeleteResourceRequest(Request):
    """`deleteHistory`: forget the instances of a process definition that have ended, too."""

    operation_reference: OperationReference | None = None
    delete_history: bool | None = None


class DeleteResourceResponse(Result):
    resource_key: str
    batch_operation: BatchOperationCreatedResult | None


@operations(
    "POST",
    "/deployments",
    "createDeployment",
    multipart=True,
    result=DeploymentResult,
    errors=(409, 413, 415),
)
async def create_deployment(call: Call) -> DeploymentResult:
    """Deploy files together: all of them, or none if one is wrong. An unchanged file keeps its version."""
    files, tenant = await _read_form(call)
    if not files:
        raise invalid_argument("At least one file is required, as a part of the form named 'resources'.")
    deployed = await call.server.runtime.deploy(files, tenant)
    return _result(deployed)


async def _read_form(call: Call) -> tuple[list[tuple[str, bytes]], str]:
    content_type = header(call.scope, b"content-type") or ""
    boundary = boundary_of(content_type)
    if boundary is None:
        detail = f"The content type must be multipart/form-data with a boundary, but is '{content_type}'."
        raise Problem(415, "Unsupported Media Type", detail)
    body = await read_body(call.scope, call.receive, call.server.limits.deployment)
    files: list[tuple[str, bytes]] = []
    tenant = ""
    for part in FormReader().read(body, boundary):
        if part.name == "resources":
            files.append(_file(part))
        elif part.name == "tenantId":
            tenant = _tenant(part.content.decode("utf-8", "replace"))
        else:
            raise bad_request(f"The part '{part.name}' of the form is not known; it takes resources and tenantId.")
    return files, tenant_of(tenant)


def _file(part: Part) -> tuple[str, bytes]:
    if not part.file_name:
        raise invalid_argument("Every part named 'resources' must be a file with a file name.")
    if "\0" in part.file_name or len(part.file_name) > MAX_FILE_NAME:
        raise invalid_argument(f"A file name must have at most {MAX_FILE_NAME} characters, none of them NUL.")
    return part.file_name, part.content


def _tenant(text: str) -> str:
    try:
        tenant: str = msgspec.convert(text, TenantId)
    except msgspec.ValidationError as error:
        raise invalid_argument(f"'{text[:40]}' is not a tenant id.") from error
    return tenant


def _result(deployed: Deployed) -> DeploymentResult:
    return DeploymentResult(str(deployed.key), deployed.tenant, [_item(item) for item in deployed.deployments])


def _item(item: Deployable) -> DeploymentMetadataResult:
    if isinstance(item, DeployedProcess):
        process = DeploymentProcessResult(item.process_id, item.version, item.resource_name, item.tenant, str(item.key))
        return DeploymentMetadataResult(process_definition=process)
    if isinstance(item, DeployedDecisionDefinition):
        decision = DeploymentDecisionResult(
            item.decision_id,
            item.version,
            item.name,
            item.tenant,
            item.requirements_id,
            str(item.key),
            str(item.requirements_key),
        )
        return DeploymentMetadataResult(decision_definition=decision)
    return _resource_item(item)


def _resource_item(item: DeployedResource) -> DeploymentMetadataResult:
    key = str(item.key)
    if item.kind == "form":
        form = DeploymentFormResult(item.resource_id, item.version, item.resource_name, item.tenant, key)
        return DeploymentMetadataResult(form=form)
    if item.kind == "dmn":
        drg = DeploymentDecisionRequirementsResult(
            item.resource_id, item.title or item.resource_id, item.version, item.resource_name, item.tenant, key
        )
        return DeploymentMetadataResult(decision_requirements=drg)
    resource = DeploymentResourceResult(item.resource_id, item.resource_name, item.version, item.tenant, key)
    return DeploymentMetadataResult(resource=resource)


async def _content(call: Call) -> figures.Content:
    key = call.key("resourceKey")
    content = await figures.content(call.server.reader, key)
    if content is None:
        raise not_found("resource", key)
    return content


@operations(
    "GET",
    "/resources/{resourceKey}/content",
    "getResourceContent",
    result=dict[str, Any],
    answers={200: "application/json"},
    errors=(404, 406),
)
async def get_content(call: Call) -> Answer:
    """The file as JSON; 406 where it is something else."""
    content = await _content(call)
    try:
        msgspec.json.decode(content.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        detail = f"The resource '{content.name}' is not JSON; get it from …/content/binary."
        raise Problem(406, "Not Acceptable", detail) from error
    return Answer(200, "application/json", content.content)


@operations(
    "GET",
    "/resources/{resourceKey}/content/binary",
    "getResourceContentBinary",
    result=bytes,
    answers={200: "application/octet-stream"},
    errors=(404,),
)
async def get_binary(call: Call) -> Answer:
    """The file as it was deployed."""
    return Answer(200, "application/octet-stream", (await _content(call)).content)


@operations(
    "POST",
    "/resources/{resourceKey}/deletion",
    "deleteResource",
    body=DeleteResourceRequest,
    optional=True,
    result=DeleteResourceResponse,
    errors=(404, 409),
)
async def delete_resource(call: Call) -> DeleteResourceResponse:
    """Take a resource (a process definition, a form, …) out of use; its key finds it.

    With `deleteHistory` a batch operation forgets what has ended, which needs the role OPERATOR.
    """
    key, with_history = call.key("resourceKey"), bool(call.body.delete_history)
    if with_history:
        check_forgetting(call)
    operation = await call.server.runtime.delete_resource(key, with_history)
    begun = None if operation is None else BatchOperationCreatedResult(str(operation), DELETION)
    return DeleteResourceResponse(str(key), begun)


declare_search(operations, "/resources/search", "searchResources", RESOURCES)
declare_get(operations, "/resources/{resourceKey}", "getResource", RESOURCES, "resource")
