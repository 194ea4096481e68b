"""The life cycle as tables: which moves there are, and that the numbers that are stored keep their meaning."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine.machine import lifecycle
from engine.machine.lifecycle import FINAL, MOVES, ElementState
from tests.story import play

WAY = [ElementState.ACTIVATING, ElementState.ACTIVATED, ElementState.COMPLETING, ElementState.COMPLETED]


def test_the_way_of_an_element_goes_straight_on() -> None:
    for state, following in pairwise(WAY):
        assert following in MOVES[state]


@pytest.mark.parametrize("state", [state for state in ElementState if state not in FINAL])
def test_what_has_not_ended_can_be_terminated(state: ElementState) -> None:
    ends = ElementState.TERMINATED if state is ElementState.TERMINATING else ElementState.TERMINATING
    assert ends in MOVES[state]


@pytest.mark.parametrize("state", sorted(FINAL))
def test_nothing_leads_out_of_an_end(state: ElementState) -> None:
    assert MOVES[state] == frozenset()


def test_every_state_has_its_moves_and_none_leads_back() -> None:
    assert set(MOVES) == set(ElementState)
    assert all(following > state for state, moves in MOVES.items() for following in moves)


def test_stored_numbers_keep_their_meaning() -> None:
    """They are in databases: a new name gets a new number, an old one keeps its own."""
    numbers = {
        "ElementState": "ACTIVATING ACTIVATED COMPLETING COMPLETED TERMINATING TERMINATED",
        "JobState": "CREATED ACTIVATED FAILED COMPLETED ERROR_THROWN CANCELED",
        "JobKind": "BPMN_ELEMENT EXECUTION_LISTENER TASK_LISTENER AD_HOC_SUB_PROCESS",
        "ListenerEvent": "UNSPECIFIED START END CREATING ASSIGNING UPDATING COMPLETING CANCELING",
        "UserTaskState": "CREATING CREATED ASSIGNING UPDATING COMPLETING COMPLETED CANCELING CANCELED FAILED",
        "IncidentType": (
            "UNKNOWN JOB_NO_RETRIES EXECUTION_LISTENER_NO_RETRIES TASK_LISTENER_NO_RETRIES "
            "AD_HOC_SUB_PROCESS_NO_RETRIES IO_MAPPING_ERROR EXTRACT_VALUE_ERROR CONDITION_ERROR "
            "CALLED_ELEMENT_ERROR CALLED_DECISION_ERROR DECISION_EVALUATION_ERROR UNHANDLED_ERROR_EVENT "
            "FORM_NOT_FOUND RESOURCE_NOT_FOUND MESSAGE_SIZE_EXCEEDED"
        ),
        "SubscriptionKind": "SIGNAL CONDITION COMPENSATION START",
    }
    for name, members in numbers.items():
        for number, member in enumerate(members.split()):
            assert getattr(lifecycle, name)[member] == number


def test_an_element_goes_all_its_way() -> None:
    story = play("one_task.bpmn")
    task = story.element("work")
    story.complete("work")

    moves = [type(event).__name__ for event in story.events if getattr(event, "key", None) == task.key]
    assert moves == ["ElementActivating", "ElementActivated", "ElementCompleting", "ElementCompleted"]


def test_what_is_terminated_ends_after_what_is_in_it() -> None:
    story = play("boundary_on_subprocess.bpmn")
    story.cancel()

    assert story.terminated == ["left", "right", "inside"]
