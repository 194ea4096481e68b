"""Forms → steps."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.datastructures import FormData

from engine.machine.commands import Rejection
from engine.sandbox.steps import AnyStep

#: Fields of forms that are JSON: what is expected in each, for whoever typed it.
_JSON = {"variables": "variables as a JSON object", "result": "the answer as a JSON object"}
_LISTS = ("activities",)


def step_of(form: FormData) -> AnyStep:
    """The step that a form describes: its fields are those of the step, empty ones left out.

    A single variable comes as `variable` and `value`. Raises Rejection, with what was expected.
    """
    fields: dict[str, Any] = {name: value for name, value in form.items() if isinstance(value, str) and value}
    for name in _LISTS:
        if name in fields:
            fields[name] = form.getlist(name)
    for name in _JSON:
        if name in fields:
            fields[name] = _object(name, fields[name])
    if "variable" in fields:
        fields["variables"] = {fields.pop("variable").strip(): _value(str(form.get("value", "")))}
        fields.pop("value", None)
    known = {name: value for name, value in fields.items() if name not in ("csrf_token", "revision")}
    try:
        step: AnyStep = msgspec.convert(known, AnyStep, strict=False)
    except msgspec.ValidationError as error:
        raise Rejection("INVALID_ARGUMENT", f"The step is not understood: {error}.") from error
    return step


def _object(name: str, text: str) -> dict[str, Any]:
    found = _decoded(text, _JSON[name])
    if not isinstance(found, dict):
        raise Rejection("INVALID_ARGUMENT", f'Expected {_JSON[name]}, such as {{"amount": 12}}, but found {text[:60]}')
    return found


def _value(text: str) -> Any:
    return _decoded(text, 'a value as JSON (a text in quotes: "open")')


def _decoded(text: str, expected: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Rejection("INVALID_ARGUMENT", f"Expected {expected}, but found {text[:60]!r}: {error}.") from error
