"""Batch operations, their items, and the instances that one is to be done to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import AsyncConnection
from sqlalchemy import BigInteger, ClauseElement, SmallInteger, Text, and_, cast, func, literal, null, select
from sqlalchemy.dialects.postgresql import psycopg as dialects

from engine.store.batch_operations import BatchState, ItemState
from engine.store.search.entity import Entity, Field, Source
from engine.store.search.instances import PROCESS_INSTANCES
from engine.store.search.kinds import DATE, INTEGER, KEY, TEXT, ChoiceKind, Column, Kind
from engine.store.search.statement import Asked, conditions_of, definition_selects
from engine.store.tables import batch_operation as bo
from engine.store.tables import batch_operation_item as item
from engine.store.tables import incident
from engine.store.tables import process_instance as pi

#: What can be done, and the instances that it can be done to, as a filter.
SUITABLE: Mapping[str, dict[str, Any]] = {
    "CANCEL_PROCESS_INSTANCE": {"endDate": {"$exists": False}, "parentProcessInstanceKey": {"$exists": False}},
    "RESOLVE_INCIDENT": {"endDate": {"$exists": False}},
    "MIGRATE_PROCESS_INSTANCE": {"endDate": {"$exists": False}},
    "MODIFY_PROCESS_INSTANCE": {"endDate": {"$exists": False}},
    "SUSPEND_PROCESS_INSTANCE": {"state": "ACTIVE"},
    "RESUME_PROCESS_INSTANCE": {"state": "SUSPENDED"},
    "DELETE_PROCESS_INSTANCE": {"endDate": {"$exists": True}, "parentProcessInstanceKey": {"$exists": False}},
}

#: Types and states that clients may name although this server has none of them.
_OTHER_TYPES = (
    "ADD_VARIABLE",
    "DELETE_DECISION_DEFINITION",
    "DELETE_DECISION_INSTANCE",
    "DELETE_PROCESS_DEFINITION",
    "UPDATE_JOB",
    "UPDATE_VARIABLE",
)
TYPE = ChoiceKind((*SUITABLE, *_OTHER_TYPES))
STATE = ChoiceKind({state.name: state.value for state in BatchState} | {"FAILED": -1, "PARTIALLY_COMPLETED": -2})
ITEM_STATE = ChoiceKind({state.name: state.value for state in ItemState} | {"SKIPPED": -1})
ACTOR = ChoiceKind(("ANONYMOUS", "CLIENT", "UNKNOWN", "USER"))


class NoneKind(Kind):
    """A list that is always empty."""

    operators = ()
    type = list[dict[str, Any]]
    json = "array"

    def write(self, value: object) -> list[dict[str, Any]]:
        return []


def _count(stored: Column, state: ItemState) -> Column:
    """How many items are in a state: as it was kept at the end, until then counted."""
    counted = (
        select(func.count())
        .where(item.c.batch_operation_key == bo.c.key, item.c.state == state.value)
        .scalar_subquery()
    )
    return func.coalesce(stored, counted)


BATCH_OPERATIONS = Entity(
    "BatchOperation",
    [Source(bo, (bo.c.key,))],
    [
        Field("batchOperationKey", KEY, bo.c.key),
        Field("state", STATE, bo.c.state),
        Field("batchOperationType", TYPE, bo.c.type, filter=False, sort=False),
        Field("operationType", TYPE, bo.c.type, answer=False),
        Field("startDate", DATE, bo.c.started_at, nullable=True, filter=False),
        Field("endDate", DATE, bo.c.ended_at, nullable=True, filter=False),
        Field("actorType", ACTOR, literal("ANONYMOUS"), nullable=True),
        Field("actorId", TEXT, cast(null(), Text), nullable=True),
        Field("operationsTotalCount", INTEGER, bo.c.total, filter=False, sort=False),
        Field("operationsFailedCount", INTEGER, _count(bo.c.failed, ItemState.FAILED), filter=False, sort=False),
        Field(
            "operationsCompletedCount", INTEGER, _count(bo.c.completed, ItemState.COMPLETED), filter=False, sort=False
        ),
        Field("errors", NoneKind(), null(), filter=False, sort=False),
    ],
    default_sort=("batchOperationKey",),
    key="batchOperationKey",
)

BATCH_OPERATION_ITEMS = Entity(
    "BatchOperationItem",
    [Source(item.join(bo, bo.c.key == item.c.batch_operation_key), (item.c.batch_operation_key, item.c.item_key))],
    [
        Field("operationType", TYPE, bo.c.type, sort=False),
        Field("batchOperationKey", KEY, item.c.batch_operation_key),
        Field("itemKey", KEY, item.c.item_key),
        Field("processInstanceKey", KEY, item.c.process_instance_key, nullable=True),
        Field("rootProcessInstanceKey", KEY, item.c.root_process_instance_key, nullable=True, filter=False, sort=False),
        Field("state", ITEM_STATE, item.c.state),
        Field("processedDate", DATE, item.c.processed_at, nullable=True, filter=False),
        Field("errorMessage", TEXT, item.c.error_message, nullable=True, filter=False, sort=False),
    ],
    default_sort=("batchOperationKey", "itemKey"),
)

_DIALECT = dialects.dialect()  # type: ignore[no-untyped-call]


async def insert_items(connection: AsyncConnection[Any], key: int, type: str, filter: dict[str, Any]) -> int:
    """Write an item for each instance that matches a filter of process instances; answers how many there are.

    Nothing of the instances is read into memory, however many they are. Raises InvalidSearch.
    """
    filters = [filter, SUITABLE[type]]
    definitions: dict[Asked, list[int]] = {}
    for asked, statement in (each for part in filters for each in definition_selects(PROCESS_INSTANCES, part)):
        rows = await (await _execute(connection, statement)).fetchall()
        definitions[asked] = [row[0] for row in rows]
    conditions = [c for part in filters for c in conditions_of(PROCESS_INSTANCES, 0, part, definitions)]
    rows_of, item_key = PROCESS_INSTANCES.sources[0].rows, pi.c.key
    if type == "RESOLVE_INCIDENT":
        of_instance = and_(incident.c.part == pi.c.part, incident.c.process_instance_key == pi.c.key)
        rows_of, item_key = rows_of.join(incident, and_(of_instance, incident.c.ended_at.is_(None))), incident.c.key
    found = select(
        pi.c.part,
        literal(key, BigInteger),
        item_key,
        pi.c.key,
        pi.c.root_process_instance_key,
        literal(ItemState.ACTIVE.value, SmallInteger),
    ).select_from(rows_of)
    columns = ["part", "batch_operation_key", "item_key", "process_instance_key", "root_process_instance_key", "state"]
    inserted = await _execute(connection, item.insert().from_select(columns, found.where(*conditions)))
    return int(inserted.rowcount)


async def _execute(connection: AsyncConnection[Any], statement: ClauseElement) -> Any:
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    # The text comes from the compiler; what a user wrote is only ever a parameter.
    return await connection.execute(compiled.string.encode(), compiled.params)
