"""Batch operations: what is done to many instances at once, how far it is, and what came of each."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from engine.store.search import BATCH_OPERATION_ITEMS, BATCH_OPERATIONS, InvalidSearch
from engine.store.search.values import read_key
from web.operations.addresses import Here
from web.operations.listing import Column, listing
from web.operations.server import ReaderOf
from web.pages import render
from web.refusals import NotThere, Unreadable

router = APIRouter(prefix="/batches")

COLUMNS = (
    Column("Batch", "batchOperationKey", indexed=True),
    Column("Operation"),
    Column("State"),
    Column("Done"),
    Column("Refused", number=True),
    Column("Started", "startDate"),
    Column("Ended", "endDate"),
)
ITEM_COLUMNS = (
    Column("Item", "itemKey", indexed=True),
    Column("Instance"),
    Column("Result"),
    Column("At"),
    Column("Reason"),
)
ITEM_STATES = {"": "All", "ACTIVE": "Waiting", "COMPLETED": "Done", "FAILED": "Refused", "CANCELED": "Left undone"}

#: What each type of operation does, in words.
TITLES = {
    "CANCEL_PROCESS_INSTANCE": "Cancel instances",
    "RESOLVE_INCIDENT": "Resolve incidents",
    "MIGRATE_PROCESS_INSTANCE": "Migrate instances",
    "MODIFY_PROCESS_INSTANCE": "Move tokens",
    "SUSPEND_PROCESS_INSTANCE": "Suspend instances",
    "RESUME_PROCESS_INSTANCE": "Resume instances",
    "DELETE_PROCESS_INSTANCE": "Delete instances",
}
OPEN = frozenset({"CREATED", "ACTIVE", "SUSPENDED"})


@router.get("")
async def batches(request: Request) -> HTMLResponse:
    """All of them, newest first."""
    found = await listing(request, BATCH_OPERATIONS, {}, COLUMNS, "-batchOperationKey")
    return render(
        request, "operations/batches.html", 400 if found.refused else 200, found=found, titles=TITLES, open=OPEN
    )


@router.get("/{key}")
async def batch(request: Request, key: str, reader: ReaderOf, state: str = "") -> HTMLResponse:
    """One of them, with what came of each item."""
    try:
        operation = await reader.get(BATCH_OPERATIONS, read_key(key, "key"))
    except InvalidSearch:
        operation = None
    if operation is None:
        raise NotThere(f"There is no batch operation with the key '{key}'.")
    filter: dict[str, Any] | InvalidSearch = {"batchOperationKey": key} | ({"state": state} if state else {})
    if state not in ITEM_STATES:
        filter = Unreadable(f"There is no state '{state[:40]}'.", state)
    found = await listing(request, BATCH_OPERATION_ITEMS, filter, ITEM_COLUMNS, "itemKey")
    return render(
        request,
        "operations/batch.html",
        operation=operation,
        title=TITLES[operation.batchOperationType],
        is_open=operation.state in OPEN,
        found=found,
        here=Here(request),
        states=ITEM_STATES,
        state=state,
    )
