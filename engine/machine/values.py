"""Variables: how they are looked up, merged and mapped.

An input mapping always writes locally to the element. What an element hands out is merged: the search begins at a
scope and climbs to the nearest one that has the name, otherwise to the process itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from engine import feel
from engine.machine.commands import Rejection
from engine.machine.graph import Evaluable, VariableMapping
from engine.machine.lifecycle import IncidentType
from engine.machine.names import check_names

if TYPE_CHECKING:
    from engine.machine.state import ElementInstance

encode_json = msgspec.json.Encoder().encode

#: Raised by what has no JSON form.
_NO_JSON = (feel.FeelError, OverflowError, TypeError, ValueError)


class Stuck(Exception):
    """An element cannot go on; it becomes an incident. Raised before anything of the step has happened."""

    def __init__(self, type: IncidentType, message: str) -> None:
        super().__init__(message)
        self.type = type
        self.message = message


class Scope(Mapping[str, object]):
    """The variables that an element instance sees, as a FEEL context; `extra` names hide those of any scope."""

    __slots__ = ("_element", "_extra")

    def __init__(self, element: ElementInstance | None, extra: Mapping[str, object] | None = None) -> None:
        self._element = element
        self._extra = extra

    def __getitem__(self, name: str) -> object:
        if self._extra is not None and name in self._extra:
            return self._extra[name]
        element = self._element
        while element is not None:
            variable = element.variables.get(name)
            if variable is not None:
                return variable.value
            element = element.scope
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(visible(self._element) | dict(self._extra or {}))

    def __len__(self) -> int:
        return len(list(iter(self)))


def visible(element: ElementInstance | None) -> dict[str, Any]:
    """All variables that an element instance sees, by name: the innermost scope wins."""
    found: dict[str, Any] = {}
    while element is not None:
        for name, variable in element.variables.items():
            if name not in found:
                found[name] = variable.value
        element = element.scope
    return found


def utc_text(milliseconds: int) -> str:
    """A time (milliseconds since the epoch) as ISO 8601, the one form in which dates of user tasks are kept."""
    text = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def to_text(value: object) -> str:
    """The JSON text of a FEEL result or a JSON value.

    Raises Stuck where it has none, such as a function or an integer of more than 64 bits.
    """
    try:
        return _json_text(value)
    except _NO_JSON as error:
        raise Stuck(IncidentType.IO_MAPPING_ERROR, f"The result has no JSON form: {error}") from error


def _json_text(value: object) -> str:
    """Raises one of _NO_JSON."""
    return encode_json(feel.to_json(value)).decode()


def given_texts(variables: Mapping[str, Any]) -> dict[str, str]:
    """The JSON texts of variables that a command brings. Raises Rejection where one has none, or too long a name."""
    check_names("the name of a variable", variables)
    texts = {}
    for name, value in variables.items():
        try:
            texts[name] = _json_text(value)
        except _NO_JSON as error:
            raise Rejection("INVALID_ARGUMENT", f"The variable '{name}' cannot be kept: {error}.") from error
    return texts


def evaluate_mappings(
    mappings: tuple[VariableMapping, ...],
    element: ElementInstance,
    base: ElementInstance | None,
    now: datetime,
    entropy: Callable[[int], bytes],
) -> dict[str, object]:
    """What the mappings of an element give, by variable name, without writing anything.

    A later mapping sees the results of the earlier ones. A nested target (`a.b`) is merged into the object that
    `base` sees under the first name.
    """
    results: dict[str, object] = {}
    context = Scope(element, results)
    for mapping in mappings:
        value = _source(mapping.source, context, now, entropy)
        name, *path = mapping.target
        if path:
            start = results[name] if name in results else Scope(base).get(name)
            value = _merged(start, path, value)
        results[name] = value
    return results


def _source(source: Evaluable | str, context: Scope, now: datetime, entropy: Callable[[int], bytes]) -> object:
    if isinstance(source, str):
        return source
    try:
        return feel.to_json(source.evaluate(context, now=now, entropy=entropy))
    except feel.FeelError as error:
        reason = f"Failed to evaluate expression '{source.text}': {error}"
        raise Stuck(IncidentType.IO_MAPPING_ERROR, reason) from error


def _merged(start: object, path: list[str], value: object) -> dict[str, object]:
    """`start` (where it is an object) with `value` at the end of `path`; nothing is changed in place."""
    result: dict[str, object] = dict(start) if isinstance(start, dict) else {}
    name, *rest = path
    result[name] = _merged(result.get(name), rest, value) if rest else value
    return result
