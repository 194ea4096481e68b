"""What of a model is deployed: read from the engine's tables by the ids that the model declares."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Table, literal, not_, select, union_all

from engine.machine.commands import DEFAULT_TENANT
from engine.store.search import Reader
from engine.store.tables import decision_definition, deployment, process_definition, resource
from web.models.contents import Kind
from web.models.library import Summary

_Found = Select[Any]


class Deployed(NamedTuple):
    """One deployed version of what a model declares; `key` opens it (a process definition, a form, …)."""

    kind: Kind
    id: str
    version: int
    key: int
    checksum: bytes
    deployed_at: datetime


async def deployed_versions(reader: Reader, kind: Kind, ids: Collection[str]) -> list[Deployed]:
    """All versions of these processes, decisions or forms; the newest first."""
    if not ids or kind is Kind.TEMPLATE:
        return []
    found = _SELECTS[kind](ids)
    return sorted([_deployed(row) for row in await reader.rows(found)], key=lambda each: each.key, reverse=True)


async def latest_of(reader: Reader, models: Iterable[Summary]) -> dict[int, Deployed]:
    """The latest deployed version of each model, by the model's key; only of those that are deployed."""
    models = list(models)
    ids = {
        kind: sorted({id for model in models if model.kind is kind for id in model.resource_ids}) for kind in _SELECTS
    }
    rows = await reader.rows(union_all(*(_SELECTS[kind](ids[kind]) for kind in _SELECTS)))
    latest: dict[tuple[Kind, str], Deployed] = {}
    for found in sorted(map(_deployed, rows), key=lambda each: each.version):
        latest[found.kind, found.id] = found
    newest = {
        model.key: max(
            (latest[model.kind, id] for id in model.resource_ids if (model.kind, id) in latest),
            key=lambda each: each.key,
            default=None,
        )
        for model in models
    }
    return {key: found for key, found in newest.items() if found is not None}


async def deployed_ids(reader: Reader, kind: Kind, ids: Collection[str]) -> set[str]:
    """Those of the ids that are deployed."""
    return {found.id for found in await deployed_versions(reader, kind, ids)}


def _deployed(row: tuple[Any, ...]) -> Deployed:
    return Deployed(Kind(row[0]), *row[1:])


def _processes(ids: Collection[str]) -> _Found:
    table = process_definition
    columns = (literal("bpmn"), table.c.process_id, table.c.version, table.c.key, table.c.checksum)
    return _found(columns, table, table.c.process_id, ids)


def _decisions(ids: Collection[str]) -> _Found:
    table = decision_definition
    columns = (literal("dmn"), table.c.decision_id, table.c.version, table.c.key, resource.c.checksum)
    return _found(columns, table, table.c.decision_id, ids).join(resource, resource.c.key == table.c.resource_key)


def _forms(ids: Collection[str]) -> _Found:
    table = resource
    columns = (literal("form"), table.c.resource_id, table.c.version, table.c.key, table.c.checksum)
    return _found(columns, table, table.c.resource_id, ids).where(table.c.kind == "form")


def _found(columns: tuple[Any, ...], table: Table, id_column: ColumnElement[str], ids: Collection[str]) -> _Found:
    """Of what is not deleted, with the time of its deployment."""
    return (
        select(*columns, deployment.c.deployed_at)
        .select_from(table.join(deployment, deployment.c.key == table.c.deployment_key))
        .where(id_column.in_(list(ids)), not_(table.c.deleted), table.c.tenant_id == DEFAULT_TENANT)
    )


_SELECTS = {Kind.BPMN: _processes, Kind.DMN: _decisions, Kind.FORM: _forms}
