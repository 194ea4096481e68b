"""Several events that wait at one place: none may hide another for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from engine.bpmn.source import SourceElement
    from engine.machine.graph import Node


def check_catchers(events: Iterable[Node], sources: Mapping[Node, SourceElement]) -> None:
    """Report events of one activity, or of one scope, of which only the first would ever come."""
    first: dict[tuple[str, str, str], Node] = {}
    for event in events:
        for part in event.trigger.parts:
            what = _what(part)
            if what is None:
                continue
            other = first.setdefault(what, event)
            if other is not event:
                kind, name, key = what
                shown = f"the {kind} '{name}'" if name else f"any {kind}"
                shown += f" with the correlation key '{key}'" if key else ""
                sources[event].problem(f"Must not wait for {shown}: '{other.id}' beside it does already.")


def _what(trigger: Any) -> tuple[str, str, str] | None:
    """What makes the event come and is taken by one event only; None where several may take it."""
    if trigger.kind in ("error", "escalation"):
        return trigger.kind, trigger.code, ""
    if trigger.kind == "message" and isinstance(getattr(trigger, "name", None), str):
        key = trigger.correlation_key
        return trigger.kind, trigger.name, getattr(key, "text", "") or ""
    return None
