"""What a task list shows, as the parameters of its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

import msgspec

from engine.store.search import Order, PageRequest, SearchQuery, Sort
from web.refusals import Unreadable

PAGE_SIZE = 50
_LONGEST_TEXT = 200


class View(StrEnum):
    """Which tasks."""

    MINE = "mine"
    GROUPS = "groups"
    UNASSIGNED = "unassigned"
    ALL = "all"
    COMPLETED = "completed"


#: The words for the views, as they stand in the list.
VIEW_TITLES = {
    View.MINE: "Assigned to me",
    View.GROUPS: "My groups",
    View.UNASSIGNED: "Unassigned",
    View.ALL: "All open",
    View.COMPLETED: "Completed",
}

#: Orders by their name in the address: the words, the field, whether the greatest comes first.
ORDERS = {
    "newest": ("Newest first", "creationDate", True),
    "oldest": ("Oldest first", "creationDate", False),
    "due": ("Due first", "dueDate", False),
    "priority": ("Most urgent first", "priority", True),
}
DONE_ORDERS = {
    "newest": ("Last completed first", "completionDate", True),
    "oldest": ("First completed first", "completionDate", False),
}

_DATES = (("due_from", "due_to", "dueDate"), ("follow_from", "follow_to", "followUpDate"))
_TEXTS = ("q", "process", "variable", "due_from", "due_to", "follow_from", "follow_to", "priority_from", "priority_to")


class TaskFilter(msgspec.Struct, frozen=True, kw_only=True):
    """One list of tasks. Texts are as somebody entered them, empty where nothing is asked; dates are days in UTC.

    `variable`: conditions `name=value`, between commas. `saved`: the name of the filter it was taken from.
    """

    view: View = View.MINE
    order: str = "newest"
    q: str = ""
    process: str = ""
    variable: str = ""
    due_from: str = ""
    due_to: str = ""
    follow_from: str = ""
    follow_to: str = ""
    priority_from: str = ""
    priority_to: str = ""
    saved: str = ""
    after: str = ""
    before: str = ""

    @property
    def orders(self) -> Mapping[str, tuple[str, str, bool]]:
        """The orders that this view knows."""
        return DONE_ORDERS if self.view is View.COMPLETED else ORDERS

    @property
    def narrowed(self) -> bool:
        """Whether there are conditions beside the view."""
        return any(getattr(self, name) for name in _TEXTS)

    def query(self, **changed: object) -> str:
        """The parameters of the address, with some changed; what is as it always is does not stand there.

        The place in the pages is left out unless it is given.
        """
        values = msgspec.structs.asdict(self) | {"after": "", "before": ""} | changed
        standard = TaskFilter()
        return urlencode({name: str(value) for name, value in values.items() if value != getattr(standard, name)})

    def address(self, key: int | str = "", **changed: object) -> str:
        """Of the page with this list, and a task open where its key is given."""
        query = self.query(**changed)
        return f"/tasks{f'/{key}' if key else ''}{f'?{query}' if query else ''}"

    def without(self, given: str) -> str:
        """The address without the conditions that say so."""
        return self.address(**{name: "" for name in _TEXTS if getattr(self, name) == given})

    def search(self) -> SearchQuery:
        """As a search; Unreadable where a condition cannot be meant."""
        _, field, descending = self.orders.get(self.order) or self.orders["newest"]
        page = PageRequest(limit=PAGE_SIZE, after=self.after or None, before=self.before or None)
        sort = [Sort(field, Order.DESC if descending else Order.ASC)]
        return SearchQuery(filter=self._conditions(), sort=sort, page=page)

    def _conditions(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.process:
            found["processDefinitionId"] = self.process
        if self.variable:
            found["processInstanceVariables"] = [_variable(part, self.variable) for part in _parts(self.variable)]
        priority = _range(_whole(self.priority_from), _whole(self.priority_to), "$lte")
        if priority:
            found["priority"] = priority
        for first, last, field in _DATES:
            days = _range(_day(getattr(self, first)), _day(getattr(self, last), after=True), "$lt")
            if days:
                found[field] = days
        return found


def read_filter(parameters: Mapping[str, str]) -> TaskFilter:
    """The filter of an address; parameters of other kinds are passed over."""
    known = {name: parameters[name][:_LONGEST_TEXT] for name in _TEXTS if name in parameters}
    known |= {name: parameters[name] for name in ("order", "saved", "after", "before") if name in parameters}
    view = parameters.get("view", View.MINE)
    return TaskFilter(view=View(view) if view in list(View) else View.MINE, **known)


def _range(low: object, high: object, to: str) -> dict[str, Any]:
    return {operator: value for operator, value in (("$gte", low), (to, high)) if value is not None}


def _whole(text: str) -> int | None:
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise Unreadable(f"A priority is a whole number from 0 to 100, but is '{text[:40]}'.", text) from None


def _day(text: str, after: bool = False) -> str | None:
    """The beginning of a day, or of the day after it, as the search wants it."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
    except (ValueError, OverflowError):
        raise Unreadable(f"A date is written like 2026-01-31, but is '{text[:40]}'.", text) from None
    return datetime.combine(day, time(), UTC).isoformat()


def _parts(text: str) -> Sequence[str]:
    """Conditions between commas; a comma within quotation marks or brackets is part of a value."""
    parts, depth, quoted, begin = [], 0, False, 0
    for i, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif not quoted:
            depth += (character in "[{") - (character in "]}")
            if character == "," and depth == 0:
                parts.append(text[begin:i])
                begin = i + 1
    return [part for part in (*parts, text[begin:]) if part.strip()]


def _variable(text: str, given: str) -> dict[str, str]:
    """A variable and its value as JSON; what is no JSON is a string. `given`: all that the address asks for."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        reason = f"A variable is asked for like city=Paris or amount=100, but is '{text.strip()[:60]}'."
        raise Unreadable(reason, given)
    value = value.strip()
    try:
        json = msgspec.json.encode(msgspec.json.decode(value)).decode()
    except (msgspec.DecodeError, RecursionError):
        json = msgspec.json.encode(value).decode()
    return {"name": name.strip(), "value": json}
