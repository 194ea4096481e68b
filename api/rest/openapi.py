"""The operations as an OpenAPI 3.1 document, made from their declarations."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import msgspec

from api.rest.access import PUBLIC, roles_of
from api.rest.operation import Operation, Router
from api.rest.problems import ProblemDetail

REFERENCE = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"{(\w+)}")
_FORM = {
    "type": "object",
    "required": ["resources"],
    "properties": {
        "resources": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "tenantId": {"type": "string"},
    },
}

#: User name and password, or the session of a page, whose changes carry a token.
_SECURITY = {
    "basic": {"type": "http", "scheme": "basic"},
    "page": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
}


def add_operations(document: dict[str, Any], router: Router, base_path: str) -> dict[str, Any]:
    """The document with the router's operations and their schemas in it."""
    types = [ProblemDetail, *(t for o in router.operations for t in (o.body, o.result) if t is not None)]
    references, schemas = msgspec.json.schema_components(types, ref_template=REFERENCE)
    schema_of = {id(type_): reference for type_, reference in zip(types, references, strict=True)}
    components = document.setdefault("components", {}).setdefault("schemas", {})
    components.update(schemas)
    document["components"]["securitySchemes"] = _SECURITY
    document["security"] = [{name: []} for name in _SECURITY]
    paths = document.setdefault("paths", {})
    for operation in router.operations:
        described = _describe(operation, schema_of, components)
        paths.setdefault(base_path + operation.path, {})[operation.method.lower()] = described
    return document


def _describe(operation: Operation, schema_of: dict[int, Any], components: dict[str, Any]) -> dict[str, Any]:
    description = (operation.handler.__doc__ or "").strip()
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": re.sub(r"(?<!^)(?=[A-Z][a-z])", " ", operation.name).capitalize(),
        "description": re.sub(r"\s*\n\s*", "\n", description),
        "responses": _responses(operation, schema_of),
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(operation.path)
    ]
    parameters += [{"name": name, "in": "query", "schema": {"type": "boolean"}} for name in operation.query]
    if parameters:
        described["parameters"] = parameters
    body = _body(operation, schema_of, components)
    if body is not None:
        described["requestBody"] = body
    return described


def _body(operation: Operation, schema_of: dict[int, Any], components: dict[str, Any]) -> dict[str, Any] | None:
    if operation.multipart:
        return {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}
    if operation.body is None:
        return None
    schema = schema_of[id(operation.body)]
    if operation.schema is not None:
        title = operation.schema["title"]
        components[title] = operation.schema
        schema = {"$ref": REFERENCE.format(name=title)}
    return {"required": not operation.optional, "content": {"application/json": {"schema": schema}}}


def _refusals(operation: Operation) -> tuple[int, ...]:
    """What whoever has not signed in is told, or lacks the role."""
    if operation.name in PUBLIC:
        return ()
    return (401, 403) if roles_of(operation) else (401,)


def _responses(operation: Operation, schema_of: dict[int, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    if operation.result is None:
        responses["204"] = {"description": "No Content"}
    else:
        media = operation.answers.get(200, "application/json")
        schema = schema_of[id(operation.result)]
        phrase = HTTPStatus(operation.status).phrase
        responses[str(operation.status)] = {"description": phrase, "content": {media: {"schema": schema}}}
    for status in operation.answers:
        responses.setdefault(str(status), {"description": HTTPStatus(status).phrase})
    problem = {"application/problem+json": {"schema": schema_of[id(ProblemDetail)]}}
    for status in sorted({400, 500, 503, *_refusals(operation), *operation.errors}):
        responses.setdefault(str(status), {"description": HTTPStatus(status).phrase, "content": problem})
    return responses
