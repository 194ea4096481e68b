"""A BPMN file as element and trigger modules see it: elements with lines, references, expressions, problems.

Namespaces: BPMN's own elements are told by their namespace; extension elements by their local name, so that a model
of any vendor that uses the same names is read. lxml stays behind this module.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from engine import feel
from engine.elements.registry import Problem
from engine.machine.names import is_too_long, too_long

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_PREFIX = "{" + BPMN + "}"

#: The attributes, by element, that hold what jobs, messages, signals, variables and groups are found by.
_NAMES = {
    "adHoc": ("outputCollection",),
    "calledDecision": ("resultVariable",),
    "dataObjectReference": ("name",),
    "dataStoreReference": ("name",),
    "executionListener": ("type",),
    "input": ("target",),
    "lane": ("name",),
    "loopCharacteristics": ("inputElement", "outputCollection"),
    "message": ("name",),
    "output": ("target",),
    "script": ("resultVariable",),
    "signal": ("name",),
    "taskDefinition": ("type",),
    "taskListener": ("type",),
}


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


class Document:
    """The file: root elements by id, and the problems found so far."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self.by_id: dict[str, etree._Element] = {}
        for element in root.iter(f"{_PREFIX}*"):
            id = element.get("id")
            if id is None:
                continue
            if is_too_long(id):
                self.problems.append(Problem(id[:80], element.sourceline or 1, too_long("the id", id)))
            if id in self.by_id:
                message = f"Must have an id of its own: '{id}' is used in line {self.by_id[id].sourceline} already."
                self.problems.append(Problem(id, element.sourceline or 1, message))
            self.by_id[id] = element

    def check_names(self) -> None:
        """Note the names of things that could not be found by them again; expressions are looked at as they run."""
        for element in self.root.iter(etree.Element):
            for attribute in _NAMES.get(_local(element), ()):
                name = element.get(attribute) or ""
                if is_too_long(name) and not name.lstrip().startswith("="):
                    ids = [each.get("id") for each in (element, *element.iterancestors())]
                    owner = next(filter(None, ids), "")
                    self.problem(owner, element.sourceline or 1, too_long(f"its {attribute}", name))

    def has(self, id: str) -> bool:
        """Whether an element of the file has this id."""
        return id in self.by_id

    def id_of(self, reference: str) -> str:
        """The id that a reference means, which may be written with the prefix of a namespace (`tns:pay`)."""
        return reference if reference in self.by_id else reference.rpartition(":")[2]

    def problem(self, element_id: str, line: int, message: str) -> None:
        """Note what keeps the file from being deployed."""
        self.problems.append(Problem(element_id, line, message))


class SourceElement:
    """An XML element, BPMN or extension; implements engine.elements.registry.Source."""

    __slots__ = ("_children", "_document", "_element", "_extensions", "_owner", "id", "line", "name", "tag")

    def __init__(self, document: Document, element: etree._Element, owner: str = "") -> None:
        self._document = document
        self._element = element
        self.tag = _local(element)
        self.id = element.get("id") or ""
        self.name = element.get("name") or ""
        self.line = element.sourceline or 1
        self._owner = owner or self.id  # the id that a problem of an extension element is told with
        self._children: list[SourceElement] | None = None  # once they were asked for, which they are many times
        self._extensions: list[SourceElement] | None = None

    def get(self, attribute: str) -> str | None:
        value: str | None = self._element.get(attribute)
        return value

    def flag(self, attribute: str, default: bool = False) -> bool:
        value = self._element.get(attribute)
        if value is None:
            return default
        return value.strip() not in ("false", "0") if default else value.strip() in ("true", "1")

    def referred(self, attribute: str) -> str | None:
        value = self._element.get(attribute)
        return self._document.id_of(value) if value is not None else None

    def text(self) -> str:
        return (self._element.text or "").strip()

    def _wrap(self, element: etree._Element) -> SourceElement:
        return SourceElement(self._document, element, "" if element.get("id") else self._owner)

    def children(self, *tags: str) -> list[SourceElement]:
        if self._children is None:
            bpmn = str(self._element.tag).startswith(_PREFIX)
            found = [child for child in self._element if str(child.tag).startswith(_PREFIX) == bpmn]
            self._children = [self._wrap(child) for child in found]
        return [child for child in self._children if child.tag in tags] if tags else self._children

    def child(self, tag: str) -> SourceElement | None:
        return next(iter(self.children(tag)), None)

    def extensions(self, tag: str) -> list[SourceElement]:
        if self._extensions is None:
            container = self._element.find(f"{_PREFIX}extensionElements")
            self._extensions = [self._wrap(child) for child in container] if container is not None else []
        return [extension for extension in self._extensions if extension.tag == tag]

    def extension(self, tag: str) -> SourceElement | None:
        return next(iter(self.extensions(tag)), None)

    def reference(self, attribute: str) -> SourceElement | None:
        value = self._element.get(attribute)
        if value is None:
            return None
        found = self.find(value)
        if found is None:
            self.problem(f"Must refer to something in the file by {attribute}, but nothing has the id '{value}'.")
        return found

    def find(self, reference: str) -> SourceElement | None:
        found = self._document.by_id.get(self._document.id_of(reference))
        return SourceElement(self._document, found) if found is not None else None

    def expression(self, text: str | None, what: str) -> Any:
        if text is None or not text.strip():
            return None
        if not text.lstrip().startswith("="):
            return text
        return self._compile(text.lstrip()[1:], what)

    def feel(self, text: str | None, what: str) -> Any:
        if text is None or not text.strip():
            return None
        return self._compile(text.strip().removeprefix("="), what)

    def _compile(self, text: str, what: str) -> Any:
        try:
            return feel.compile(text)
        except feel.FeelError as error:
            self.problem(f"Must have a valid expression for {what}: {error}.")
            return None

    def problem(self, message: str) -> None:
        self._document.problem(self._owner, self.line, message)
