"""Lists: one page of a search, its order and place taken from the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import Request

from engine.store.search import (
    Entity,
    Found,
    InvalidCursor,
    InvalidSearch,
    Order,
    PageInfo,
    PageRequest,
    SearchQuery,
    Sort,
)
from engine.store.search.reader import Reader
from web.operations.addresses import Here
from web.operations.asking import whole_number
from web.refusals import LOST_PLACE, Unreadable

PAGE_SIZE = 50
MOST = 500  # rows on a page, whatever the address asks for

#: Matches are counted up to here: what is beyond, nobody looks through page by page.
COUNTED = 1_000


class Column(msgspec.Struct, frozen=True):
    """A column of a list; `field` is what it is sorted by, empty where it cannot be.

    `indexed`: however many rows match. By other fields a list is sorted only where all that match have been counted.
    """

    title: str
    field: str = ""
    number: bool = False
    indexed: bool = False


class Heading(msgspec.Struct, frozen=True):
    """A column as it stands on the page: where its title leads, and how the list is sorted by it (ARIA's words)."""

    title: str
    number: bool
    address: str
    sorted: str  # ascending, descending, none


class Listing(msgspec.Struct):
    """One page of a list as templates show it.

    `refused` says why there is nothing: what was asked makes no sense; `without` is the address without that.
    """

    items: list[Any]
    page: PageInfo
    headings: list[Heading]
    previous: str | None
    next: str | None
    refused: str = ""
    without: str = ""

    @property
    def total(self) -> str:
        """How many there are, in words."""
        count = f"{self.page.total_items:,}".replace(",", "\u202f")
        return f"more than {count}" if self.page.has_more_total_items else count


_NOTHING = Found([], PageInfo(0, False, None, None))


async def listing(
    request: Request,
    entity: Entity,
    filter: Mapping[str, Any] | InvalidSearch,
    columns: Sequence[Column],
    sort: str,
) -> Listing:
    """The page that the address asks for; `sort` is the order where it asks for none (`-` before it: descending)."""
    reader: Reader = request.app.server.reader
    asked = request.query_params.get("sort") or sort
    after, before = (request.query_params.get(name) or None for name in ("after", "before"))
    here = Here(request)
    found, refused, without, limit = _NOTHING, "", "", PAGE_SIZE
    try:
        rows = request.query_params.get("limit") or str(PAGE_SIZE)
        limit = max(1, min(whole_number(rows, "The number of rows on a page"), MOST))
        if isinstance(filter, InvalidSearch):
            raise filter
        page = PageRequest(limit=limit, after=after, before=before)
        order = [_sort(entity, asked)]
        found = await reader.search(entity, SearchQuery(dict(filter), order, page), count_limit=COUNTED)
    except InvalidSearch as error:
        refused, without = _told(error, here)
    more = found.page.total_items > limit or found.page.has_more_total_items
    full = len(found.items) == limit
    return Listing(
        items=found.items,
        page=found.page,
        headings=[_heading(here, column, asked, found.page.has_more_total_items) for column in columns],
        previous=here(before=found.page.start_cursor) if after or (before and full) else None,
        next=here(after=found.page.end_cursor) if before or (full and (more or after)) else None,
        refused=refused,
        without=without,
    )


def _told(error: InvalidSearch, here: Here) -> tuple[str, str]:
    """Why a list cannot be shown, and its address without what made it so."""
    match error:
        case Unreadable():
            return str(error), here.without(error.given)
        case InvalidCursor():
            return LOST_PLACE, here()
    return f"The list cannot be narrowed so. {error}", here.path


def _sort(entity: Entity, text: str) -> Sort:
    field = entity.fields.get(text.removeprefix("-"))
    if field is None or not field.sort:
        raise Unreadable(f"This list cannot be sorted by '{text.removeprefix('-')[:40]}'.", text)
    return Sort(field.name, Order.DESC if text.startswith("-") else Order.ASC)


def _heading(here: Here, column: Column, asked: str, many: bool) -> Heading:
    if not column.field or (many and not column.indexed):
        return Heading(column.title, column.number, "", "none")
    if asked.removeprefix("-") != column.field:
        return Heading(column.title, column.number, here(sort=f"-{column.field}"), "none")
    descending = asked.startswith("-")
    turned = column.field if descending else f"-{column.field}"
    return Heading(column.title, column.number, here(sort=turned), "descending" if descending else "ascending")
