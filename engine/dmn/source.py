"""Reading elements. Any tree with the shape of Python's ElementTree will do; a `sourceline` is used if there.

DMN has a namespace per version, which differ little; names are compared without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Protocol

VERSIONS: Final = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}


CHARACTERS_PER_NODE: Final = 2
"""Of FEEL's text, roughly."""


class Element(Protocol):
    """What is needed of an element."""

    @property
    def tag(self) -> Any: ...

    @property
    def text(self) -> str | None: ...

    def get(self, key: str, /) -> str | None: ...

    def __iter__(self) -> Iterator[Any]: ...


def local_name(element: Element) -> str:
    """`{namespace}decision` → `decision`; empty for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def namespace(element: Element) -> str:
    return str(element.tag).rpartition("}")[0].lstrip("{")


def children(element: Element, *names: str) -> list[Element]:
    """The children with one of the names, all if none is given, without those of other namespaces."""
    home = namespace(element)
    found = [child for child in element if isinstance(child.tag, str) and namespace(child) == home]
    return [child for child in found if not names or local_name(child) in names]


def child(element: Element | None, *names: str) -> Element | None:
    """The first child with one of the names."""
    return next(iter(children(element, *names)), None) if element is not None else None


def text_of(element: Element | None) -> str:
    """The content of an element's `<text>`, stripped; empty if there is none."""
    content = child(element, "text")
    return (content.text or "").strip() if content is not None else ""


def attribute(element: Element | None, name: str) -> str:
    """An attribute, with each run of white space as one space; empty if there is none."""
    return " ".join((element.get(name) or "").split()) if element is not None else ""


def type_ref(element: Element | None) -> str:
    """The name of a type, which is an attribute or, in item definitions, a child."""
    named = attribute(element, "typeRef")
    inner = child(element, "typeRef") if not named else None
    return " ".join((inner.text or "").split()) if inner is not None else named


def mentions(element: Element, word: str) -> bool:
    """Whether any text in an element contains the word."""
    return word in (element.text or "") or any(mentions(inner, word) for inner in element)


def weight_of(element: Element | None) -> int:
    """How much there is to evaluate in an element: what a turn or a call is charged."""
    if element is None:
        return 1
    return 1 + len(element.text or "") // CHARACTERS_PER_NODE + sum(weight_of(inner) for inner in element)


def line_of(element: Element) -> int:
    return int(getattr(element, "sourceline", 0) or 0)
