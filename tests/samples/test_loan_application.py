"""The loan application: the score decides, or people do, within weeks."""

from __future__ import annotations

import pytest

from engine.machine.state import Timer, UserTask
from tests.story import Story, deploy

FORMS = {"loan_application": 1, "loan_decision": 2}


def apply(**application: object) -> Story:
    """Somebody asks for a loan, and the bureau answers with the score."""
    score = application.pop("score")
    story = deploy("loan_application/loan_application.bpmn", forms=FORMS)
    story.start("loan_application", {"applicant": "Ada", **application})
    story.complete("check_credit", creditScore=score)
    return story


def wait_for_officer() -> Story:
    """An application that a person has to look at."""
    return apply(amount=80_000, income=55_000, score=690)


@pytest.mark.parametrize(
    ("amount", "income", "score", "risk", "job"),
    [
        (5_000, 60_000, 820, "low", "pay_out"),
        (5_000, 60_000, 700, "low", "pay_out"),
        (50_000, 20_000, 310, "high", "send_refusal"),
    ],
)
def test_the_score_decides(amount: int, income: int, score: int, risk: str, job: str) -> None:
    story = apply(amount=amount, income=income, score=score)
    assert story.variables["risk"] == risk
    assert story.jobs == [job]

    story.complete(job)
    assert story.state == "COMPLETED"


@pytest.mark.parametrize(("amount", "income", "score"), [(80_000, 55_000, 820), (5_000, 60_000, 699), (1, 1, 400)])
def test_in_between_an_officer_is_asked(amount: int, income: int, score: int) -> None:
    story = apply(amount=amount, income=income, score=score)
    assert story.tasks == ["review_application"]

    (task,) = story.waits(UserTask)
    assert task.candidate_groups == ["loan-officers"]
    assert task.form_key == FORMS["loan_decision"]
    assert task.due_date.startswith("2026-01-22T00:00:00")


@pytest.mark.parametrize(("approved", "job"), [(True, "pay_out"), (False, "send_refusal"), (None, "send_refusal")])
def test_the_officer_decides(approved: bool | None, job: str) -> None:
    story = wait_for_officer()
    story.complete_task("review_application", approved=approved)
    assert story.jobs == [job]

    story.complete(job)
    assert story.state == "COMPLETED"
    assert story.waits(Timer) == []


def test_two_reminders_go_out_a_week_apart() -> None:
    story = wait_for_officer()
    story.forward("P6D")
    assert story.jobs == []
    story.forward("P1D")
    assert story.jobs == ["remind_officer"]
    story.forward("P7D")
    assert story.jobs == ["remind_officer", "remind_officer"]

    story.complete()
    story.complete()
    story.forward("P6D")
    assert story.jobs == []
    assert story.tasks == ["review_application"]


def test_after_three_weeks_the_manager_decides() -> None:
    story = wait_for_officer()
    story.forward("P21D")
    assert story.tasks == ["manager_decision"]
    assert story.waits(UserTask)[0].priority == 80
    assert "decision_overdue" in story.path

    story.complete_task("manager_decision", approved=True)
    story.complete("pay_out")
    assert story.path[-1] == "loan_paid"
    assert story.state == "COMPLETED"


def test_reminders_that_nobody_has_sent_go_with_the_escalation() -> None:
    story = wait_for_officer()
    story.forward("P14D")
    assert story.jobs == ["remind_officer", "remind_officer"]

    story.forward("P7D")
    assert story.jobs == []
    assert story.tasks == ["manager_decision"]


def test_an_officer_who_decides_with_a_reminder_under_way_waits_for_it() -> None:
    story = wait_for_officer()
    story.forward("P7D")
    story.complete_task("review_application", approved=True)
    assert story.jobs == ["remind_officer"]

    story.complete("remind_officer")
    assert story.jobs == ["pay_out"]
