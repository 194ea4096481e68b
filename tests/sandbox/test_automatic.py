"""Everything that needs no decision is done by itself; then the reason why it stops is told."""

from engine.sandbox import Sandbox
from engine.sandbox import steps as s
from engine.sandbox.automatic import next_step
from tests.sandbox.playing import food_order, sandbox


def run_on(bench: Sandbox) -> str:
    """Take steps until one needs a decision; answer why."""
    while not isinstance(step := next_step(bench), str):
        bench.take(step)
    return step


def test_jobs_in_a_row_are_completed_up_to_the_end() -> None:
    bench = sandbox("ten_tasks.bpmn")
    bench.take(s.Start(process="ten_tasks"))
    assert run_on(bench) == "Nothing is left to do."
    assert len(bench.taken) == 11


def test_it_stops_where_work_may_end_with_an_error() -> None:
    bench = sandbox("food_order/food_order.bpmn")
    bench.take(s.Start(process="food_order", variables={"orderId": "A-1"}))
    assert run_on(bench) == "'Charge card' may be completed, or end with an error that is caught at it."


def test_it_stops_where_a_message_is_waited_for() -> None:
    assert run_on(food_order()) == "'Wait for the meal' waits for the message 'meal_ready'."


def test_it_stops_before_a_way_that_variables_choose() -> None:
    bench = sandbox("loan_application/loan_application.bpmn")
    bench.take(s.Start(process="loan_application", variables={"amount": 9000, "income": 3000}))
    assert run_on(bench) == "After 'Check credit history', the way on is chosen by variables at 'Which risk?'."


def test_it_stops_at_a_form() -> None:
    bench = sandbox("loan_application/loan_application.bpmn", "loan_application/loan_decision.form")
    bench.take(s.Start(process="loan_application", variables={"amount": 9000, "income": 3000}))
    bench.take(s.CompleteJob(element="check_credit", variables={"creditScore": 600}))
    assert run_on(bench) == "'Review application' has a form to be filled in."


def test_it_stops_at_an_incident() -> None:
    bench = sandbox("call_activity.bpmn")
    bench.take(s.Start(process="call_activity"))
    assert run_on(bench).startswith("'Call' is stuck: ")


def test_nothing_happens_before_a_start() -> None:
    assert run_on(sandbox("ten_tasks.bpmn")) == "Nothing has been started."
