"""`apply` is the only mutator: it notes what it changed, and a defect is loud."""

from __future__ import annotations

import pytest

from engine.machine import apply as module
from engine.machine import events as ev
from engine.machine.apply import Defect, apply
from engine.machine.lifecycle import ElementState
from engine.machine.state import Instance
from tests.story import Story, play


@pytest.fixture
def story() -> Story:
    return play("one_task.bpmn", amount=12)


def happen(story: Story, event: ev.Event) -> Instance:
    """Apply an event to the story's instance, unasked."""
    apply(story.instance, event, story.now)
    return story.instance


# ---- Defects --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [ev.ElementActivated, ev.ElementCompleted, ev.ElementTerminated])
def test_a_move_that_the_life_cycle_has_not_is_a_defect(story: Story, event: type[ev.ElementActivated]) -> None:
    task = story.element("work")

    with pytest.raises(Defect, match=f"<work {task.key} ACTIVATED> cannot become"):
        happen(story, event(task.key))
    assert task.state is ElementState.ACTIVATED


def test_an_element_that_ends_before_what_it_waits_for_is_a_defect(story: Story) -> None:
    task = story.element("work")
    happen(story, ev.ElementCompleting(task.key))

    with pytest.raises(Defect, match="ended before what is in it"):
        happen(story, ev.ElementCompleted(task.key))


def test_a_scope_that_ends_before_its_children_is_a_defect(story: Story) -> None:
    happen(story, ev.ElementTerminating(story.instance.key))

    with pytest.raises(Defect, match="ended before what is in it"):
        happen(story, ev.ElementTerminated(story.instance.key))


def test_an_event_of_an_element_that_is_not_there_is_loud(story: Story) -> None:
    with pytest.raises(KeyError):
        happen(story, ev.ElementCompleting(-1))


def test_what_is_closed_is_not_closed_again(story: Story) -> None:
    job = story.job()
    happen(story, ev.JobCanceled(job.key))

    with pytest.raises(KeyError):
        happen(story, ev.JobCanceled(job.key))


def test_a_token_that_is_not_there_is_not_consumed(story: Story) -> None:
    with pytest.raises(KeyError):
        happen(story, ev.TokensConsumed(story.instance.key, ["start_to_work"]))


def test_an_instance_is_created_only_once(story: Story) -> None:
    with pytest.raises(Defect, match="applied by instance_of"):
        happen(story, ev.InstanceCreated(1, 1, "<default>"))


def test_every_event_is_applied() -> None:
    known = set(ev.AnyEvent.__args__)

    assert set(module._APPLY) | {ev.InstanceMigrated} == known


# ---- What has changed -----------------------------------------------------------------------------------------------


def test_only_what_an_event_touches_is_noted_for_the_store(story: Story) -> None:
    job = story.job()
    happen(story, ev.JobFailed(job.key, 2, "No paper."))

    assert list(story.instance.changes) == [job]


def test_what_is_closed_is_noted_although_it_is_no_longer_kept(story: Story) -> None:
    job = story.job()
    happen(story, ev.JobCompleted(job.key))

    assert story.instance.waits == {}
    assert not job.open
    assert list(story.instance.changes) == [job]


def test_a_variable_is_noted_by_itself(story: Story) -> None:
    happen(story, ev.VariableUpdated(story.instance.key, "amount", "13"))

    (variable,) = story.instance.changes
    assert variable is story.instance.root.variables["amount"]
    assert story.variables == {"amount": 13}


def test_a_held_token_changes_its_scope_and_a_passing_one_nothing(story: Story) -> None:
    root = story.instance.root
    happen(story, ev.SequenceFlowTaken(root.key, "start_to_work"))
    assert list(story.instance.changes) == []

    happen(story, ev.SequenceFlowTaken(root.key, "work_to_end", held=True))
    assert root.tokens == {"work_to_end": 1}
    assert list(story.instance.changes) == [root]
