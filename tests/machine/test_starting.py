"""Starting at given elements, and ending after one."""

from __future__ import annotations

import pytest

from engine.machine import commands as c
from tests.story import Story, deploy

SUB, NESTED = "subprocess.bpmn", "subprocess_nested.bpmn"


def start_at(file: str, *ids: str, terminate_after: tuple[str, ...] = (), **variables: object) -> Story:
    """The process of a file, started at these elements."""
    story = deploy(file)
    instructions = [c.StartInstruction(element_id=id) for id in ids]
    process_id = next(iter(story.graphs))
    story.start(process_id, variables, start_instructions=instructions, terminate_after=list(terminate_after))
    return story


def test_start_at_an_element_leaves_out_what_is_before_it() -> None:
    story = start_at(SUB, "after", x=1)
    assert story.path == ["after"]
    assert story.variables == {"x": 1}
    story.complete("after")
    assert story.state == "COMPLETED"


def test_start_inside_a_sub_process_enters_it_without_its_start_event() -> None:
    story = start_at(SUB, "within")
    assert story.active == ["inside", "within"]
    story.complete("within")
    story.complete("after")
    assert story.path == ["inside", "within", "inside_end", "after", "end"]
    assert story.state == "COMPLETED"


def test_start_at_two_elements_of_one_sub_process_enters_it_once() -> None:
    story = start_at(NESTED, "left", "right")
    assert story.active == ["outer", "inner", "left", "right"]
    story.complete("left")
    assert story.state == "ACTIVE"
    story.complete("right")
    assert story.state == "COMPLETED"


def test_start_at_the_sub_process_itself_begins_at_its_start() -> None:
    story = start_at(SUB, "inside")
    assert story.path == ["inside", "inside_start", "within"]


def test_start_inside_and_outside_at_once() -> None:
    story = start_at(SUB, "within", "before")
    assert sorted(story.jobs) == ["before", "within"]
    story.complete("within")
    assert sorted(story.jobs) == ["after", "before"]


def test_start_at_one_element_twice_is_two_visits() -> None:
    assert start_at(SUB, "after", "after").jobs == ["after", "after"]


def test_start_on_a_branch_of_a_parallel_join_waits_for_the_other() -> None:
    story = start_at("parallel_gateway.bpmn", "pack")
    story.complete("pack")
    assert story.jobs == []
    assert story.state == "ACTIVE"


@pytest.mark.parametrize(
    ("file", "id", "said"),
    [
        (SUB, "nowhere", "there is none"),
        (SUB, "inside_start", "START_EVENT"),
        ("boundary_timer_interrupting.bpmn", "{boundary}", "BOUNDARY_EVENT"),
        ("multi_instance_subprocess.bpmn", "work", "inside the multi-instance"),
        ("ad_hoc.bpmn", "blood", "'blood' is inside the ad-hoc sub-process 'examine', which decides itself"),
    ],
)
def test_some_elements_cannot_be_started_at(file: str, id: str, said: str) -> None:
    graph = next(iter(deploy(file).graphs.values()))
    boundary = next((node.id for node in graph.nodes.values() if node.type == "BOUNDARY_EVENT"), "")
    with pytest.raises(c.Rejection, match=said) as refusal:
        start_at(file, id.format(boundary=boundary))
    assert refusal.value.kind == "INVALID_ARGUMENT"


# ---- Ending after an element -----------------------------------------------------------------------------------------


def test_instance_ends_after_an_element() -> None:
    story = start_at(SUB, terminate_after=("within",))
    story.complete("before")
    story.complete("within")
    assert story.jobs == []
    assert "within" in story.completed
    assert story.state == "TERMINATED"


def test_instance_ends_after_an_element_whatever_else_is_under_way() -> None:
    story = start_at("parallel_gateway.bpmn", terminate_after=("pack",))
    story.complete("pack")
    assert "bill" in story.terminated
    assert story.state == "TERMINATED"


def test_instance_that_never_comes_there_ends_by_itself() -> None:
    story = start_at("exclusive_gateway.bpmn", terminate_after=("large",), amount=1)
    story.complete("small")
    assert story.state == "COMPLETED"


def test_element_to_end_after_must_be_there() -> None:
    with pytest.raises(c.Rejection, match="'nowhere'"):
        start_at(SUB, terminate_after=("nowhere",))
