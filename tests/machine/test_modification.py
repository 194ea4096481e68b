"""Modification: an operator puts a token, takes one away or moves it."""

from typing import Any

import pytest

from engine.machine import commands as c
from engine.machine.state import Job
from tests.models import flows, job, loop, model, tags
from tests.story import Story, deploy, play

ROUNDS = model(
    tags("startEvent", "start")
    + f'<subProcess id="round">{loop()}{tags("startEvent", "begin")}{job("a")}{job("b")}{flows("begin -> a -> b")}'
    + "</subProcess>"
    + job("end"),
    "start -> round -> end",
)


def rounds(story: Story) -> list[int]:
    """The keys of the active rounds, in their order."""
    return [e.key for e in story.instance.elements.values() if e.node.id == "round" and e.node.inner]


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
        "incidents": [],
    }
    assert story.jobs == ["work"]


def test_a_preview_says_what_would_be_stuck() -> None:
    mapping = '<zeebe:ioMapping><zeebe:input source="=assert(amount, amount != null)" target="a"/></zeebe:ioMapping>'
    elements = tags("startEvent", "start") + job("work") + job("pay", mapping) + tags("endEvent", "end")
    story = deploy(model(elements, "start -> work -> pay -> end"))
    story.start("process")

    told: Any = modify(story, move=move("work", "pay"), preview=True)

    (incident,) = told["incidents"]
    assert incident["elementId"] == "pay"
    assert "assert" in incident["message"]
    assert story.incidents == []


def test_of_several_scopes_one_is_chosen() -> None:
    story = play(ROUNDS, items=[1, 2])
    instruction = c.ActivateInstruction(element_id="b")
    with pytest.raises(c.Rejection, match=r"there are several .* choose one"):
        modify(story, activate=[instruction])

    _, second = rounds(story)
    modify(story, activate=[c.ActivateInstruction(element_id="b", ancestor_key=second)])

    assert story.jobs == ["a", "a", "b"]
    assert story.job("b").element.scope is not None
    assert story.job("b").element.scope.key == second


def test_a_scope_that_is_not_around_the_element_cannot_be_chosen() -> None:
    story = play(ROUNDS, items=[1])
    with pytest.raises(c.Rejection, match="to be an active scope around"):
        modify(story, activate=[c.ActivateInstruction(element_id="end", ancestor_key=rounds(story)[0])])


def test_where_no_round_runs_nothing_can_be_put_into_one() -> None:
    story = play(ROUNDS, items=[1])
    story.complete("a")
    story.complete("b")

    with pytest.raises(c.Rejection, match="active scope in the multi-instance 'round' to put 'b' into, but there is"):
        modify(story, activate=[c.ActivateInstruction(element_id="b")])


def test_an_activity_of_an_ad_hoc_sub_process_is_not_put_where_none_runs() -> None:
    story = play("ad_hoc.bpmn", wanted=[])

    with pytest.raises(c.Rejection, match="in the ad-hoc sub-process 'examine' to put 'blood' into, but there is"):
        modify(story, activate=[c.ActivateInstruction(element_id="blood")])


def test_of_several_inner_instances_of_an_ad_hoc_sub_process_one_is_chosen() -> None:
    story = play("ad_hoc.bpmn", wanted=["blood", "x_ray"])

    with pytest.raises(c.Rejection, match=r"one active scope 'examine', but there are several .* choose one"):
        modify(story, activate=[c.ActivateInstruction(element_id="read_x_ray")])


def test_each_token_that_is_moved_stays_in_its_own_scope() -> None:
    story = play(ROUNDS, items=[1, 2, 3])
    modify(story, move=move("a", "b"))
    assert story.jobs == ["b", "b", "b"]
    for _ in range(3):
        story.complete("b")

    assert story.jobs == ["end"]


def test_many_instructions_are_one_change() -> None:
    story = play(ROUNDS, items=[1, 2])
    first, second = (job.element.key for job in story.waits(Job))
    modify(
        story,
        activate=[c.ActivateInstruction(element_id="end", variables=[c.VariableInstruction({"x": 1}, "end")])],
        terminate=[c.TerminateInstruction(element_instance_key=first)],
        move=[c.MoveInstruction(source_element_instance_key=second, element_id="b")],
    )

    assert sorted(story.jobs) == ["b", "end"]
    assert story.locals("end") == {"x": 1}


def test_what_waits_for_the_other_things_that_begin_the_process_is_ended_like_anything_else() -> None:
    story = deploy("parallel_multiple_start.bpmn")
    story.message("order", "A7")
    modify(story, move=move("start", "deliver"))

    assert story.jobs == ["deliver"]
    assert story.message("payment", "A7") == 0  # the key is taken by the instance, which waits no longer
