"""Modification: an operator puts a token, takes one away or moves it."""

import pytest

from engine.machine import commands as c
from tests.story import Story, play


def modify(story: Story, **instructions: object) -> object:
    return story.do(c.ModifyInstance(process_instance_key=story.instance.key, **instructions))  # type: ignore[arg-type]


def move(source: str, target: str) -> list[c.MoveInstruction]:
    return [c.MoveInstruction(source_element_id=source, element_id=target)]


def test_a_token_is_put_beside_the_others() -> None:
    story = play("ten_tasks.bpmn")
    first, second = story.jobs[0], "task_5"

    modify(story, activate=[c.ActivateInstruction(element_id=second)])

    assert story.jobs == [first, second]


def test_a_token_is_moved() -> None:
    story = play("ten_tasks.bpmn")

    modify(story, move=move(story.jobs[0], "task_5"))

    assert story.jobs == ["task_5"]


def test_ending_the_last_token_ends_the_instance() -> None:
    story = play("one_task.bpmn")

    modify(story, terminate=[c.TerminateInstruction(element_instance_key=story.element("work").key)])

    assert story.state == "TERMINATED"


def test_scopes_around_the_target_are_entered_without_their_start_event() -> None:
    story = play("subprocess.bpmn")
    assert story.active == ["before"]

    modify(story, activate=[c.ActivateInstruction(element_id="within")])

    assert story.active == ["before", "inside", "within"]
    assert "inside_start" not in story.path


def test_variables_go_to_the_scope_they_name() -> None:
    story = play("ten_tasks.bpmn")
    variables = [c.VariableInstruction({"local": 1}, "task_5"), c.VariableInstruction({"everywhere": 2})]

    modify(story, activate=[c.ActivateInstruction(element_id="task_5", variables=variables)])

    assert story.locals("task_5") == {"local": 1}
    assert story.variables["everywhere"] == 2


def test_all_or_nothing() -> None:
    story = play("one_task.bpmn")

    with pytest.raises(c.Rejection, match="no_such"):
        modify(story, move=move("work", "end"), activate=[c.ActivateInstruction(element_id="no_such")])

    assert story.jobs == ["work"]


def test_a_start_event_cannot_be_activated_by_itself() -> None:
    story = play("one_task.bpmn")

    with pytest.raises(c.Rejection, match="START_EVENT"):
        modify(story, activate=[c.ActivateInstruction(element_id="start")])


def test_a_preview_says_what_would_happen_and_changes_nothing() -> None:
    story = play("one_task.bpmn")
    work = str(story.element("work").key)

    told = modify(story, move=move("work", "end"), preview=True)

    assert told == {
        "activated": [{"elementId": "end"}],
        "completed": [
            {"elementId": "end", "elementInstanceKey": told["completed"][0]["elementInstanceKey"]},  # type: ignore[index]
            {"elementId": "one_task", "elementInstanceKey": str(story.instance.key)},
        ],
        "terminated": [{"elementId": "work", "elementInstanceKey": work}],
    }
    assert story.jobs == ["work"]
