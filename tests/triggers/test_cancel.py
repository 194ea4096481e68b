"""Cancel: gives a transaction up; what was completed in it is undone, then its boundary event goes on."""

from __future__ import annotations

import pytest

from engine.bpmn import InvalidModel, compile_model
from tests.models import model, tags
from tests.story import FIXTURES, Story, play


def cancelled() -> Story:
    """A sale whose customer was refused: what was reserved and charged is undone."""
    story = play("transaction.bpmn")
    story.complete("reserve")
    story.complete("charge", refused=True)
    return story


def test_cancelling_undoes_what_was_completed() -> None:
    story = cancelled()

    assert sorted(story.jobs) == ["refund", "release"]


def test_cancelling_ends_what_still_runs_in_it() -> None:
    assert "audit" in cancelled().terminated


def test_the_boundary_event_waits_for_the_last_handler() -> None:
    story = cancelled()
    story.complete("refund")
    assert "apologize" not in story.jobs

    story.complete("release")

    assert story.jobs == ["apologize"]
    assert "sale" in story.terminated


def test_with_nothing_to_undo_the_boundary_event_comes_at_once() -> None:
    story = play("transaction_multi_instance.bpmn", sales=[1, 2])
    for _ in range(2):
        story.complete("reserve")
    story.complete("charge", refused=True)
    story.complete("refund")
    story.complete("release")

    assert story.jobs == ["apologize"]


def test_a_cancel_end_event_needs_a_boundary_event_to_lead_to() -> None:
    xml = (FIXTURES / "transaction.bpmn").read_bytes()
    without = b"\n".join(line for line in xml.splitlines() if b"cancelled" not in line)

    with pytest.raises(InvalidModel, match="attach a cancel boundary event"):
        compile_model(without)


def test_only_a_transaction_is_cancelled() -> None:
    xml = model(
        tags("startEvent", "start") + '<endEvent id="end"><cancelEventDefinition/></endEvent>',
        "start -> end",
    )

    with pytest.raises(InvalidModel, match="Must belong to a transaction"):
        compile_model(xml)
