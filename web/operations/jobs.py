"""Jobs: what waits for workers, what they hold, what failed."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from engine.store.search import JOBS, InvalidSearch
from web.operations.addresses import Here
from web.operations.asking import containing, of_state, same
from web.operations.listing import Column, listing
from web.pages import render

router = APIRouter(prefix="/jobs")

COLUMNS = (
    Column("Job", "jobKey", indexed=True),
    Column("State", "state"),
    Column("Type", "type"),
    Column("Retries", "retries", number=True),
    Column("Worker", "worker"),
    Column("Error"),
    Column("Element", "elementId"),
    Column("Instance", "processInstanceKey"),
    Column("Created", "creationTime"),
)

#: What a job's state may be, as a person names it, and as a filter says it.
STATES: dict[str, tuple[str, dict[str, Any]]] = {
    "all": ("All", {}),
    "waiting": ("Waiting for a worker", {"state": "CREATED"}),
    "activated": ("With a worker", {"state": "ACTIVATED"}),
    "failed": ("Failed", {"state": "FAILED"}),
    "stuck": ("Failed, no retries left", {"state": "FAILED", "retries": {"$lt": 1}}),
    "completed": ("Completed", {"state": "COMPLETED"}),
}
FIELDS = {"type": "type", "element": "elementId", "instance": "processInstanceKey"}


@router.get("")
async def jobs(request: Request) -> HTMLResponse:
    """Jobs as the address narrows them, newest first."""
    params = request.query_params
    asked: dict[str, Any] | InvalidSearch
    try:
        asked = of_state(params, STATES, "all") | same(params, FIELDS)
        if params.get("worker"):  # only jobs that workers hold are found by them
            asked |= {"state": "ACTIVATED", "worker": params["worker"].strip()}
        if params.get("error"):
            asked["errorMessage"] = containing(params["error"])
    except InvalidSearch as error:
        asked = error
    found = await listing(request, JOBS, asked, COLUMNS, "-jobKey")
    return render(
        request,
        "operations/jobs.html",
        400 if found.refused else 200,
        found=found,
        here=Here(request),
        states={name: title for name, (title, _) in STATES.items()},
        given=params,
    )
