"""Models that were damaged at random: they are refused with problems, or they compile and run. Nothing else happens."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.bpmn import InvalidModel, Problem, compile_model
from engine.machine.commands import CancelInstance, CompleteJob, Rejection
from engine.machine.state import Job
from tests.story import FIXTURES, Story, deploy

FILES = sorted(FIXTURES.glob("*.bpmn"))

#: What a value may become: nothing, ids and references that are wrong, expressions that are none, other kinds.
VALUES = ["", " ", "=", "=1 +", "nowhere", "start", "end", "true", "-1", "9" * 30, "a.b", "PT1H", "R/PT1H", "ä"]

Tree = etree._Element
Damage = Callable[[st.DataObject, Tree], None]


def some_element(data: st.DataObject, root: Tree) -> Tree:
    """Any element but the root."""
    return data.draw(st.sampled_from(list(root.iterdescendants(tag=etree.Element))))


def drop_element(data: st.DataObject, root: Tree) -> None:
    element = some_element(data, root)
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def duplicate_element(data: st.DataObject, root: Tree) -> None:
    element = some_element(data, root)
    element.addnext(copy.deepcopy(element))


def move_element(data: st.DataObject, root: Tree) -> None:
    element, target = some_element(data, root), some_element(data, root)
    if target is not element and element not in target.iterancestors():
        target.append(element)


def graft_element(data: st.DataObject, root: Tree) -> None:
    """What another model has, wherever it happens to land."""
    other = etree.fromstring(data.draw(st.sampled_from(FILES)).read_bytes())
    some_element(data, root).append(some_element(data, other))


def rename_element(data: st.DataObject, root: Tree) -> None:
    element, other = some_element(data, root), some_element(data, root)
    element.tag = other.tag


def empty_element(data: st.DataObject, root: Tree) -> None:
    element = some_element(data, root)
    for child in list(element):
        element.remove(child)


def change_text(data: st.DataObject, root: Tree) -> None:
    some_element(data, root).text = data.draw(st.sampled_from(VALUES))


def drop_attribute(data: st.DataObject, root: Tree) -> None:
    element = some_element(data, root)
    if element.attrib:
        del element.attrib[data.draw(st.sampled_from(sorted(element.attrib)))]


def rename_attribute(data: st.DataObject, root: Tree) -> None:
    element, other = some_element(data, root), some_element(data, root)
    if element.attrib and other.attrib:
        new_name = data.draw(st.sampled_from(sorted(other.attrib)))
        element.set(new_name, element.attrib.pop(data.draw(st.sampled_from(sorted(element.attrib)))))


def change_attribute(data: st.DataObject, root: Tree) -> None:
    element, other = some_element(data, root), some_element(data, root)
    if element.attrib:
        value = data.draw(st.sampled_from([*VALUES, *sorted(other.attrib.values())]))
        element.set(data.draw(st.sampled_from(sorted(element.attrib))), value)


DAMAGES: list[Damage] = [
    drop_element,
    duplicate_element,
    move_element,
    graft_element,
    rename_element,
    empty_element,
    change_text,
    drop_attribute,
    rename_attribute,
    change_attribute,
    change_attribute,
]


@settings(max_examples=300)
@given(st.data(), st.sampled_from(FILES), st.integers(1, 4))
def test_damaged_model_compiles_or_is_refused(data: st.DataObject, file: Path, times: int) -> None:
    root = etree.fromstring(file.read_bytes())
    for _ in range(times):
        if len(root):
            data.draw(st.sampled_from(DAMAGES))(data, root)
    _compile(etree.tostring(root))


@settings(max_examples=150)
@given(st.data(), st.sampled_from(FILES))
def test_damaged_text_compiles_or_is_refused(data: st.DataObject, file: Path) -> None:
    text = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    _compile(bytes(text))


@settings(max_examples=150)
@given(st.data(), st.sampled_from(FILES), st.integers(1, 3))
def test_damaged_model_that_compiles_runs(data: st.DataObject, file: Path, times: int) -> None:
    root = etree.fromstring(file.read_bytes())
    for _ in range(times):
        if len(root):
            data.draw(st.sampled_from(DAMAGES))(data, root)
    xml = etree.tostring(root)
    if _problems(xml) is None:
        _run(deploy(xml), data)


def _run(story: Story, data: st.DataObject) -> None:
    """Start what can be started, work a few jobs in any order, let time pass, and end it all."""
    story.patience = 2  # a circle without end
    for process_id in story.graphs:
        with suppress(Rejection):
            story.start(process_id, {"items": [1, 2], "orderId": "o-1"})
    for _ in range(10):
        if jobs := story.waits(Job):
            with suppress(Rejection):
                story.do(CompleteJob(job_key=data.draw(st.sampled_from(jobs)).key))
    story.forward("PT2H")
    for record in list(story.recorded.values()):
        if record.instance.ended_at is None and record.instance.parent_key is None:
            story.do(CancelInstance(process_instance_key=record.instance.key))
    story.go_on()
    assert all(record.instance.ended_at is not None for record in story.recorded.values())


def _compile(xml: bytes) -> None:
    problems = _problems(xml)
    assert problems is None or problems
    assert all(problem.message and problem.line >= 1 for problem in problems or ())


def _problems(xml: bytes) -> list[Problem] | None:
    try:
        assert compile_model(xml).processes
    except InvalidModel as invalid:
        return invalid.problems
    return None
