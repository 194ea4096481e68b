"""Transaction: a sub-process that can be cancelled; how it is: tests/triggers/test_cancel.py."""

from __future__ import annotations

from tests.models import flows, job, model, tags
from tests.story import Story, play

#: Releases what was reserved.
UNDONE = (
    '<boundaryEvent id="undone" attachedToRef="reserve"><compensateEventDefinition/></boundaryEvent>'
    '<manualTask id="release" isForCompensation="true"/>'
    '<association id="undone_to_release" sourceRef="undone" targetRef="release"/>'
)


def charged(refused: bool) -> Story:
    story = play("transaction.bpmn")
    story.complete("reserve")
    story.complete("charge", refused=refused)
    return story


def test_a_transaction_that_is_not_cancelled_is_a_sub_process() -> None:
    story = charged(refused=False)
    story.complete("audit")

    assert story.state == "COMPLETED"
    assert "release" not in story.path


def test_one_that_is_cancelled_does_not_complete() -> None:
    story = charged(refused=True)
    story.complete("refund")
    story.complete("release")

    assert "sale" in story.terminated
    assert "end" not in story.path


def test_an_error_leaves_it_and_undoes_nothing() -> None:
    inside = tags("startEvent", "sale_start") + job("reserve") + UNDONE + job("charge")
    elements = (
        tags("startEvent", "start")
        + f'<transaction id="sale">{inside}{flows("sale_start -> reserve -> charge")}</transaction>'
        + '<boundaryEvent id="broken" attachedToRef="sale"><errorEventDefinition/></boundaryEvent>'
        + job("call")
    )
    story = play(model(elements, "start -> sale", "broken -> call"))
    story.complete("reserve")
    story.throw("charge", "no_answer")

    assert story.jobs == ["call"]
    assert "sale" in story.terminated
    assert "release" not in story.path
