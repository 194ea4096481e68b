"""Link events: a sequence flow that is not drawn."""

from __future__ import annotations

from tests.story import play


def test_the_throwing_link_leads_to_the_catching_one() -> None:
    story = play("link.bpmn")
    story.complete("before")

    assert story.path == ["start", "before", "to_b", "from_a", "after"]
    assert story.flows == ["start_to_before", "before_to_to_b", "from_a_to_after"]
