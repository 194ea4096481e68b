"""Task of no kind: a step that is only drawn; what flows lead out of one: test_sequence_flows.py."""

from __future__ import annotations

from tests.models import mappings, model, tags
from tests.story import play


def test_it_passes_at_once() -> None:
    story = play("task.bpmn")

    assert story.state == "COMPLETED"
    assert story.completed == story.path == ["start", "think", "end"]


def test_it_may_change_variables_on_the_way() -> None:
    extensions = f"<extensionElements>{mappings({'net': 'amount'}, {'gross': 'net * 1.2'})}</extensionElements>"
    task = f'<task id="add_tax">{extensions}</task>'
    story = play(model(tags("startEvent", "start") + task, "start -> add_tax"), amount=100)

    assert story.variables == {"amount": 100, "gross": 120}
