"""Embedded sub-process: a scope of its own that completes when nothing is left in it."""

from __future__ import annotations

from tests.models import flows, job, mappings, model, tags
from tests.story import Story, play


def inside(content: str, *ways: str, extensions: str = "", more: str = "", **variables: object) -> Story:
    """A process around one sub-process `inside` with this content."""
    content = f"<extensionElements>{extensions}</extensionElements>{content}{flows(*ways)}"
    sub = f'<subProcess id="inside">{content}</subProcess>'
    elements = tags("startEvent", "start") + sub + tags("endEvent", "end") + more
    return play(model(elements, "start -> inside -> end"), **variables)


def test_sub_process_is_entered_and_left() -> None:
    story = play("subprocess.bpmn")
    story.complete("before")
    assert story.active == ["inside", "within"]
    story.complete("within")
    story.complete("after")

    assert story.path == ["start", "before", "inside", "inside_start", "within", "inside_end", "after", "end"]
    assert story.completed.index("inside_end") < story.completed.index("inside") < story.completed.index("after")
    assert story.state == "COMPLETED"


def test_sub_process_completes_with_its_last_path() -> None:
    story = play("subprocess_nested.bpmn")
    story.complete("right")
    assert story.active == ["outer", "inner", "left"]
    story.complete("left")
    assert story.state == "COMPLETED"
    assert [id for id in story.completed if id in ("inner", "outer", "outer_end")] == ["inner", "outer_end", "outer"]


def test_mapped_in_stays_local_and_mapped_out_goes_on() -> None:
    story = play("subprocess_locals.bpmn", amount=4)
    story.complete("within", local=10, noise=1)

    assert story.variables == {"amount": 4, "noise": 1, "result": 11}


def test_variable_set_within_goes_to_the_scope_that_has_it() -> None:
    content = tags("startEvent", "go") + job("work")
    story = inside(content, "go -> work", extensions=mappings(inputs={"x": "1"}), x=0, y=0)
    story.complete("work", x=5, y=6)
    assert story.variables == {"x": 0, "y": 6}


def test_sub_process_without_start_event_begins_at_what_no_flow_leads_to() -> None:
    story = inside(job("a") + job("b"))
    assert story.jobs == ["a", "b"]
    story.complete("a")
    story.complete("b")
    assert story.state == "COMPLETED"


def test_failing_output_mapping_is_an_incident_at_the_sub_process() -> None:
    outputs = mappings(outputs={"total": "assert(amount, amount != null)"})
    story = inside(tags("startEvent", "go") + tags("endEvent", "done"), "go -> done", extensions=outputs)
    assert story.incidents == [("inside", "IO_MAPPING_ERROR")]
    assert story.active == ["inside"]

    story.set_variables(amount=3)
    story.resolve()
    assert story.variables == {"amount": 3, "total": 3}
    assert story.state == "COMPLETED"


def test_parallel_join_counts_the_tokens_of_its_own_scope() -> None:
    content = tags("startEvent", "go") + tags("parallelGateway", "fork", "join") + job("a") + job("b")
    ways = ["go -> fork", "fork -> a -> join", "fork -> b -> join"]
    each = (
        '<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2]"/>'
        "</extensionElements></multiInstanceLoopCharacteristics>"
    )
    story = inside(each + content, *ways)
    story.complete("a")
    story.complete("a")
    first, second = (job.element.scope for job in story.waits(type(story.job())))
    assert (first.tokens, second.tokens) == ({"a_to_join": 1}, {"a_to_join": 1})

    story.complete("b")
    story.complete("b")
    assert story.path.count("join") == 2
    assert story.state == "COMPLETED"


def test_cancellation_ends_the_innermost_first() -> None:
    story = play("subprocess_nested.bpmn")
    story.cancel()
    assert story.terminated == ["left", "right", "inner", "outer"]
    assert story.state == "TERMINATED"
