"""Element instances as bars over time."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from engine.store.keys import PART_SHIFT
from engine.store.search import Reader
from engine.store.search.joins import element_name, with_element
from engine.store.tables import element_instance as ei
from engine.store.tables import process_element
from engine.store.tables import process_instance as pi
from web.operations.instance.reading import state_word

BARS = 200
NARROWEST = 0.3  # percent, so that what took no time can be seen


class Bar(NamedTuple):
    """One element instance: `left` and `width` in percent of the whole, `duration` in milliseconds."""

    key: int
    name: str
    state: str
    started_at: datetime
    duration: float
    left: float
    width: float


class TimeLine(NamedTuple):
    """The first bars of an instance of `total` element instances; `ends_at` is now where it still runs."""

    bars: list[Bar]
    total: int
    starts_at: datetime
    ends_at: datetime


async def time_line(reader: Reader, key: int) -> TimeLine | None:
    """The bars in the order in which they began; None if there is no such instance."""
    of_instance = (pi.c.part == key >> PART_SHIFT, pi.c.key == key)
    found = await reader.rows(
        select(pi.c.started_at, func.coalesce(pi.c.ended_at, func.greatest(func.now(), pi.c.started_at))).where(
            *of_instance
        )
    )
    if not found:
        return None
    starts_at, ends_at = found[0]
    inside = (ei.c.part == key >> PART_SHIFT, ei.c.process_instance_key == key)
    columns = (ei.c.key, element_name(ei), ei.c.state, ei.c.started_at, func.coalesce(ei.c.ended_at, ends_at))
    shown = process_element.c.type.is_distinct_from("MULTI_INSTANCE_BODY")
    statement = select(*columns).select_from(with_element(ei, inner=ei.c.inner)).where(*inside, shown)
    rows = await reader.rows(statement.order_by(ei.c.key).limit(BARS))
    counted = select(func.count()).select_from(with_element(ei, inner=ei.c.inner)).where(*inside, shown)
    total = (await reader.rows(counted))[0][0]
    whole = max((ends_at - starts_at).total_seconds(), 0.001)
    bars = []
    for element, name, state, start, end in rows:
        left = min((start - starts_at).total_seconds() / whole * 100, 100 - NARROWEST)
        width = max((end - start).total_seconds() / whole * 100, NARROWEST)
        duration = (end - start).total_seconds() * 1000
        bars.append(Bar(element, name, state_word(state), start, duration, left, min(width, 100 - left)))
    return TimeLine(bars, total, starts_at, ends_at)
