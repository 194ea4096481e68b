"""End event: where a path ends, with or without an event that it throws."""

from __future__ import annotations

import pytest

from engine.bpmn import InvalidModel, compile_model
from tests.models import model, tags
from tests.story import deploy, play


def test_it_ends_its_own_path_only() -> None:
    story = play("two_ends.bpmn")
    story.complete("bill")

    assert story.completed[-1] == "billed"
    assert story.jobs == ["pack"]
    assert story.state == "ACTIVE"


def test_several_paths_may_come_to_the_same_one() -> None:
    both = tags("startEvent", "start") + tags("parallelGateway", "both") + tags("task", "a", "b")
    story = play(model(both + tags("endEvent", "end"), "start -> both -> a -> end", "both -> b -> end"))

    assert story.path.count("end") == 2
    assert story.state == "COMPLETED"


def test_in_a_sub_process_it_ends_a_path_of_that() -> None:
    story = play("subprocess.bpmn")
    story.complete("before")
    story.complete("within")

    assert story.completed[-2:] == ["inside_end", "inside"]
    assert story.jobs == ["after"]


def test_what_it_throws_is_heard_and_its_path_ends() -> None:
    story = deploy("signal_end.bpmn", "signal_catch.bpmn")
    waiting = story.start("signal_catch")
    throwing = story.start("signal_end")

    assert waiting.ended_at is not None
    assert throwing.ended_at is not None


def test_one_that_is_a_job_ends_its_path_once_that_is_done() -> None:
    story = play("message_end_job.bpmn")
    story.complete("work")
    assert story.state == "ACTIVE"

    story.complete("notify")

    assert story.state == "COMPLETED"


def test_no_flow_leads_out_of_it() -> None:
    xml = model(tags("startEvent", "start") + tags("endEvent", "end") + tags("task", "on"), "start -> end -> on")

    with pytest.raises(InvalidModel, match="Must have no outgoing sequence flow: a path ends here"):
        compile_model(xml)
