"""The types of a model: FEEL's own, and item definitions made of them.

Every typed place of a model (a variable, a parameter, an expression) lets a value through by `convert`: as it
is if it is of the type, converted if the standard says so, else not at all. null is of every type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from engine.feel import Evaluation, Function
from engine.feel.temporal import Date, DateTime
from engine.feel.types import SIMPLE, TypeTest
from engine.feel.values import describe


class Type(Protocol):
    """What a typed place expects. `accepts` is asked about values that are not null.

    Without `values`, it only looks at the shape and not at allowed values: so the standard wants it for FEEL's
    `instance of`.
    """

    @property
    def name(self) -> str: ...

    @property
    def is_list(self) -> bool: ...

    def accepts(self, run: Evaluation, value: object, *, values: bool = True) -> bool: ...


@dataclass(frozen=True, slots=True)
class Simple:
    """A type of FEEL. `Any` accepts everything."""

    name: str
    test: TypeTest
    is_list = False

    def accepts(self, run: Evaluation, value: object, *, values: bool = True) -> bool:
        return self.test(run, value)


@dataclass(frozen=True, slots=True)
class ListOf:
    """Any number of items of one type."""

    name: str
    item: Type
    is_list = True

    def accepts(self, run: Evaluation, value: object, *, values: bool = True) -> bool:
        if type(value) is not list:
            return False
        run.charge(len(value))
        return all(item is None or self.item.accepts(run, item, values=values) for item in value)


@dataclass(slots=True)
class Structure:
    """A context that has at least these entries. Filled after it is made, since types may contain themselves."""

    name: str
    components: dict[str, Type] = field(default_factory=dict)
    is_list = False

    def accepts(self, run: Evaluation, value: object, *, values: bool = True) -> bool:
        if type(value) is not dict:
            return False
        run.enter(len(self.components))
        fits = all(
            key in value and (value[key] is None or component.accepts(run, value[key], values=values))
            for key, component in self.components.items()
        )
        run.leave()
        return fits


@dataclass(frozen=True, slots=True)
class FunctionType:
    """A function with so many parameters. What they and the result are shows when it is called."""

    name: str
    parameters: tuple[Type, ...]
    result: Type
    is_list = False

    def accepts(self, run: Evaluation, value: object, *, values: bool = True) -> bool:
        return type(value) is Function and (value.variadic or len(value.parameters) == len(self.parameters))


@dataclass(frozen=True, slots=True)
class Restricted:
    """A type of which only some values are allowed. `each`: the tests are for the items of a list."""

    name: str
    base: Type
    allowed: Callable[[Mapping[str, object], object, Evaluation], bool | None]
    each: bool

    @property
    def is_list(self) -> bool:
        return self.base.is_list

    def accepts(self, run: Evaluation, value: object, *, values: bool = True) -> bool:
        if not self.base.accepts(run, value, values=values):
            return False
        if not values:
            return True
        if self.each and isinstance(value, list):
            return all(item is None or self.allowed({}, item, run) is True for item in value)
        return self.allowed({}, value, run) is True


@dataclass(slots=True)
class Named:
    """A reference by name, followed when a value is tested: definitions may come in any order."""

    name: str
    find: Callable[[str], Type | None]
    found: Type | None = None

    @property
    def target(self) -> Type:
        if self.found is None:
            self.found = self.find(self.name) or ANY
        return self.found

    @property
    def is_list(self) -> bool:
        return self.target.is_list

    def accepts(self, run: Evaluation, value: object, *, values: bool = True) -> bool:
        run.enter(1)
        fits = self.target.accepts(run, value, values=values)
        run.leave()
        return fits


ANY: Final = Simple("Any", lambda _run, _value: True)
ALIASES: Final = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "days and time duration": "days and time duration",
    "integer": "number",
    "long": "number",
    "double": "number",
}
BUILT_IN: Final[Mapping[str, Type]] = {
    **{name: Simple(name, test) for name, test in SIMPLE.items()},
    **{alias: Simple(name, SIMPLE[name]) for alias, name in ALIASES.items()},
    "list": ListOf("list", ANY),
    "Any": ANY,
    "any": ANY,
}


class Mismatch:
    """The type of MISMATCH: a value is not of the type and cannot be converted."""


MISMATCH: Final = Mismatch()


def convert(run: Evaluation, type_: Type, value: object) -> object:
    """The value as one of the type, or MISMATCH.

    A list of one item stands for the item and an item for a list of itself, a date for its midnight in UTC.
    """
    if value is None or type_.accepts(run, value):
        return value
    if type(value) is list and len(value) == 1 and not type_.is_list:
        return convert(run, type_, value[0])
    if type(value) is not list and type_.is_list and type_.accepts(run, [value]):
        return [value]
    if type(value) is Date:
        midnight = DateTime(value, 0, 0)
        return midnight if type_.accepts(run, midnight) else MISMATCH
    return MISMATCH


def convert_or_null(run: Evaluation, type_: Type, value: object, place: str) -> object:
    """The value as one of the type; null, with a warning that names the place, where it is none."""
    converted = convert(run, type_, value)
    if converted is MISMATCH:
        return run.warn("INVALID_TYPE", f"{place} must be of type '{type_.name}', found {describe(value)}")
    return converted


class TypesOfRun(Mapping[str, Callable[[object], bool]]):
    """A model's types as an evaluation wants them: name → test, charged to that evaluation."""

    def __init__(self, run: Evaluation, types: Mapping[str, Type]) -> None:
        self.run = run
        self.types = types

    def __getitem__(self, name: str) -> Callable[[object], bool]:
        type_ = self.types[name]
        return lambda value: type_.accepts(self.run, value, values=False)

    def __iter__(self) -> Iterator[str]:
        return iter(self.types)

    def __len__(self) -> int:
        return len(self.types)
