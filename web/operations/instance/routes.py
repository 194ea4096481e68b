"""The addresses of an instance: its page, the parts of it, and what can be done that the REST API has no word for."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from engine.identity.identity import Role
from engine.machine.graph import Graph
from engine.runtime.history import Past
from engine.store.search import PROCESS_DEFINITIONS, Order, PageRequest, SearchQuery, Sort, figures
from web.operations.instance import acting, past, reading
from web.operations.instance.reading import VARIABLES_SHOWN
from web.operations.instance.tabs import TABS, open_counts
from web.pages import render
from web.refusals import InvalidInput, NotThere
from web.security import require

INSTANCE = "/operations/instances/{key}"
LONGEST_LIST = 500  # definitions to choose from

router = APIRouter(dependencies=[require(Role.OPERATOR)], include_in_schema=False)


def _json(view: Any) -> Response:
    if view is None:
        raise NotThere("There is nothing of that kind in this process instance.")
    return Response(msgspec.json.encode(view), media_type="application/json")


def _key(text: str) -> int:
    """A key in an address; 404 where it cannot be one."""
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) < 2**63:
        raise NotThere(f"“{text}” is not the key of anything: keys are whole numbers.")
    return int(text)


async def _past(request: Request, key: int, at: int) -> Past:
    replayed: Past = await request.app.server.runtime.history.as_of(key, at)
    return replayed


# ---- The page -------------------------------------------------------------------------------------------------------


@router.get(INSTANCE)
async def page(request: Request, key: str) -> HTMLResponse:
    """The page of an instance; the lists, the tree and the diagram are fetched by its island."""
    reader = request.app.server.reader
    instance = await reading.found(reader, _key(key))
    if instance is None:
        return render(request, "operations/instance/missing.html", 404, key=key)
    hierarchy, counts, steps = await asyncio.gather(
        figures.call_hierarchy(reader, int(key)),
        open_counts(reader, int(key)),
        reading.latest_step(reader, int(key)),
    )
    tab = request.query_params.get("tab", "")
    if tab not in TABS:
        tab = "incidents" if counts["incidents"] else next((name for name, count in counts.items() if count), "history")
    return render(
        request,
        "operations/instance/page.html",
        instance=instance,
        tags=msgspec.json.decode(instance.tags),
        hierarchy=hierarchy,
        tabs=[(name, title, counts.get(name, 0)) for name, (title, _) in TABS.items()],
        tab=tab,
        steps=steps,
    )


@router.get(INSTANCE + "/tabs/{name}")
async def tab(request: Request, key: str, name: str) -> HTMLResponse:
    """The rows of one list."""
    if name not in TABS:
        raise NotThere(f"There is no list “{name}”.")
    instance_key = _key(key)
    context = await TABS[name][1](request.app.server.reader, instance_key, dict(request.query_params))
    return render(request, f"operations/instance/{name.replace('-', '_')}.html", key=key, **context)


@router.get(INSTANCE + "/counts")
async def counts(request: Request, key: str) -> Response:
    """How much there is in each list that is open."""
    return _json(await open_counts(request.app.server.reader, _key(key)))


# ---- How it stands, now or at a step --------------------------------------------------------------------------------


@router.get(INSTANCE + "/state")
async def state(request: Request, key: str, at: int | None = None) -> Response:
    """What the diagram shows."""
    server, instance_key = request.app.server, _key(key)
    if at is None:
        return _json(await reading.snapshot(server.reader, server.runtime.history, instance_key))
    latest = await reading.latest_step(server.reader, instance_key)
    return _json(past.snapshot(await _past(request, instance_key, at), latest))


@router.get(INSTANCE + "/children")
async def children(
    request: Request, key: str, scope: str, after: str = "0", only: str = "", at: int | None = None
) -> Response:
    """A page of what is in a scope; `only=open` leaves out what has ended."""
    place = _key(key), _key(scope), int(after) if after.isdecimal() else 0, only == "open"
    if at is None:
        return _json(await reading.children(request.app.server.reader, *place))
    replayed = await _past(request, place[0], at)
    return _json(past.children(replayed, *place[1:]))


@router.get(INSTANCE + "/visits")
async def visits(request: Request, key: str, element: str, at: int | None = None) -> Response:
    """The element instances of one element."""
    if at is None:
        return _json(await reading.of_element(request.app.server.reader, _key(key), element))
    return _json(past.of_element(await _past(request, _key(key), at), element))


@router.get(INSTANCE + "/chain")
async def chain(request: Request, key: str, element: str, at: int | None = None) -> Response:
    """An element instance, after the scopes around it."""
    if at is None:
        return _json(await reading.chain(request.app.server.reader, _key(key), _key(element)))
    return _json(past.chain(await _past(request, _key(key), at), _key(element)))


@router.get(INSTANCE + "/variables")
async def variables(
    request: Request, key: str, scope: str, at: int | None = None, shown: Annotated[int, Query(ge=1)] = VARIABLES_SHOWN
) -> Response:
    """What an element instance sees, scope by scope; of each the first `shown`."""
    if at is None:
        return _json(await reading.variables(request.app.server.reader, _key(key), _key(scope), shown))
    return _json(past.variables(await _past(request, _key(key), at), _key(scope), shown))


@router.get(INSTANCE + "/value")
async def value(request: Request, key: str, scope: str, name: str, at: int | None = None) -> Response:
    """The whole JSON text of a variable, as a text."""
    if at is None:
        return _json(await reading.value(request.app.server.reader, _key(key), _key(scope), name))
    return _json(past.value(await _past(request, _key(key), at), _key(scope), name))


@router.get(INSTANCE + "/beginning")
async def beginning(request: Request, key: str) -> Response:
    """The variables that the process began with, whole, as one JSON object: to start another one like it.

    It is answered as a text, since a browser that decodes it would lose digits.
    """
    replayed = await _past(request, _key(key), 1)
    held = replayed.instance.root.variables if replayed.instance else {}
    encoded = msgspec.json.encode({name: msgspec.Raw(variable.text.encode()) for name, variable in held.items()})
    return Response(encoded, media_type="text/plain")


# ---- What to choose from --------------------------------------------------------------------------------------------


@router.get("/operations/instance-definitions/{key}/nodes")
async def nodes(request: Request, key: str) -> Response:
    """The nodes of a process definition."""
    return _json(reading.nodes(await _graph(request, _key(key))))


async def _graph(request: Request, key: int) -> Graph:
    runtime = request.app.server.runtime
    async with runtime.database.borrow() as connection:
        await runtime.definitions.refresh(connection)
        try:
            graph: Graph = await runtime.definitions.ensure(connection, key)
        except KeyError:
            raise NotThere(f"There is no process definition {key}.") from None
    return graph


@router.get("/operations/instance-definitions")
async def definitions(request: Request) -> Response:
    """The process definitions that an instance can be migrated to, the latest version of each first."""
    query = SearchQuery(
        sort=[Sort("processDefinitionId"), Sort("version", Order.DESC)], page=PageRequest(limit=LONGEST_LIST)
    )
    return _json((await request.app.server.reader.search(PROCESS_DEFINITIONS, query)).items)


# ---- What is done ---------------------------------------------------------------------------------------------------


@router.post(INSTANCE + "/incidents/{incident}/retry")
async def retry(request: Request, key: str, incident: str) -> Response:
    """Resolve an incident after its variables and retries were changed."""
    server = request.app.server
    try:
        how = msgspec.json.decode(await request.body() or b"{}", type=acting.Retry)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"The request is not what a retry is made of: {error}") from error
    await acting.retry(server.runtime, server.reader, _key(key), _key(incident), how)
    return Response(status_code=204)


@router.post(INSTANCE + "/timers/{timer}/trigger")
async def trigger(request: Request, key: str, timer: str) -> Response:
    """Let a timer fire now."""
    server = request.app.server
    await acting.trigger(server.runtime, server.reader, _key(key), _key(timer))
    return Response(status_code=204)
