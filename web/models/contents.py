"""What is in a draft: the ids it declares and the ids it refers to.

A draft may be half finished, so nothing of its meaning is checked here, only that it is what its kind says: a
well-formed BPMN or DMN document or a JSON object, of a bounded size.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from lxml import etree

from engine.xml import MAX_SIZE, XmlError, parse

BPMN_NAMESPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"
#: Nested lists and objects that a form or a template may have.
MAX_JSON_DEPTH = 60


class Kind(StrEnum):
    """What a model is; the value is stored and stands in addresses."""

    BPMN = "bpmn"
    DMN = "dmn"
    FORM = "form"
    TEMPLATE = "template"

    @property
    def extension(self) -> str:
        """Of its files, with the dot."""
        return ".json" if self is Kind.TEMPLATE else f".{self}"

    @property
    def word(self) -> str:
        """The word that people read."""
        return {"bpmn": "Process", "dmn": "Decisions", "form": "Form", "template": "Element template"}[self]

    @property
    def icon(self) -> str:
        return {"bpmn": "workflow", "dmn": "table-2", "form": "clipboard-list", "template": "settings"}[self]


class InvalidContent(Exception):
    """A text that is not of its kind; the message says what was found and what to do."""


class Reference(NamedTuple):
    """An id that a process refers to; `kind` is of the model that declares it, `element_id` of the element."""

    kind: Kind
    id: str
    element_id: str


class Contents(NamedTuple):
    """`ids`: of processes, decisions, a form or templates; `name`: as it stands in the file, else empty."""

    ids: list[str]
    name: str
    references: list[Reference]


def kind_of_file(file_name: str, content: bytes) -> Kind:
    """By its ending; a `.json` file is a form or a template, as its content says. Raises InvalidContent."""
    ending = file_name.rpartition(".")[2].lower()
    if ending in ("bpmn", "dmn", "form"):
        return Kind(ending)
    if ending == "xml":
        return Kind.DMN if b"/spec/DMN/" in content[:4000] else Kind.BPMN
    if ending == "json":
        return _kind_of_json(content)
    raise InvalidContent(f"'{file_name}' is of no kind that can be edited: expected .bpmn, .dmn, .form or .json.")


def _kind_of_json(content: bytes) -> Kind:
    value = _json(content)
    return Kind.FORM if isinstance(value, dict) and "components" in value else Kind.TEMPLATE


def text_of_file(kind: Kind, data: bytes) -> str:
    """The characters of a file; XML may say in what encoding they are. Raises InvalidContent."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if kind not in (Kind.BPMN, Kind.DMN):
            raise InvalidContent("The file is not encoded in UTF-8: save it so.") from error
    try:
        return str(etree.tostring(parse(data), encoding="unicode"))
    except XmlError as error:
        raise InvalidContent(f"Line {error.line}: {error.message}") from error


def read_contents(kind: Kind, content: str) -> Contents:
    """Look through a draft. Raises InvalidContent where it is not of this kind."""
    data = content.encode("utf-8", "surrogatepass")
    if len(data) > MAX_SIZE:
        raise InvalidContent(f"The {kind.word.lower()} has {len(data):,} bytes; at most {MAX_SIZE:,} can be kept.")
    if "\0" in content:
        raise InvalidContent("The text has a NUL character, which cannot be kept: remove it.")
    return _READERS[kind](data)


# ---- XML ------------------------------------------------------------------------------------------------------------


def _root(data: bytes, expected: str, kind: str) -> etree._Element:
    try:
        root = parse(data)
    except XmlError as error:
        raise InvalidContent(f"Line {error.line}: {error.message}") from error
    name = etree.QName(root)
    if name.localname != "definitions" or expected not in (name.namespace or ""):
        raise InvalidContent(f"Expected a {kind} document, but its root is '{name.localname}' of '{name.namespace}'.")
    return root


def _read_bpmn(data: bytes) -> Contents:
    root = _root(data, BPMN_NAMESPACE, "BPMN 2.0")
    processes = [child for child in root.iterchildren(f"{{{BPMN_NAMESPACE}}}process") if child.get("id")]
    runnable = [process for process in processes if process.get("isExecutable") == "true"]
    name = next((process.get("name", "") for process in runnable or processes), "")
    return Contents([process.attrib["id"] for process in processes], name, list(_references(root)))


#: Extension elements that refer to other models: the attribute that names it, and of what kind it is.
_REFERRING = {
    "formDefinition": ("formId", Kind.FORM),
    "calledDecision": ("decisionId", Kind.DMN),
    "calledElement": ("processId", Kind.BPMN),
}


def _references(root: etree._Element) -> Iterator[Reference]:
    """Ids that are given as such; those that an expression computes are known only when it runs."""
    seen = set()
    for element in root.iter(*(f"{{*}}{name}" for name in _REFERRING)):
        attribute, kind = _REFERRING[etree.QName(element).localname]
        id = element.get(attribute, "")
        owner = _owner(element)
        if id and not id.startswith("=") and (kind, id, owner) not in seen:
            seen.add((kind, id, owner))
            yield Reference(kind, id, owner)


def _owner(element: etree._Element) -> str:
    return next((parent.get("id", "") for parent in element.iterancestors() if parent.get("id")), "")


def _read_dmn(data: bytes) -> Contents:
    root = _root(data, "/spec/DMN/", "DMN")
    decisions = [child for child in root.iterchildren("{*}decision") if child.get("id")]
    return Contents([decision.attrib["id"] for decision in decisions], root.get("name", ""), [])


# ---- JSON -----------------------------------------------------------------------------------------------------------


def _json(data: bytes) -> Any:
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidContent(f"This is not JSON: {error}.") from error
    if _is_deep(value, MAX_JSON_DEPTH):
        raise InvalidContent(f"Lists and objects are nested more than {MAX_JSON_DEPTH} deep.")
    return value


def _is_deep(value: Any, left: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return left == 0 or any(_is_deep(each, left - 1) for each in inner)


def _read_form(data: bytes) -> Contents:
    form = _json(data)
    if not isinstance(form, dict) or not isinstance(form.get("components", []), list):
        raise InvalidContent("Expected a form: a JSON object with an 'id' and a list of 'components'.")
    id = form.get("id")
    return Contents([id] if isinstance(id, str) and id else [], "", [])


def _read_template(data: bytes) -> Contents:
    value = _json(data)
    templates = value if isinstance(value, list) else [value]
    if not all(isinstance(each, dict) and isinstance(each.get("id"), str) for each in templates):
        raise InvalidContent("Expected an element template, or a list of them: JSON objects with an 'id' and a 'name'.")
    name = templates[0].get("name") if templates else ""
    return Contents([each["id"] for each in templates], name if isinstance(name, str) else "", [])


_READERS = {Kind.BPMN: _read_bpmn, Kind.DMN: _read_dmn, Kind.FORM: _read_form, Kind.TEMPLATE: _read_template}
