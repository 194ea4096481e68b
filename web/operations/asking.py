"""What people type into filters, made what a search understands. Unreadable says why it cannot be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.store.search.values import MAX_KEY
from web.refusals import Unreadable

INSTANCE = "processInstanceKey"


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
        number = int(text)
    except ValueError:
        raise Unreadable(f"{what} must be a whole number, but is '{text[:40]}'.", text) from None
    if not -(2**31) <= number < 2**31:
        raise Unreadable(f"{what} cannot be as large as {text[:40]}.", text)
    return number


def key(text: str, what: str, given: str = "") -> str:
    """The key; `what` begins the sentence that refuses it. `given`: what the address says, where that is more."""
    if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) > MAX_KEY:
        raise Unreadable(f"{what} must be a whole number as it stands in lists, but is '{text[:40]}'.", given or text)
    return text


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
        raise Unreadable(f"A date must look like 2026-01-31T08:00, but is '{text[:40]}'.", text) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


def same(given: Mapping[str, str], fields: Mapping[str, str]) -> dict[str, Any]:
    """Equality for each parameter that is given, by the field that it stands for."""
    found = {field: given[name].strip() for name, field in fields.items() if given.get(name, "").strip()}
    if INSTANCE in found:
        key(found[INSTANCE], "The key of an instance")
    return found


def of_state(
    given: Mapping[str, str], states: Mapping[str, tuple[str, dict[str, Any]]], default: str
) -> dict[str, Any]:
    """The filter that stands for the state that is asked for; `states` has title and filter by name."""
    state = given.get("state") or default
    if state not in states:
        raise Unreadable(f"There is no state '{state[:40]}'; it is one of {', '.join(states)}.", state)
    return dict(states[state][1])
