"""What a migration or a modification would do to instances, told for each before anything happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from engine.machine.commands import Command, MigrateInstance, ModifyInstance, MoveInstruction, Rejection
from engine.runtime.runtime import Runtime
from engine.store.search import PROCESS_INSTANCES, PageInfo, PageRequest, SearchQuery, Sort
from engine.store.search.reader import Reader
from engine.store.search.values import read_key
from web.operations.server import ReaderOf, RuntimeOf
from web.pages import render
from web.refusals import InvalidInput

router = APIRouter(prefix="/previews")

#: So many instances are tried at a time.
LIMIT = 100


class PreviewRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """`filter` is that of a search of process instances. A migration has a target definition and a mapping of element
    ids, a modification has moves, each from one element to another.
    """

    type: Literal["migrate", "modify"]
    filter: dict[str, Any]
    target: str = ""
    mapping: dict[str, str] = {}
    moves: list[tuple[str, str]] = []
    after: str | None = None


class Verdict(msgspec.Struct, frozen=True):
    """`reasons` says everything that keeps an instance from it; `effects`, what would happen otherwise."""

    key: int
    reasons: list[str]
    effects: list[str]


@router.post("")
async def preview(request: Request, reader: ReaderOf, runtime: RuntimeOf) -> HTMLResponse:
    """A table with the engine's verdict for each of LIMIT running instances that match, from a cursor on if given."""
    try:
        asked = msgspec.json.decode(await request.body(), type=PreviewRequest)
        make = _command(asked)
        found = await _instances(reader, asked)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(str(error)) from error
    keys = [int(instance.processInstanceKey) for instance in found.items]
    verdicts = await asyncio.gather(*(_try(runtime, key, make(key)) for key in keys))
    return render(
        request,
        "operations/preview.html",
        verdicts=sorted(verdicts, key=lambda verdict: not verdict.reasons),
        refused=sum(bool(verdict.reasons) for verdict in verdicts),
        total=found.page.total_items,
        more=found.page.has_more_total_items,
        following=found.page.end_cursor if len(keys) == LIMIT and (asked.after or _is_more(found.page)) else "",
    )


def _is_more(page: PageInfo) -> bool:
    """Whether the first page is not all there is."""
    return page.has_more_total_items or page.total_items > LIMIT


async def _instances(reader: Reader, asked: PreviewRequest) -> Any:
    query = SearchQuery(asked.filter, [Sort("processInstanceKey")], PageRequest(limit=LIMIT, after=asked.after))
    return await reader.search(PROCESS_INSTANCES, query, {"endDate": {"$exists": False}})


def _command(asked: PreviewRequest) -> Callable[[int], Command]:
    """What is tried on the instance with a key; InvalidInput where it is not said."""
    if asked.type == "migrate":
        target = read_key(asked.target, "target")
        return lambda key: MigrateInstance(
            process_instance_key=key,
            target_process_definition_key=target,
            mapping=asked.mapping,
            preview=True,
        )
    moves = [MoveInstruction(source_element_id=source, element_id=target) for source, target in asked.moves]
    if not moves:
        raise InvalidInput("Choose at least one element to move tokens from, and one to move them to.")
    return lambda key: ModifyInstance(process_instance_key=key, move=moves, preview=True)


async def _try(runtime: Runtime, key: int, command: Command) -> Verdict:
    try:
        answer = await runtime.execute(command)
    except Rejection as rejection:
        return Verdict(key, [rejection.reason], [])
    if isinstance(command, MigrateInstance):
        return Verdict(key, answer, [])
    stuck = [f"incident at {each['elementId']}: {each['message']}" for each in answer.pop("incidents")]
    return Verdict(key, [], [f"{what} {_names(answer[what])}" for what in answer if answer[what]] + stuck)


def _names(elements: list[dict[str, Any]]) -> str:
    return ", ".join(element["elementId"] for element in elements)
