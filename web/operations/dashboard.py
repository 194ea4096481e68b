"""The dashboard: what runs, what is stuck, how fast it goes."""

from __future__ import annotations

import asyncio

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from engine.store.search import overview
from engine.store.search.overview import Definition, Flow, InstanceCounts
from web.operations.figures import STEPS
from web.operations.server import FiguresOf, ReaderOf
from web.pages import render

router = APIRouter()

CHART_HEIGHT = 60


class Process(msgspec.Struct):
    """All versions of one process, newest first, and what their instances do together."""

    versions: list[Definition]
    counts: InstanceCounts = InstanceCounts()

    @property
    def id(self) -> str:
        return self.versions[0].process_id

    @property
    def name(self) -> str:
        return self.versions[0].name


class Bar(msgspec.Struct, frozen=True):
    """One step of the chart: heights in units of CHART_HEIGHT."""

    flow: Flow
    x: int
    started: float
    ended: float


@router.get("")
async def dashboard(request: Request, reader: ReaderOf, figures: FiguresOf, q: str = "") -> HTMLResponse:
    """Everything at a glance; `q` narrows the processes by name or id.

    What has never been counted yet, and takes long, is not waited for: the page looks again.
    """
    counts, flow, groups, backlogs = await asyncio.gather(
        figures.counts.soon(), figures.flow.soon(), figures.groups.soon(), figures.backlogs.soon()
    )
    processes = by_process(await overview.definitions(reader), counts or {})
    words = q.casefold().split()
    shown = [each for each in processes if all(word in f"{each.name} {each.id}".casefold() for word in words)]
    return render(
        request,
        "operations/dashboard.html",
        processes=shown,
        deployed=len(processes),
        q=q,
        counted=counts is not None,
        complete=None not in (counts, flow, groups, backlogs),
        total=sum((counts or {}).values(), InstanceCounts()),
        groups=groups,
        backlogs=backlogs,
        bars=_bars(flow or []),
        started=sum(each.started for each in flow or ()),
        ended=sum(each.ended for each in flow or ()),
        steps=STEPS,
    )


def by_process(definitions: list[Definition], counts: dict[int, InstanceCounts]) -> list[Process]:
    """Definitions, versions of a process together; those with incidents first, then those that run most."""
    found: dict[tuple[str, str], Process] = {}
    for each in definitions:
        process = found.setdefault((each.process_id, each.tenant), Process([]))
        process.versions.append(each)
        process.counts += counts.get(each.key, InstanceCounts())
    return sorted(found.values(), key=lambda each: (-each.counts.stuck, -each.counts.running, each.name.casefold()))


def _bars(flow: list[Flow]) -> list[Bar]:
    most = max([1, *(max(each.started, each.ended) for each in flow)])
    unit = CHART_HEIGHT / most
    return [Bar(each, x, each.started * unit, each.ended * unit) for x, each in enumerate(flow)]
