"""One process: its diagram with what its instances do, and those instances."""

from __future__ import annotations

from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from engine.store.search import InvalidSearch, figures, overview
from engine.store.search.overview import Definition, ElementNumbers, InstanceCounts
from engine.store.search.reader import Reader
from engine.store.search.values import read_key
from web.operations.addresses import Here
from web.operations.figures import Figures
from web.operations.filters import InstanceFilter
from web.operations.instances import instance_list
from web.operations.server import FiguresOf, ReaderOf
from web.pages import render
from web.refusals import NotThere
from web.security import INERT

router = APIRouter()

#: Completed and canceled elements, and durations, are those of so many of the newest instances that match.
NEWEST = 2_000


class Element(msgspec.Struct, frozen=True):
    """An element of the diagram, with its numbers."""

    id: str
    name: str
    type: str
    numbers: ElementNumbers


@router.get("/definitions/{process_id}")
async def definition(request: Request, process_id: str, reader: ReaderOf, counts: FiguresOf) -> HTMLResponse:
    """The process with its instances; without a version in the address, the latest."""
    versions, chosen, filter = await _chosen(request, process_id, reader)
    known = await counts.counts.soon()
    counted = known or {}
    return render(
        request,
        "operations/definition.html",
        versions=versions,
        chosen=chosen,
        counted=known is not None,
        counts={each.version: counted.get(each.key, InstanceCounts()) for each in versions},
        all_counts=sum((counted.get(each.key, InstanceCounts()) for each in versions), InstanceCounts()),
        listed=await instance_list(request, filter),
        here=Here(request),
    )


@router.get("/definitions/{process_id}/elements")
async def elements(request: Request, process_id: str, reader: ReaderOf, counts: FiguresOf) -> HTMLResponse:
    """The table of elements with their numbers over the instances that the address asks for."""
    versions, chosen, filter = await _chosen(request, process_id, reader)
    filter = msgspec.structs.replace(filter, element="")
    try:
        numbers = await _numbers(reader, counts, versions, filter)
        refused = ""
    except InvalidSearch as error:
        numbers, refused = {}, str(error)
    nodes = await overview.nodes(reader, chosen.key)
    found = [Element(id, name, type, numbers.get(id, ElementNumbers(id))) for id, (name, type) in nodes.items()]
    return render(
        request,
        "operations/elements.html",
        elements=sorted(found, key=lambda each: (-each.numbers.incidents, -each.numbers.active, -each.numbers.visits)),
        newest=NEWEST,
        exact=_is_exact(filter),
        refused=refused,
        here=Here(request, request.url.path.removesuffix("/elements")),
        chosen_element=request.query_params.get("element"),
    )


@router.get("/definitions/{process_id}/file")
async def file(request: Request, process_id: str, reader: ReaderOf, download: bool = False) -> Response:
    """The file of the chosen version as it was deployed."""
    _, chosen, _ = await _chosen(request, process_id, reader)
    content = await _file(reader, chosen)
    headers = dict(INERT)
    if download:
        name = quote(f"{process_id}-{chosen.version}.bpmn", safe="")
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return Response(content, media_type="text/xml", headers=headers)


@router.get("/definitions/{process_id}/compare")
async def compare(request: Request, process_id: str, reader: ReaderOf, old: str = "", new: str = "") -> HTMLResponse:
    """Two versions beside each other, and what is different: the one before the latest with the latest, unless the
    address names others.
    """
    versions = await _versions(process_id, reader)
    later = _version(versions, new or str(versions[0].version))
    following = versions[versions.index(later) + 1 :]
    earlier = _version(versions, old or str((following or versions)[0].version))
    return render(
        request,
        "operations/compare.html",
        versions=versions,
        old=earlier,
        new=later,
        files=[(await _file(reader, each)).decode("utf-8", "replace") for each in (earlier, later)],
    )


@router.get("/elements/{key}")
async def names(key: str, reader: ReaderOf) -> JSONResponse:
    """The elements of a definition for scripts: `[{id, name}, …]` by name."""
    nodes = await overview.nodes(reader, read_key(key, "key"))
    found = [{"id": id, "name": name} for id, (name, _) in nodes.items()]
    return JSONResponse(sorted(found, key=lambda each: each["name"].casefold()))


async def _chosen(
    request: Request, process_id: str, reader: Reader
) -> tuple[list[Definition], Definition, InstanceFilter]:
    """All versions of the process, the one whose diagram is shown, and which instances of it. Raises NotThere."""
    versions = await _versions(process_id, reader)
    asked = request.query_params.get("version") or str(versions[0].version)
    filter = InstanceFilter.read(request.query_params, process=process_id, version=asked)
    return versions, versions[0] if asked == "all" else _version(versions, asked), filter


async def _versions(process_id: str, reader: Reader) -> list[Definition]:
    """Newest first, at least one. Raises NotThere."""
    versions = await overview.definitions(reader, process_id)
    if not versions:
        raise NotThere(f"There is no process '{process_id}'; it was deleted, or never deployed.")
    return versions


def _version(versions: list[Definition], asked: str) -> Definition:
    for each in versions:
        if str(each.version) == asked:
            return each
    latest = versions[0]
    raise NotThere(
        f"There is no version '{asked}' of the process '{latest.process_id}'; the latest is {latest.version}."
    )


async def _file(reader: Reader, definition: Definition) -> bytes:
    """The BPMN file that a definition was deployed with. Raises NotThere."""
    content = await figures.content(reader, definition.key)
    if content is None:
        raise NotThere(f"The file of version {definition.version} of '{definition.process_id}' is not there any more.")
    return content.content


async def _numbers(
    reader: Reader, counts: Figures, versions: list[Definition], filter: InstanceFilter
) -> dict[str, ElementNumbers]:
    """Numbers by element: tokens exactly where nothing narrows the instances, everything else of the newest."""
    found = {each.element_id: each for each in await overview.newest_elements(reader, filter.search(), NEWEST)}
    if not _is_exact(filter):
        return found
    wanted = tuple(each.key for each in versions if filter.version in ("all", str(each.version)))
    exact = await counts.open_elements(wanted)
    for id in found.keys() | exact.keys():
        active, stuck = exact.get(id, (0, 0))
        seen = found.get(id) or ElementNumbers(id)
        found[id] = msgspec.structs.replace(seen, active=max(active - stuck, 0), incidents=stuck)
    return found


def _is_exact(filter: InstanceFilter) -> bool:
    """Whether every token is counted, since all running instances of the definition are shown."""
    return filter.plain and filter.state in ("running", "all")
