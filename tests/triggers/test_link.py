"""Link events: a sequence flow that is not drawn."""

from __future__ import annotations

from tests.story import play


def test_the_throwing_link_leads_to_the_catching_one() -> None:
    story = play("link.bpmn")
    story.complete("before")

    assert story.path == ["start", "before", "to_b", "from_a", "after"]
    assert story.flows == ["start_to_before", "before_to_to_b", "from_a_to_after"]


def test_several_throwing_links_lead_to_one_place() -> None:
    story = play("link_two_throws.bpmn", n=1)
    story.start("link_two_throws", {"n": 2})

    assert story.path == ["start", "which", "first", "here", "after", "start", "which", "second", "here", "after"]
    assert story.active == ["after", "after"]


def test_a_link_stays_in_its_scope() -> None:
    story = play("link_in_subprocess.bpmn")

    assert story.path == ["start", "out", "outside", "inside", "inside_start", "in", "within", "inside_end", "end"]
    assert story.state == "COMPLETED"
