"""Deployments and resources: files come in, are looked at, and are taken away."""

from __future__ import annotations

from typing import Any

import msgspec
from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request as StarletteRequest

from api.rest.operation import Answer, Call, Operations
from api.rest.problems import Problem, bad_request, invalid_argument, not_found
from api.rest.reading import Message, Receive, header, too_large
from api.rest.searching import declare_get, declare_search
from api.rest.wire import OperationReference, Request, Result, TenantId, tenant_of
from engine.runtime.results import Deployed, DeployedProcess, DeployedResource
from engine.store.search import RESOURCES, figures

operations = Operations("Resource")

MAX_FILES = 1000


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
    operation_reference: OperationReference | None = None
    delete_history: bool | None = None


class DeleteResourceResponse(Result):
    resource_key: str
    batch_operation: None


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
    limit = call.server.limits.deployment
    content_type = header(call.scope, b"content-type") or ""
    if not content_type.lower().startswith("multipart/form-data"):
        detail = f"The content type must be multipart/form-data, but is '{content_type}'."
        raise Problem(415, "Unsupported Media Type", detail)
    announced = header(call.scope, b"content-length") or ""
    if announced.isdigit() and int(announced) > limit:
        raise too_large(limit)
    request = StarletteRequest(call.scope, _counting(call.receive, limit))
    try:
        async with request.form(max_files=MAX_FILES, max_fields=10) as form:
            return await _parts(form.multi_items())
    except (HTTPException, MultiPartException, MultipartParseError, UnicodeDecodeError) as error:
        reason = getattr(error, "detail", None) or getattr(error, "message", None) or str(error)
        raise bad_request(f"The multipart form cannot be read: {reason}") from error


def _counting(receive: Receive, limit: int) -> Receive:
    """Gives up on a body that turns out larger than the limit."""
    size = 0

    async def receive_counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise too_large(limit)
        return message

    return receive_counted


async def _parts(items: list[tuple[str, UploadFile | str]]) -> tuple[list[tuple[str, bytes]], str]:
    files: list[tuple[str, bytes]] = []
    tenant = ""
    for name, part in items:
        if name == "resources":
            files.append(await _file(part))
        elif name == "tenantId" and isinstance(part, str):
            tenant = _tenant(part)
        else:
            raise bad_request(f"The part '{name}' of the form is not known; it takes resources and tenantId.")
    return files, tenant_of(tenant)


async def _file(part: UploadFile | str) -> tuple[str, bytes]:
    if isinstance(part, str) or not part.filename:
        raise invalid_argument("Every part named 'resources' must be a file with a file name.")
    if "\0" in part.filename or len(part.filename) > 1024:
        raise invalid_argument("A file name must have at most 1,024 characters, none of them NUL.")
    return part.filename, await part.read()


def _tenant(text: str) -> str:
    try:
        tenant: str = msgspec.convert(text, TenantId)
    except msgspec.ValidationError as error:
        raise invalid_argument(f"'{text[:40]}' is not a tenant id.") from error
    return tenant


def _result(deployed: Deployed) -> DeploymentResult:
    return DeploymentResult(
        str(deployed.key), deployed.tenant, [_item(item) for item in deployed.deployments]
    )


def _item(item: DeployedProcess | DeployedResource) -> DeploymentMetadataResult:
    if isinstance(item, DeployedProcess):
        process = DeploymentProcessResult(
            item.process_id, item.version, item.resource_name, item.tenant, str(item.key)
        )
        return DeploymentMetadataResult(process_definition=process)
    return _resource_item(item)


def _resource_item(item: DeployedResource) -> DeploymentMetadataResult:
    key = str(item.key)
    if item.kind == "form":
        form = DeploymentFormResult(item.resource_id, item.version, item.resource_name, item.tenant, key)
        return DeploymentMetadataResult(form=form)
    if item.kind == "dmn":
        drg = DeploymentDecisionRequirementsResult(
            item.resource_id, item.resource_id, item.version, item.resource_name, item.tenant, key
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
    """Take a resource (a process definition, a form, …) out of use; its key finds it."""
    key = call.key("resourceKey")
    await call.server.runtime.delete_resource(key)
    return DeleteResourceResponse(str(key), None)


declare_search(operations, "/resources/search", "searchResources", RESOURCES)
declare_get(operations, "/resources/{resourceKey}", "getResource", RESOURCES, "resource")
