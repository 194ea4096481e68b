"""Which module knows which BPMN tag."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

_T = TypeVar("_T")

ELEMENTS: dict[str, Any] = {}
TRIGGERS: dict[str, Any] = {}
LOOPS: dict[str, Any] = {}


class Problem:
    """Something in a model that keeps it from being deployed: where, what, and the mend.

    `element_id` may be empty for what belongs to the file; `line` counts from 1, and is 0 where there is none to name.
    """

    __slots__ = ("element_id", "line", "message")

    def __init__(self, element_id: str, line: int, message: str) -> None:
        self.element_id = element_id
        self.line = line
        self.message = message

    def __str__(self) -> str:
        places = [f"line {self.line}"] if self.line else []
        places += [f"element '{self.element_id}'"] if self.element_id else []
        return f"{', '.join(places)}: {self.message}" if places else self.message

    __repr__ = __str__


class Source(Protocol):
    """An XML element of the model as element and trigger modules see it; engine.bpmn.source implements it.

    `tag` is the local name. Extension elements are asked for by local name (`extension("taskDefinition")`), of
    whatever vendor's namespace that has the same meaning.
    """

    tag: str
    id: str
    name: str
    line: int

    def get(self, attribute: str) -> str | None:
        """An attribute without namespace, or None."""

    def flag(self, attribute: str, default: bool = False) -> bool:
        """An attribute that is a truth value (true, false, 1, 0); `default` where it is missing."""

    def referred(self, attribute: str) -> str | None:
        """The id that an attribute refers to, without the prefix that it may be written with; None without it."""

    def text(self) -> str:
        """The text content, stripped."""

    def child(self, tag: str) -> Source | None:
        """The first BPMN child of that tag."""

    def children(self, *tags: str) -> Sequence[Source]:
        """BPMN children, of these tags or of any."""

    def extension(self, tag: str) -> Source | None:
        """The first extension element of that tag; so are the `child` and `children` of an extension."""

    def extensions(self, tag: str) -> Sequence[Source]:
        """All extension elements of that tag."""

    def reference(self, attribute: str) -> Source | None:
        """The root element (message, error, …) that an attribute refers to by id; a problem if it is missing."""

    def find(self, reference: str) -> Source | None:
        """Any BPMN element of the file by its id, which may be written with a prefix."""

    def expression(self, text: str | None, what: str) -> Any:
        """A text that may be an expression (`=…`): the compiled one, the static text, or None; errors are problems."""

    def feel(self, text: str | None, what: str) -> Any:
        """A text that is an expression, with or without the `=` before it."""

    def problem(self, message: str) -> None:
        """Note that this element keeps the model from being deployed."""


def element(*tags: str) -> Callable[[type[_T]], type[_T]]:
    """Register a behaviour class for BPMN tags."""

    def register(cls: type[_T]) -> type[_T]:
        for tag in tags:
            ELEMENTS[tag] = cls
        return cls

    return register


def trigger(tag: str) -> Callable[[type[_T]], type[_T]]:
    """Register a trigger class for the tag of an event definition."""

    def register(cls: type[_T]) -> type[_T]:
        TRIGGERS[tag] = cls
        return cls

    return register


def loop(tag: str) -> Callable[[type[_T]], type[_T]]:
    """Register the body of a loop for the tag of its characteristics."""

    def register(cls: type[_T]) -> type[_T]:
        LOOPS[tag] = cls
        return cls

    return register
