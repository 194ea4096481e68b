"""Process instances of all processes, and what is done to many of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from engine.store.search import PROCESS_INSTANCES, InvalidSearch, overview
from engine.store.search.reader import Reader
from web.operations.addresses import Here
from web.operations.asking import whole_number
from web.operations.filters import OPERATORS, STATES, InstanceFilter
from web.operations.listing import Column, Listing, listing
from web.pages import render

router = APIRouter()

_COLUMNS = (
    Column("Instance", "processInstanceKey", indexed=True),
    Column("State"),
    Column("Process", "processDefinitionName"),
    Column("Version", "processDefinitionVersion", number=True),
    Column("Business id", "businessId"),
    Column("Started", "startDate", indexed=True),
)
_ENDED = Column("Ended", "endDate", indexed=True)

_NAMES = {
    "started_from": "Started from",
    "started_to": "Started until",
    "ended_from": "Ended from",
    "ended_to": "Ended until",
    "error": "Error contains",
    "hash": "Error",
    "business": "Business id",
    "parent": "Parent",
    "element": "Element",
    "keys": "Keys",
    "batch": "Batch",
}


class Chip(msgspec.Struct, frozen=True):
    """One thing that a list is narrowed by, and the address without it."""

    text: str
    address: str


class InstanceList(msgspec.Struct):
    """A list of process instances with the filter that it shows, as templates need it.

    `search` is the filter for operations on all that match, None where it makes no sense. `errors` has the newest
    error message of each instance of the page that has an open incident.
    """

    filter: InstanceFilter
    found: Listing
    chips: list[Chip]
    search: dict[str, Any] | None
    errors: Mapping[str, str]

    @property
    def states(self) -> Mapping[str, str]:
        return {name: title for name, (title, _) in STATES.items()}

    @property
    def operators(self) -> Mapping[str, str]:
        return {name: title for name, (title, _) in OPERATORS.items()}


async def instance_list(request: Request, filter: InstanceFilter) -> InstanceList:
    """The instances that the address asks for. A filter that makes no sense gives a list that says so."""
    reader: Reader = request.app.server.reader
    asked: dict[str, Any] | InvalidSearch
    try:
        asked = filter.search()
    except InvalidSearch as error:
        asked = error
    default = "-endDate" if filter.ended else "-startDate"
    columns = (*_COLUMNS, _ENDED if filter.ended else Column("Ended"))
    found = await listing(request, PROCESS_INSTANCES, asked, columns, default)
    stuck = [int(each.processInstanceKey) for each in found.items if each.hasIncident]
    return InstanceList(
        filter=filter,
        found=found,
        chips=await _chips(reader, Here(request), filter),
        search=None if isinstance(asked, InvalidSearch) or found.refused else asked,
        errors={str(key): text for key, text in (await overview.newest_errors(reader, stuck)).items()},
    )


async def _chips(reader: Reader, here: Here, filter: InstanceFilter) -> list[Chip]:
    chips = []
    for name in filter.narrowed:
        if name == "variables":
            continue
        value: str = getattr(filter, name)
        if name == "hash":
            value = await _message(reader, value)
        chips.append(Chip(f"{_NAMES[name]}: {value}", here(**{name: None})))
    cleared = here(variable=None, operator=None, value=None)
    return chips + [Chip(str(condition), cleared) for condition in filter.variables]


async def _message(reader: Reader, hash: str) -> str:
    """The error message of this hash code; of a text that is none, which the list refuses, itself."""
    try:
        number = whole_number(hash, "The hash code of an error message")
    except InvalidSearch:
        return hash
    return await overview.message_of(reader, number) or f"(resolved, {hash})"


@router.get("/instances")
async def instances(request: Request) -> HTMLResponse:
    """Instances of all processes, or of the one that is chosen."""
    filter = InstanceFilter.read(request.query_params)
    deployed = await overview.definitions(request.app.server.reader)
    listed = await instance_list(request, filter)
    return render(
        request,
        "operations/instances.html",
        400 if listed.found.refused else 200,
        listed=listed,
        here=Here(request),
        processes={each.process_id: each.name for each in reversed(deployed)},
        definitions=[each for each in deployed if each.process_id == filter.process],
    )
