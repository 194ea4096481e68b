"""The food order, in every way it can go."""

from __future__ import annotations

from tests.story import Story, play

ORDER = {"orderId": "A-1", "meal": "two pizzas", "amount": 24.9}


def order() -> Story:
    """An order that is charged and sent to the restaurant."""
    story = play("food_order/food_order.bpmn", **ORDER)
    story.complete("charge_card", paymentId="P-1", receipt="not asked for")
    story.complete("send_order")
    return story


def deliver(story: Story, driver: str) -> None:
    """A driver is found and takes the meal."""
    story.complete("find_driver", driver=driver)
    story.complete("deliver_meal", deliveredBy=driver)


def test_all_goes_well() -> None:
    story = order()
    story.message("meal_ready", "A-1")
    deliver(story, "Dana")

    assert story.path == [
        "order_placed",
        "charge_card",
        "send_order",
        "await_meal",
        "driver_needed",
        "find_driver",
        "deliver_meal",
        "meal_delivered",
    ]
    assert story.state == "COMPLETED"
    assert story.variables == {**ORDER, "paymentId": "P-1", "driver": "Dana", "deliveredBy": "Dana"}


def test_the_card_is_declined() -> None:
    story = play("food_order/food_order.bpmn", **ORDER)
    story.throw("charge_card", "CARD_DECLINED", "the bank declined the card")

    assert story.path[-2:] == ["card_declined", "order_declined"]
    assert story.state == "COMPLETED"


def test_the_restaurant_is_slow() -> None:
    story = order()
    story.forward("PT20M")
    assert story.jobs == ["offer_voucher"]

    story.complete("offer_voucher")
    story.message("meal_ready", "A-1")
    deliver(story, "Dana")
    assert story.state == "COMPLETED"
    assert "restaurant_gave_up" not in story.path


def test_the_restaurant_is_closed() -> None:
    story = order()
    story.forward("PT1H")
    assert story.jobs == ["offer_voucher", "refund_card"]
    assert story.job("refund_card").headers == '{"reason":"restaurant did not answer"}'

    story.complete("offer_voucher")
    story.complete("refund_card")
    assert story.state == "COMPLETED"
    assert story.message("meal_ready", "A-1") == 0


def test_two_drivers_cancel() -> None:
    story = order()
    story.message("meal_ready", "A-1")
    for driver in ("Dana", "Kim"):
        story.complete("find_driver", driver=driver)
        story.throw("deliver_meal", "DRIVER_CANCELLED", f"{driver} has a flat tyre")
    assert story.locals("find_driver") == {"notAgain": ["Dana", "Kim"]}

    deliver(story, "Robin")
    assert story.state == "COMPLETED"
    assert story.variables["cancelledDrivers"] == ["Dana", "Kim"]
    assert story.variables["deliveredBy"] == "Robin"


def test_the_waits_can_be_shortened() -> None:
    story = play("food_order/food_order.bpmn", **ORDER, lateAfter="PT2S", giveUpAfter="PT8S")
    story.complete("charge_card", paymentId="P-1")
    story.complete("send_order")
    story.forward("PT8S")

    assert story.jobs == ["offer_voucher", "refund_card"]
