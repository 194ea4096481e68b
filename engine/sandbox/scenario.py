"""A scenario: steps that are kept with what each led to, and can be run again on a later version of the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from engine.machine.commands import Rejection
from engine.sandbox.sandbox import Sandbox, Taken
from engine.sandbox.shelf import Source
from engine.sandbox.trail import Effect


class Difference(msgspec.Struct, kw_only=True):
    """What is other than it was: at which step (0 is the first), what of it, and both values in words."""

    number: int
    what: str
    expected: str
    found: str


class Verdict(msgspec.Struct, kw_only=True):
    """How a scenario went: the number of steps that could be taken, and every difference."""

    taken: int
    of: int
    differences: list[Difference] = []

    @property
    def passed(self) -> bool:
        """Whether everything is as it was."""
        return not self.differences


def run_again(sources: Sequence[Source], beginning: int, recorded: Sequence[Taken]) -> tuple[Sandbox, Verdict]:
    """Take the recorded steps on other sources; the first that cannot be taken is the last that is tried.

    `beginning` is that of the recording, so that dates are the same. Raises InvalidDeployment.
    """
    sandbox = Sandbox(sources, beginning)
    differences: list[Difference] = []
    for number, before in enumerate(recorded):
        try:
            effect = sandbox.take(before.step)
        except Rejection as rejection:
            expected = "the step can be taken"
            differences.append(Difference(number=number, what="step", expected=expected, found=rejection.reason))
            sandbox = Sandbox(sources, beginning, [each.step for each in sandbox.taken])
            break
        differences += _compare(number, before.effect, effect)
    return sandbox, Verdict(taken=len(sandbox.taken), of=len(recorded), differences=differences)


def _compare(number: int, before: Effect, now: Effect) -> list[Difference]:
    pairs = [
        ("path", _path(before.entered), _path(now.entered)),
        ("incidents", _incidents(before), _incidents(now)),
        ("ended", _path(before.ended), _path(now.ended)),
        *_variables(before.variables, now.variables),
    ]
    return [
        Difference(number=number, what=what, expected=expected, found=found)
        for what, expected, found in pairs
        if expected != found
    ]


def _path(ids: list[str]) -> str:
    return " → ".join(ids) or "nothing"


def _incidents(effect: Effect) -> str:
    return "; ".join(f"{element}: {kind}" for element, kind, _ in effect.incidents) or "none"


def _variables(before: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]]) -> list[tuple[str, str, str]]:
    names = sorted({(scope, name) for each in (before, now) for scope in each for name in each[scope]})
    return [
        (f"variable '{name}' of '{scope}'", _value(before, scope, name), _value(now, scope, name))
        for scope, name in names
    ]


def _value(variables: dict[str, dict[str, Any]], scope: str, name: str) -> str:
    if name not in variables.get(scope, {}):
        return "not written"
    return msgspec.json.encode(variables[scope][name]).decode()
