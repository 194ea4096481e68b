"""The elements of a requirements graph, linked and compiled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from engine.dmn.compilation import Evaluator, Scope, nothing
from engine.dmn.results import DecisionType
from engine.dmn.types import ANY, Type
from engine.feel import Function

Path = tuple[str, ...]
"""The names of the imports that lead to a model, from the one that is asked; empty for itself."""


class Requirement(NamedTuple):
    """An element that another one needs; `alias` is the name of the import it comes from, if it has one."""

    alias: str | None
    element: InputData | Decision

    @property
    def path(self) -> Path:
        return () if self.alias is None else (self.alias,)


@dataclass(eq=False, slots=True)
class InputData:
    """A value that comes from outside. `name` is its variable's."""

    id: str
    name: str
    type: Type = ANY


@dataclass(eq=False, slots=True)
class Decision:
    """`variable` is the name under which other decisions see the value.

    `functions` are the business knowledge models and services that its logic may call.
    """

    id: str
    name: str
    variable: str
    type: Type = ANY
    kind: DecisionType = DecisionType.UNSPECIFIED
    logic: Evaluator = nothing
    requirements: list[Requirement] = field(default_factory=list)
    functions: Scope = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Knowledge:
    """A business knowledge model: a function."""

    id: str
    name: str
    function: Function


DrgElement = InputData | Decision | Knowledge
