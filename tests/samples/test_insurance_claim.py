"""The insurance claim: documents come early, late or never; another process assesses the damage."""

from __future__ import annotations

import pytest

from tests.story import Story, deploy

FILES = ("insurance_claim/insurance_claim.bpmn", "insurance_claim/claim_assessment.bpmn")
FORMS = {"damage_inspection": 1, "claim_investigation": 2}
CLAIM = {"claimId": "C-1", "claimant": "Sam", "amount": 1_200}


def file(**claim: object) -> Story:
    """A claim that is registered and waits for its documents."""
    story = deploy(*FILES, forms=FORMS)
    story.start("insurance_claim", {**CLAIM, **claim})
    story.complete("register_claim", policy="household")
    return story


def send_documents(story: Story) -> None:
    story.message("documents_received", "C-1", documents=["photo.jpg"])


def assess(story: Story, estimate: int, suspicious: bool = False) -> None:
    story.complete("estimate_damage", estimate=estimate, suspicious=suspicious)


def test_the_called_process_sees_only_what_is_handed_in() -> None:
    story = file()
    send_documents(story)

    (assessment,) = story.instances("claim_assessment")
    assert story.variables_of(assessment) == {"claimId": "C-1", "amount": 1_200, "documents": ["photo.jpg"]}


def test_the_claim_is_paid_less_what_the_claimant_bears() -> None:
    story = file()
    send_documents(story)
    assess(story, estimate=1_000)
    assert story.jobs == ["pay_claim"]
    assert story.variables["payout"] == 750
    assert "estimate" not in story.variables

    story.complete("pay_claim")
    assert story.path_of("insurance_claim")[-1] == "claim_paid"
    assert story.state == "COMPLETED"


def test_a_small_damage_is_not_paid() -> None:
    story = file(amount=300)
    send_documents(story)
    assess(story, estimate=200)
    assert story.jobs == ["send_refusal"]

    story.complete("send_refusal")
    assert story.state == "COMPLETED"


def test_documents_that_come_before_the_claim_is_registered_are_kept() -> None:
    story = deploy(*FILES, forms=FORMS)
    story.start("insurance_claim", CLAIM)
    story.message("documents_received", "C-1", ttl=60_000, documents=["photo.jpg"])
    story.complete("register_claim", policy="household")

    assert story.jobs == ["estimate_damage"]


def test_documents_that_come_late_need_a_reminder() -> None:
    story = file()
    story.forward("P14D")
    story.complete("remind_claimant")
    assert story.variables["reminders"] == 1

    send_documents(story)
    assert story.jobs == ["estimate_damage"]


def test_documents_that_never_come_let_the_claim_lapse_after_six_weeks() -> None:
    story = file()
    for _ in range(2):
        story.forward("P14D")
        story.complete("remind_claimant")
    story.forward("P14D")

    assert story.path[-1] == "claim_lapsed"
    assert story.state == "COMPLETED"


def test_a_large_damage_is_inspected() -> None:
    story = file(amount=9_000)
    send_documents(story)
    assess(story, estimate=8_500)
    assert story.tasks == ["inspect_damage"]

    story.complete_task("inspect_damage", estimate=8_000, inspectionReport="seen on site")
    assert story.variables["payout"] == 7_750


@pytest.mark.parametrize(("payout", "job"), [(0, "send_refusal"), (500, "pay_claim")])
def test_a_suspicion_climbs_out_of_the_called_process_to_an_investigator(payout: int, job: str) -> None:
    story = file()
    send_documents(story)
    assess(story, estimate=4_000, suspicious=True)
    assert story.tasks == ["investigate_claim"]
    (assessment,) = story.instances("claim_assessment")
    assert assessment.root.state.name == "TERMINATED"

    story.complete_task("investigate_claim", payout=payout)
    assert story.jobs == [job]
