"""What a worker is told of the activities that it may choose among: the variable `adHocSubProcessElements`.

A list of the activities that may be activated, each with its id, and where it has them its name, documentation,
extension properties, and parameters: the calls of `fromAi()` in its input mappings, with their arguments as far as
these are written out. What is empty is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import feel
from engine.feel import nodes as syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.machine.graph import Node

VARIABLE = "adHocSubProcessElements"

_ARGUMENTS = ("value", "description", "type", "schema", "options")


def describe(node: Node) -> dict[str, Any]:
    """What is told of one activity."""
    active = node.inner_node or node
    told = {
        "elementId": node.id,
        "elementName": node.name,
        "documentation": node.documentation,
        "properties": node.properties,
        "parameters": [parameter for mapping in active.inputs for parameter in _parameters(mapping.source)],
    }
    return {name: value for name, value in told.items() if value}


def _parameters(source: Any) -> Iterator[dict[str, Any]]:
    """The parameters that an input mapping asks for."""
    if isinstance(source, str):
        return
    calls = [part for part in feel.parse(source.text).walk() if isinstance(part, syntax.Call) and _asks(part)]
    for call in sorted(calls, key=lambda call: call.at):
        given = dict(zip(call.names or _ARGUMENTS, call.arguments, strict=False))
        told = {"name": _reference(given.get("value"))}
        told |= {name: _written(given[name]) for name in _ARGUMENTS[1:] if name in given}
        yield {name: value for name, value in told.items() if value not in (None, "", {})}


def _asks(call: syntax.Call) -> bool:
    return isinstance(call.function, syntax.Name) and call.function.name == "fromAi"


def _reference(value: syntax.Node | None) -> str:
    """A name as it is written, such as `toolCall.orderId`."""
    if isinstance(value, syntax.Path):
        return f"{_reference(value.base)}.{value.name}"
    return value.name if isinstance(value, syntax.Name) else ""


def _written(value: syntax.Node) -> Any:
    """A value that is written out: a literal, a list or a context of such; None for anything else."""
    match value:
        case syntax.Literal():
            return feel.to_json(value.value)
        case syntax.ListOf():
            return [_written(item) for item in value.items]
        case syntax.ContextOf():
            return {name: _written(entry) for name, entry in value.entries}
        case _:
            return None
