"""Forms of tasks and of starts: linked (deployed by themselves) or embedded (in the process's XML)."""

from __future__ import annotations

from typing import Any

import msgspec
from lxml import etree

from engine.store.search import Reader, figures
from engine.xml import parse

EMBEDDED = "camunda-forms:bpmn:"
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


async def form_of_task(reader: Reader, task: Any) -> str | None:
    """The JSON of the form that a task is done with, None where it has none (any more)."""
    if task.formKey is not None:
        return _text(await figures.content(reader, int(task.formKey)))
    return await _embedded(reader, int(task.processDefinitionKey), task.externalFormReference)


async def form_of_start(reader: Reader, definition_key: int) -> str | None:
    """The same of the start of a process."""
    linked = _text(await figures.start_form(reader, definition_key))
    if linked is not None:
        return linked
    root = await _xml(reader, definition_key)
    return None if root is None else embedded_start_form(root)


def embedded_start_form(root: etree._Element) -> str | None:
    """The JSON of the form that the start event of a BPMN document refers to within it."""
    start = root.find(f"{_BPMN}process/{_BPMN}startEvent//{{*}}formDefinition")
    return None if start is None else embedded_form(root, start.get("formKey"))


async def _embedded(reader: Reader, definition_key: int, reference: str | None) -> str | None:
    if not (reference or "").startswith(EMBEDDED):
        return None
    root = await _xml(reader, definition_key)
    return None if root is None else embedded_form(root, reference)


async def _xml(reader: Reader, definition_key: int) -> etree._Element | None:
    """The file of a definition, which was read once already when it was deployed."""
    found = await figures.content(reader, definition_key)
    return None if found is None else parse(found.content)


def embedded_form(root: etree._Element, reference: str | None) -> str | None:
    """The JSON of a form that a BPMN document holds itself, by the reference of a task or a start."""
    id = (reference or "").removeprefix(EMBEDDED)
    for form in root.iter("{*}userTaskForm"):
        if form.get("id") == id and form.text and _is_object(form.text):
            return str(form.text).strip()
    return None


def _text(content: figures.Content | None) -> str | None:
    if content is None or content.kind != "form":
        return None
    text = content.content.decode("utf-8", "replace")
    return text if _is_object(text) else None


def _is_object(text: str) -> bool:
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except msgspec.DecodeError:
        return False
