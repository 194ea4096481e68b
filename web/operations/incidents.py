"""Incidents: why instances do not go on, grouped by what they say, and resolved."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from engine.machine.lifecycle import IncidentType
from engine.store.search import INCIDENTS, InvalidSearch, overview
from engine.store.search.reader import Reader
from web.operations.addresses import Here
from web.operations.asking import containing, of_state, same, whole_number
from web.operations.listing import Column, listing
from web.operations.server import FiguresOf, ReaderOf
from web.pages import render
from web.refusals import Unreadable

router = APIRouter(prefix="/incidents")

COLUMNS = (
    Column("Incident", "incidentKey", indexed=True),
    Column("Type", "errorType"),
    Column("Message"),
    Column("Process", "processDefinitionId"),
    Column("Element", "elementId"),
    Column("Instance", "processInstanceKey"),
    Column("Since", "creationTime", indexed=True),
)
STATES: dict[str, tuple[str, dict[str, Any]]] = {
    "open": ("Open", {"state": "ACTIVE"}),
    "resolved": ("Resolved", {"state": "RESOLVED"}),
    "all": ("All", {}),
}
FIELDS = {
    "type": "errorType",
    "process": "processDefinitionId",
    "element": "elementId",
    "instance": "processInstanceKey",
}


@router.get("")
async def incidents(request: Request, reader: ReaderOf, figures: FiguresOf) -> HTMLResponse:
    """Open incidents, newest first, unless the address asks for others."""
    params = request.query_params
    asked: dict[str, Any] | InvalidSearch
    try:
        message = await _message(reader, params.get("hash", ""))
        asked = of_state(params, STATES, "open") | same(params, FIELDS)
        kind = str(asked.get("errorType", ""))
        if kind and kind not in IncidentType.__members__:
            raise Unreadable(f"There is no kind of incident '{kind[:40]}'.", kind)
        if params.get("error"):
            asked["errorMessage"] = containing(params["error"])
        if params.get("hash"):
            asked["errorMessage"] = message
    except InvalidSearch as error:
        message, asked = "", error
    found = await listing(request, INCIDENTS, asked, COLUMNS, "-creationTime")
    return render(
        request,
        "operations/incidents.html",
        400 if found.refused else 200,
        found=found,
        groups=await figures.groups.soon(),
        message=message,
        here=Here(request),
        states={name: title for name, (title, _) in STATES.items()},
        types=[(type.name, type.name.replace("_", " ").capitalize()) for type in IncidentType],
        given=params,
    )


async def _message(reader: Reader, hash: str) -> str:
    """The whole message of a group of open incidents; what says so where they have all been resolved meanwhile."""
    if not hash:
        return ""
    number = whole_number(hash, "The hash code of an error message")
    return await overview.message_of(reader, number) or "No incident with this message is open any more."
