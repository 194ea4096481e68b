"""Stories of people who try out what they draw."""

import pytest

from engine.machine.commands import Rejection
from engine.runtime.deployed.files import InvalidDeployment
from engine.sandbox import Sandbox, Source
from engine.sandbox import steps as s
from engine.sandbox.sandbox import MOST_DATES
from engine.sandbox.waiting import scopes, waiting
from tests.sandbox.playing import BEGINNING, MINUTE, food_order, sandbox, source, the, told, variables


def test_jobs_and_a_message_lead_to_the_end() -> None:
    bench = food_order()
    assert told(bench) == [
        ("message", "await_meal"), ("timer", "restaurant_is_late"), ("timer", "restaurant_gave_up"),
    ]  # fmt: skip

    effect = bench.take(s.PublishMessage(name="meal_ready", key="A-1", variables={"bags": 2}))
    assert effect.entered == ["driver_needed", "find_driver"]
    assert effect.answer == "The message reached 1."
    bench.take(s.CompleteJob(element="find_driver"))
    assert bench.take(s.CompleteJob(element="deliver_meal")).ended == ["food_order"]
    assert variables(bench, "food_order") == {"orderId": "A-1", "paymentId": "p-7", "bags": 2, "driver": None}
    assert waiting(bench) == []


def test_a_job_tells_what_its_worker_may_do() -> None:
    bench = sandbox("food_order/food_order.bpmn")
    bench.take(s.Start(process="food_order", variables={"orderId": "A-1"}))
    job = the(bench, "job")
    assert (job.detail, job.retries, job.codes) == ("food.charge-card", 3, ["CARD_DECLINED"])

    assert bench.take(s.ThrowError(element="charge_card", code="CARD_DECLINED")).ended == ["food_order"]
    assert bench.trails[next(iter(bench.all_instances))].flows["card_declined_to_order_declined"] == 1


def test_the_clock_goes_on_only_when_it_is_moved() -> None:
    bench = food_order()
    bench.take(s.Advance(duration="PT19M"))
    assert ("job", "offer_voucher") not in told(bench)
    bench.take(s.Advance(duration="PT1M"))
    assert ("job", "offer_voucher") in told(bench)
    assert bench.now == BEGINNING + 20 * MINUTE


def test_skipping_a_timer_lets_everything_before_it_happen_too() -> None:
    bench = food_order()
    effect = bench.take(s.SkipTimer(element="restaurant_gave_up"))
    assert effect.entered == ["restaurant_is_late", "offer_voucher", "restaurant_gave_up", "refund_card"]
    assert bench.now == BEGINNING + 60 * MINUTE


def test_the_next_date_is_whatever_comes_first() -> None:
    bench = food_order()
    bench.take(s.NextDate())
    assert bench.now == BEGINNING + 20 * MINUTE


def test_without_a_date_to_come_there_is_no_next() -> None:
    bench = sandbox("one_task.bpmn")
    with pytest.raises(Rejection, match="nothing does"):
        bench.take(s.NextDate())


def test_a_job_that_fails_for_good_is_an_incident_that_is_resolved_with_new_retries() -> None:
    bench = food_order()
    bench.take(s.SkipTimer(element="restaurant_is_late"))
    effect = bench.take(s.FailJob(element="offer_voucher", retries=0, message="no vouchers left"))
    assert effect.incidents == [("offer_voucher", "JOB_NO_RETRIES", "no vouchers left")]
    assert the(bench, "incident").with_retries

    bench.take(s.Resolve(element="offer_voucher", retries=2))
    assert the(bench, "job").retries == 2


def test_a_job_comes_back_after_its_back_off() -> None:
    bench = sandbox("one_task.bpmn")
    bench.take(s.Start(process="one_task"))
    bench.take(s.FailJob(element=the(bench, "job").element, back_off="PT5M", message="later"))
    assert the(bench, "job").due_at == BEGINNING + 5 * MINUTE
    bench.take(s.NextDate())
    assert the(bench, "job").due_at is None


def test_a_step_back_is_a_replay_without_the_last_step() -> None:
    bench = food_order()
    before = waiting(bench)
    bench.take(s.SkipTimer(element="restaurant_gave_up"))

    back = Sandbox([source("food_order/food_order.bpmn")], BEGINNING, [each.step for each in bench.taken[:-1]])
    assert waiting(back) == before
    assert back.now == BEGINNING


def test_a_called_process_runs_beside_its_caller() -> None:
    bench = sandbox("call_activity.bpmn", "call_activity_child.bpmn")
    bench.take(s.Start(process="call_activity", variables={"amount": 3}))
    assert [i.graph.process_id for i in bench.all_instances.values()] == ["call_activity", "call_activity_child"]
    (job,) = waiting(bench)
    assert bench.take(s.CompleteJob(element=job.element)).ended == ["call_activity_child"]
    assert the(bench, "job").element == "after"


def test_what_cannot_be_called_is_an_incident_with_the_engines_reason() -> None:
    bench = sandbox("call_activity.bpmn")
    effect = bench.take(s.Start(process="call_activity"))
    ((element, kind, message),) = effect.incidents
    assert (element, kind) == ("call", "CALLED_ELEMENT_ERROR")
    assert "call_activity_child" in message


def test_a_decision_is_really_evaluated() -> None:
    bench = sandbox("business_rule_task_decision.bpmn", "discount.dmn")
    effect = bench.take(s.Start(process="business_rule_task_decision", variables={"amount": 500, "loyal": True}))
    assert [decision["id"] for decision in effect.decisions] == ["customer_kind", "discount"]
    assert effect.ended == ["business_rule_task_decision"]


def test_a_person_takes_a_task_with_its_form_and_completes_it() -> None:
    bench = sandbox("loan_application/loan_application.bpmn", "loan_application/loan_decision.form")
    bench.take(s.Start(process="loan_application", variables={"amount": 9000, "income": 3000, "applicantId": "B-2"}))
    bench.take(s.CompleteJob(element="check_credit", variables={"creditScore": 600}))
    task = the(bench, "task")
    assert task.candidate_groups == ["loan-officers"]
    assert task.form_key
    assert b"loan_decision" in bench.shelf.form(task.form_key)

    bench.take(s.AssignTask(element="review_application", assignee="ada"))
    assert the(bench, "task").assignee == "ada"
    bench.take(s.CompleteTask(element="review_application", variables={"approved": True}))
    assert the(bench, "job").element == "pay_out"


def test_activities_of_an_ad_hoc_sub_process_are_begun_by_hand() -> None:
    bench = sandbox("ad_hoc.bpmn")
    bench.take(s.Start(process="ad_hoc", variables={"wanted": []}))
    assert [id for id, _ in the(bench, "ad-hoc").activities] == ["blood", "x_ray"]

    bench.take(s.Activate(element="examine", activities=["x_ray"]))
    assert the(bench, "job").element == "x_ray"


def test_variables_are_set_where_they_are() -> None:
    bench = food_order()
    bench.take(s.SetVariables(element="food_order", variables={"orderId": "A-2"}))
    assert variables(bench, "food_order")["orderId"] == "A-2"


def test_a_canceled_instance_waits_for_nothing() -> None:
    bench = food_order()
    bench.take(s.Cancel(element="food_order"))
    assert waiting(bench) == []
    assert scopes(bench)[0].ended


def test_an_instance_is_named_among_others_of_its_process() -> None:
    bench = sandbox("one_task.bpmn")
    for amount in (1, 2, 3):
        bench.take(s.Start(process="one_task", variables={"amount": amount}))
    (element,) = {each.element for each in waiting(bench)}
    bench.take(s.CompleteJob(element=element, nth=1))
    assert [scope.variables["amount"] for scope in scopes(bench) if not scope.ended] == [1, 3]


def test_a_start_timer_comes_with_the_clock_as_often_as_it_says() -> None:
    bench = sandbox("timer_start_cycle.bpmn")
    assert bench.take(s.Advance(duration="PT1H")).entered[0] == "timer_start_cycle"
    bench.take(s.Advance(duration="P1D"))
    assert len(bench.all_instances) == 3


def test_a_start_timer_may_be_started_before_its_time() -> None:
    bench = sandbox("timer_start_cycle.bpmn")
    bench.take(s.Start(process="timer_start_cycle", event="every_hour"))
    assert the(bench, "job").element == "work"
    assert bench.now == BEGINNING


def test_a_start_condition_must_be_true() -> None:
    bench = sandbox("conditional_start.bpmn")
    (graph,) = bench.shelf.latest()
    (start,) = graph.starts
    with pytest.raises(Rejection, match="is not true"):
        bench.take(s.Start(process=graph.process_id, event=start.element_id))


def test_a_message_is_kept_until_somebody_waits_for_it() -> None:
    bench = sandbox("food_order/food_order.bpmn")
    effect = bench.take(s.PublishMessage(name="meal_ready", key="A-1", time_to_live="PT1H"))
    assert effect.answer == "Nobody waits for the message; it is kept."
    bench.take(s.Start(process="food_order", variables={"orderId": "A-1"}))
    bench.take(s.CompleteJob(element="charge_card"))
    assert "find_driver" in bench.take(s.CompleteJob(element="send_order")).entered


def test_a_message_starts_one_instance_per_correlation_key_at_a_time() -> None:
    bench = sandbox("message_start.bpmn")
    (graph,) = bench.shelf.latest()
    name = graph.starts[0].name
    for number in (1, 2):
        bench.take(s.PublishMessage(name=name, key="K", time_to_live="PT1H", variables={"number": number}))
    assert len(bench.all_instances) == 1

    bench.take(s.Cancel(element=graph.process_id))
    assert len(bench.all_instances) == 2
    assert [scope.variables["number"] for scope in scopes(bench) if not scope.ended] == [2]


PRICE = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="prices" name="Prices" namespace="prices">
  <import name="discounts" namespace="http://pointsman.example/discounts"
          importType="https://www.omg.org/spec/DMN/20191111/MODEL/" />
  <decision id="price" name="Price"><variable name="price" typeRef="number" />
    <informationRequirement>
      <requiredDecision href="http://pointsman.example/discounts#discount" />
    </informationRequirement>
    <literalExpression><text>100 - discounts.discount</text></literalExpression>
  </decision>
</definitions>"""


def test_a_draft_that_imports_what_is_deployed_is_of_the_deployment_of_the_drafts() -> None:
    task = source("business_rule_task_decision.bpmn")
    process = task.content.replace(b'decisionId="discount"', b'decisionId="price" bindingType="deployment"')
    sources = [Source(task.name, process), Source("price.dmn", PRICE), source("discount.dmn", deployed=True)]
    bench = Sandbox(sources, BEGINNING)
    effect = bench.take(s.Start(process="business_rule_task_decision", variables={"orders": 20, "amount": 150}))
    assert effect.ended == ["business_rule_task_decision"]
    assert variables(bench, "business_rule_task_decision")["percent"] == 90


def test_what_is_wrong_with_a_draft_is_told_with_the_engines_reasons() -> None:
    broken = source("one_task.bpmn").content.replace(b'type="', b'typo="')
    with pytest.raises(InvalidDeployment, match="job type"):
        Sandbox([Source("draft.bpmn", broken)], BEGINNING)


def test_a_step_that_fits_nothing_says_what_it_looked_for() -> None:
    bench = sandbox("one_task.bpmn")
    with pytest.raises(Rejection, match="Expected an open job at 'work', but there is none"):
        bench.take(s.CompleteJob(element="work"))


@pytest.mark.parametrize("duration", ["soon", "P", "10 minutes"])
def test_a_duration_that_is_none_is_refused(duration: str) -> None:
    with pytest.raises(Rejection, match="ISO 8601"):
        sandbox("one_task.bpmn").take(s.Advance(duration=duration))


def endless() -> bytes:
    """A process that goes round in a circle by itself."""
    return b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">
      <process id="round" isExecutable="true"><startEvent id="start"/><exclusiveGateway id="again"/>
      <manualTask id="step"/><sequenceFlow id="a" sourceRef="start" targetRef="again"/>
      <sequenceFlow id="b" sourceRef="again" targetRef="step"/><sequenceFlow id="c" sourceRef="step" targetRef="again"/>
      </process></definitions>"""


def test_a_circle_without_end_is_put_off_and_may_be_canceled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.sandbox.sandbox.MOST_FOLLOW_UPS", 3)
    bench = Sandbox([Source("round.bpmn", endless())], BEGINNING)
    assert "circle without end" in bench.take(s.Start(process="round")).answer
    assert bench.is_put_off
    bench.take(s.Cancel(element="round"))
    bench.take(s.GoOn())
    assert not bench.is_put_off


def test_a_clock_that_meets_too_many_dates_stops_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.sandbox.sandbox.MOST_DATES", 2)
    bench = sandbox("timer_start_cycle.bpmn")
    effect = bench.take(s.Advance(duration="P1D"))
    assert "The clock stopped at 2026-01-01T02:00:00+00:00" in effect.answer
    assert MOST_DATES == 1_000
