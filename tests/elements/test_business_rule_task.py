"""Business rule task: a decision, or a job. Deployed decisions are played in tests/runtime/test_decisions.py."""

from tests.story import play


def test_it_may_be_a_job() -> None:
    story = play("business_rule_task_job.bpmn")
    assert story.job("rate_risk").type == "rate_risk"

    story.complete(risk="low")

    assert story.variables == {"risk": "low"}
    assert story.state == "COMPLETED"


def test_without_its_decision_it_is_stuck() -> None:
    story = play("business_rule_task_decision.bpmn")
    assert story.incidents == [("decide", "CALLED_DECISION_ERROR")]

    story.resolve()

    assert story.incidents == [("decide", "CALLED_DECISION_ERROR")]
