"""What people type into filters, made what a search understands. InvalidSearch says why it cannot be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.store.search import InvalidSearch


def containing(text: str) -> dict[str, str]:
    """A condition on texts: this one occurs in it, whatever characters it has."""
    literal = re.sub(r"([*?\\])", r"\\\1", text)
    return {"$like": f"*{literal}*"}


def as_json(text: str) -> str:
    """What a person typed as a value: JSON if it is, otherwise a text."""
    try:
        return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    except (ValueError, RecursionError):
        return json.dumps(text, ensure_ascii=False)


def whole_number(text: str, what: str) -> int:
    """The number; `what` begins the sentence that refuses it."""
    try:
        return int(text)
    except ValueError:
        raise InvalidSearch(f"{what} must be a whole number, but is '{text[:40]}'.") from None


def between(field: str, first: str, last: str) -> dict[str, Any]:
    """A condition on a date, both ends included and either of them open. Without an offset it is UTC."""
    bounds = {"$gte": _moment(first), "$lte": _moment(last)}
    given = {operator: text for operator, text in bounds.items() if text}
    return {field: given} if given else {}


def _moment(text: str) -> str:
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidSearch(f"A date must look like 2026-01-31T08:00, but is '{text[:40]}'.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def same(given: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, Any]:
    """Equality for each parameter that is given, by the field that it stands for."""
    return {field: given[name].strip() for name, field in fields.items() if given.get(name, "").strip()}


def of_state(
    given: Mapping[str, str], states: Mapping[str, tuple[str, dict[str, Any]]], default: str
) -> dict[str, Any]:
    """The filter that stands for the state that is asked for; `states` has title and filter by name."""
    state = given.get("state") or default
    if state not in states:
        raise InvalidSearch(f"There is no state '{state}'; it is one of {', '.join(states)}.")
    return dict(states[state][1])
