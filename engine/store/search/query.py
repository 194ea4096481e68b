"""What a search asks for and what it gives: filter, sort and page in; items, totals and cursors out."""

from __future__ import annotations

import base64
import binascii
from enum import Enum
from typing import Annotated, Any

import msgspec

from engine.store.search.errors import InvalidCursor

DEFAULT_LIMIT = 100
MAX_LIMIT = 10_000

#: Matches are counted exactly up to here; beyond it the answer says that there are more.
COUNT_LIMIT = 10_000


class Order(Enum):
    """Ascending or descending; read in any case."""

    ASC = "ASC"
    DESC = "DESC"

    @classmethod
    def _missing_(cls, value: object) -> Order | None:
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None


class Sort(msgspec.Struct, forbid_unknown_fields=True):
    """One key of the order. Rows without a value come last when ascending, first when descending."""

    field: str
    order: Order | None = None  # ascending

    @property
    def descending(self) -> bool:
        return self.order is Order.DESC


class PageRequest(msgspec.Struct, forbid_unknown_fields=True, rename={"offset": "from"}):
    """Which part of the matches: from an offset, or after or before a cursor; one of the three at most."""

    offset: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=0, le=MAX_LIMIT)] | None = None
    after: str | None = None
    before: str | None = None

    @property
    def size(self) -> int:
        """How many rows at most."""
        return DEFAULT_LIMIT if self.limit is None else self.limit


class SearchQuery(msgspec.Struct, forbid_unknown_fields=True):
    """A search, with everything that may be left out left out."""

    filter: dict[str, Any] | None = None
    sort: Annotated[list[Sort], msgspec.Meta(max_length=50)] | None = None
    page: PageRequest | None = None


class PageInfo(msgspec.Struct, rename="camel"):
    """How many rows match (up to COUNT_LIMIT), and the cursors of the first and last item of this page."""

    total_items: int
    has_more_total_items: bool
    start_cursor: str | None
    end_cursor: str | None


class Found(msgspec.Struct):
    """One page of a search."""

    items: list[Any]
    page: PageInfo


def check_page(page: PageRequest) -> None:
    """InvalidCursor where a page is asked for in two ways at once."""
    given = [name for name in ("from", "after", "before") if getattr(page, name.replace("from", "offset")) is not None]
    if len(given) > 1:
        raise InvalidCursor(f"'page' must have only one of from, after and before, but has {' and '.join(given)}.")


def write_cursor(order: int, values: tuple[Any, ...]) -> str:
    """An opaque text for the place of a row in an order; `order` is the fingerprint of that order."""
    return base64.b64encode(msgspec.msgpack.encode((order, *values))).decode()


def read_cursor(text: str, order: int, length: int, path: str) -> list[Any]:
    """The values of the row at a cursor; InvalidCursor if it is none of this search."""
    try:
        values = msgspec.msgpack.decode(base64.b64decode(text, validate=True), type=list[Any])
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise InvalidCursor(
            f"'{path}' is not a cursor; take one from startCursor or endCursor of an earlier answer."
        ) from error
    if len(values) != length + 1 or values[0] != order:
        raise InvalidCursor(f"'{path}' belongs to another search; keep the sort order from page to page.")
    return values[1:]
