"""The payment saga: when a step fails, what was done before is undone."""

from __future__ import annotations

from tests.story import Story, play

ORDER = {"orderId": "A-1", "item": "chair", "quantity": 4, "amount": 480}


def order() -> Story:
    """An order whose stock is reserved."""
    story = play("payment_saga/payment_saga.bpmn", **ORDER)
    story.complete("reserve_stock", reservationId="R-1")
    return story


def test_all_goes_well() -> None:
    story = order()
    story.complete("charge_card", paymentId="P-1")
    story.complete("ship_order")

    assert story.path == ["order_received", "reserve_stock", "charge_card", "ship_order", "order_shipped"]
    assert story.state == "COMPLETED"
    assert story.variables == {**ORDER, "reservationId": "R-1", "paymentId": "P-1"}


def test_shipping_fails_and_both_steps_are_undone_at_the_same_time() -> None:
    story = order()
    story.complete("charge_card", paymentId="P-1")
    story.throw("ship_order", "SHIPPING_FAILED", "no carrier delivers to this address")
    assert story.jobs == ["refund_card", "release_stock"]

    story.complete("release_stock")
    assert story.jobs == ["refund_card"]
    story.complete("refund_card")
    assert story.jobs == ["tell_customer"]
    story.complete("tell_customer")
    assert story.path[-1] == "order_cancelled"
    assert story.state == "COMPLETED"


def test_the_card_is_declined_and_only_the_stock_is_released() -> None:
    story = order()
    story.throw("charge_card", "CARD_DECLINED")
    assert story.jobs == ["release_stock"]

    story.complete("release_stock")
    story.complete("tell_customer")
    assert story.state == "COMPLETED"
    assert "refund_card" not in story.path


def test_a_refund_that_fails_holds_the_saga_up_until_somebody_helps() -> None:
    story = order()
    story.complete("charge_card", paymentId="P-1")
    story.throw("ship_order", "SHIPPING_FAILED")
    story.complete("release_stock")
    for _ in range(3):
        story.fail("refund_card", message="The bank does not answer.")
    assert story.incidents == [("refund_card", "JOB_NO_RETRIES")]

    story.update_job("refund_card", retries=1)
    story.resolve()
    story.complete("refund_card")
    assert story.jobs == ["tell_customer"]
