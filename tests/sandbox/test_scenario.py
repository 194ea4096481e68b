"""A scenario is recorded, stored, and run again on a later version of the drawing."""

import msgspec

from engine.sandbox import Source
from engine.sandbox import steps as s
from engine.sandbox.sandbox import Sandbox, Taken
from engine.sandbox.scenario import run_again
from tests.sandbox.playing import BEGINNING, food_order, source

FOOD = source("food_order/food_order.bpmn")


def recorded() -> list[Taken]:
    bench = food_order()
    bench.take(s.SkipTimer(element="restaurant_is_late"))
    bench.take(s.PublishMessage(name="meal_ready", key="A-1"))
    bench.take(s.CompleteJob(element="find_driver"))
    return bench.taken


def changed(*replacements: tuple[bytes, bytes]) -> list[Source]:
    content = FOOD.content
    for old, new in replacements:
        assert old in content
        content = content.replace(old, new)
    return [Source(FOOD.name, content)]


def test_on_the_same_drawing_everything_is_as_it_was() -> None:
    bench, verdict = run_again([FOOD], BEGINNING, recorded())
    assert verdict.passed
    assert (verdict.taken, verdict.of) == (6, 6)
    assert bench.now == BEGINNING + 20 * 60_000


def test_what_is_stored_is_what_was_recorded() -> None:
    stored = msgspec.json.encode(recorded())
    assert msgspec.json.decode(stored, type=list[Taken]) == recorded()


def test_a_step_that_no_longer_fits_is_named_with_the_reason() -> None:
    later = changed((b'"find_driver"', b'"look_for_driver"'))
    bench, verdict = run_again(later, BEGINNING, recorded())

    path, *_, step = verdict.differences
    assert (path.number, path.what, path.found) == (4, "path", "driver_needed → look_for_driver")
    assert (step.number, step.what) == (5, "step")
    assert step.found == "Expected an open job at 'find_driver', but there is none."
    assert (verdict.taken, verdict.of) == (5, 6)
    assert len(bench.taken) == 5


def test_another_value_of_a_variable_is_a_difference() -> None:
    later = changed((b'source="=paymentId"', b'source="=upper case(paymentId)"'))
    _, verdict = run_again(later, BEGINNING, recorded())
    (difference,) = verdict.differences
    assert difference.what == "variable 'paymentId' of 'food_order'"
    assert (difference.expected, difference.found) == ('"p-7"', '"P-7"')


def test_the_run_goes_on_from_where_it_stopped() -> None:
    bench, _ = run_again([FOOD], BEGINNING, recorded())
    assert isinstance(bench, Sandbox)
    bench.take(s.CompleteJob(element="offer_voucher"))
    assert bench.take(s.CompleteJob(element="deliver_meal")).ended == ["food_order"]
