"""Declares the searches and look-ups that every searchable entity has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import GenericAlias
from typing import Any

import msgspec

from api.rest.openapi import REFERENCE
from api.rest.operation import Call, Operations
from api.rest.problems import not_found
from engine.store.search import Entity, Found, PageInfo, PageRequest, SearchQuery
from engine.store.search.kinds import Kind
from engine.store.search.query import Order
from engine.store.search.variables import VALUE


def declare_search(
    operations: Operations,
    path: str,
    name: str,
    entity: Entity,
    within: Callable[[Call], Awaitable[dict[str, Any]]] | None = None,
) -> None:
    """POST `path`: search the entity; `within` gives a further filter from the path, or Problem 404."""

    async def search(call: Call) -> Found:
        """Filtered, sorted, page by page; what the last answered request wrote is found."""
        return await call.server.reader.search(entity, call.body, None if within is None else await within(call))

    operations(
        "POST",
        path,
        name,
        body=SearchQuery,
        optional=True,
        result=result_type(entity),
        schema=query_schema(entity),
        errors=() if within is None else (404,),
    )(search)


def declare_get(operations: Operations, path: str, name: str, entity: Entity, what: str) -> None:
    """GET `path`: the one with the key in the path."""

    async def get(call: Call) -> Any:
        """The one with the key in the path."""
        return await existing(call, entity, what)

    operations("GET", path, name, result=entity.result, errors=(404,))(get)


async def existing(call: Call, entity: Entity, what: str) -> Any:
    """The entity with the key in the path; Problem 404 where there is none."""
    key = call.key(entity.key)
    found = await call.server.reader.get(entity, key)
    if found is None:
        raise not_found(what, key)
    return found


_result_types: dict[str, Any] = {}


def result_type(entity: Entity) -> Any:
    """The answer of a search, for the OpenAPI page."""
    if entity.name not in _result_types:
        _result_types[entity.name] = msgspec.defstruct(
            f"{entity.name.removesuffix('Search')}SearchQueryResult",
            [("items", GenericAlias(list, (entity.result,))), ("page", PageInfo)],
        )
    return _result_types[entity.name]


def filtering_schema(body: type[msgspec.Struct], entity: Entity) -> dict[str, Any]:
    """A body whose `filter` is that of a search of this entity, as a JSON schema."""
    _, components = msgspec.json.schema_components([body], ref_template=REFERENCE)
    schema: dict[str, Any] = components[body.__name__]
    filters = _filter_of(entity)
    required = "filter" in schema.get("required", ())
    schema["properties"]["filter"] = filters if required else {"oneOf": [filters, {"type": "null"}]}
    return schema


def _filter_of(entity: Entity) -> dict[str, Any]:
    filters = {field.name: _filter_schema(field.kind) for field in entity.fields.values() if field.filter}
    for name, more in entity.more_filters.items():
        filters[name] = _filter_schema(more.described[name])
    if entity.alternatives:
        alternative = {"type": "object", "additionalProperties": False, "properties": dict(filters)}
        filters["$or"] = {"type": "array", "minItems": 1, "items": alternative}
    return {"type": "object", "additionalProperties": False, "properties": filters}


def query_schema(entity: Entity) -> dict[str, Any]:
    """What a search of this entity may ask, as a JSON schema."""
    sortable = [field.name for field in entity.fields.values() if field.sort]
    sort = {
        "type": "object",
        "required": ["field"],
        "additionalProperties": False,
        "properties": {
            "field": {"type": "string", "enum": sortable},
            "order": {"type": "string", "enum": [order.value for order in Order], "default": "ASC"},
        },
    }
    return {
        "title": f"{entity.name.removesuffix('Search')}SearchQuery",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "filter": _filter_of(entity),
            "sort": {"type": "array", "items": sort},
            "page": msgspec.json.schema(PageRequest)["$defs"]["PageRequest"],
        },
    }


def _variable_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["name", "value"],
        "additionalProperties": False,
        "properties": {"name": {"type": "string"}, "value": _filter_schema(VALUE)},
    }


def _filter_schema(kind: Kind | str) -> dict[str, Any]:
    if isinstance(kind, str):  # the only arrays are those of variables
        return {"type": "array", "items": _variable_schema()} if kind == "array" else {"type": kind}
    value: dict[str, Any] = {"type": kind.json}
    choices = getattr(kind, "stored", None) or getattr(kind, "choices", None)
    if choices:
        value["enum"] = sorted(choices)
    if kind.json == "array":
        return {"type": "array", "items": {"type": "string"}}
    operands: dict[str, Any] = {
        operator: {"type": "array", "items": value} if operator in ("$in", "$notIn") else value
        for operator in kind.operators
    }
    operands["$exists"] = {"type": "boolean"}
    return {"oneOf": [value, {"type": "object", "additionalProperties": False, "properties": operands}]}
