"""Messages: who waits for them, which are kept for who may come; published and broadcast here."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from engine.store.search import CORRELATED_MESSAGES, MESSAGE_SUBSCRIPTIONS, Entity, InvalidSearch
from engine.store.search.buffered import BUFFERED_MESSAGES
from web.operations.addresses import Here
from web.operations.asking import of_state, same
from web.operations.listing import Column, listing
from web.pages import render

router = APIRouter(prefix="/messages")

STATES: dict[str, tuple[str, dict[str, Any]]] = {
    "waiting": ("Waiting", {"messageSubscriptionState": "CREATED"}),
    "correlated": ("Correlated", {"messageSubscriptionState": "CORRELATED"}),
    "deleted": ("Deleted", {"messageSubscriptionState": "DELETED"}),
    "all": ("All", {}),
}
FIELDS = {
    "name": "messageName",
    "key": "correlationKey",
    "process": "processDefinitionId",
    "instance": "processInstanceKey",
}

#: What the page lists, by the view that the address names: title, entity, columns, order.
VIEWS: dict[str, tuple[str, Entity, tuple[Column, ...], str]] = {
    "subscriptions": (
        "Subscriptions",
        MESSAGE_SUBSCRIPTIONS,
        (
            Column("Message", "messageName"),
            Column("Correlation key", "correlationKey"),
            Column("State"),
            Column("Process", "processDefinitionId"),
            Column("Element", "elementId"),
            Column("Instance", "processInstanceKey"),
            Column("Updated", "lastUpdatedDate"),
        ),
        "-messageSubscriptionKey",
    ),
    "buffered": (
        "Buffered",
        BUFFERED_MESSAGES,
        (
            Column("Message", "messageName"),
            Column("Correlation key", "correlationKey"),
            Column("Id", "messageId"),
            Column("Variables"),
            Column("Published", "publishedDate"),
            Column("Expires", "expirationDate", indexed=True),
        ),
        "expirationDate",
    ),
    "correlated": (
        "Correlated",
        CORRELATED_MESSAGES,
        (
            Column("Message", "messageName"),
            Column("Correlation key", "correlationKey"),
            Column("Process", "processDefinitionId"),
            Column("Element", "elementId"),
            Column("Instance", "processInstanceKey"),
            Column("At", "correlationTime", indexed=True),
        ),
        "-correlationTime",
    ),
}


@router.get("")
async def messages(request: Request, view: str = "subscriptions") -> HTMLResponse:
    """Open subscriptions, unless the address asks for something else."""
    view = view if view in VIEWS else "subscriptions"
    _, entity, columns, order = VIEWS[view]
    asked: dict[str, Any] | InvalidSearch
    try:
        known = {name: field for name, field in FIELDS.items() if field in entity.fields}
        asked = same(request.query_params, known)
        if view == "subscriptions":
            asked |= of_state(request.query_params, STATES, "waiting")
    except InvalidSearch as error:
        asked = error
    found = await listing(request, entity, asked, columns, order)
    return render(
        request,
        "operations/messages.html",
        400 if found.refused else 200,
        found=found,
        view=view,
        views={name: title for name, (title, *_) in VIEWS.items()},
        here=Here(request),
        states={name: title for name, (title, _) in STATES.items()},
        given=request.query_params,
        text_of=_text_of,
    )


def _text_of(raw: msgspec.Raw) -> str:
    """JSON as it was given."""
    return bytes(raw).decode()
