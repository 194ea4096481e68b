"""Play the food order: five orders, one for each way it can go.

The script is the payment service, the restaurant and the drivers at once. What happens is decided by
variables (`driverCancels`, `restaurantIsSlow`, …), never by chance. The two waits for the restaurant are
shortened to 2 and 8 seconds.
"""

import time
from pathlib import Path

from camunda_orchestration_sdk import ConnectedJobContext, JobError

from bpmn_samples.stage import Stage, Variables, command_line, name_of, perform, publish, say

DRIVERS = ["Dana", "Kim", "Robin"]

STORIES: dict[str, Variables] = {
    "all goes well": {},
    "driver cancels": {"driverCancels": True},
    "restaurant is slow": {"restaurantIsSlow": True},
    "restaurant is closed": {"restaurantIsSlow": True, "restaurantIsClosed": True},
    "card is declined": {"cardIsDeclined": True},
}


async def charge_card(job: ConnectedJobContext) -> Variables:
    order = job.variables.to_dict()
    if order.get("cardIsDeclined"):
        raise JobError("CARD_DECLINED", "the bank declined the card")
    say(name_of(job), f"card charged with {order['amount']}")
    return {"paymentId": f"payment-of-{order['orderId']}"}


async def send_order(job: ConnectedJobContext) -> None:
    order = job.variables.to_dict()
    say(name_of(job), f"restaurant gets the order: {order['meal']}")
    if not order.get("restaurantIsSlow"):
        await report_meal_ready(job, order)


async def offer_voucher(job: ConnectedJobContext) -> None:
    order = job.variables.to_dict()
    say(name_of(job), "customer gets a voucher for the delay")
    if not order.get("restaurantIsClosed"):
        await report_meal_ready(job, order)


async def report_meal_ready(job: ConnectedJobContext, order: Variables) -> None:
    """What the restaurant's own system would do."""
    say(name_of(job), "restaurant says that the meal is ready")
    await publish(job.client, "meal_ready", str(order["orderId"]))


async def find_driver(job: ConnectedJobContext) -> Variables:
    order = job.variables.to_dict()
    driver = next(name for name in DRIVERS if name not in order["notAgain"])
    say(name_of(job), f"{driver} is asked to deliver")
    return {"driver": driver}


async def deliver_meal(job: ConnectedJobContext) -> Variables:
    order = job.variables.to_dict()
    if order.get("driverCancels") and order["driver"] == DRIVERS[0]:
        say(name_of(job), f"{order['driver']} cancels")
        raise JobError("DRIVER_CANCELLED", f"{order['driver']} has a flat tyre")
    say(name_of(job), f"{order['driver']} hands over the meal")
    return {"deliveredBy": order["driver"]}


async def refund_card(job: ConnectedJobContext) -> None:
    order = job.variables.to_dict()
    say(name_of(job), f"{order['amount']} refunded: {job.custom_headers['reason']}")


async def scene(stage: Stage) -> None:
    await stage.deploy(Path(__file__).parent)
    stage.work("food.charge-card", charge_card)
    stage.work("food.send-order", send_order)
    stage.work("food.offer-voucher", offer_voucher)
    stage.work("food.find-driver", find_driver)
    stage.work("food.deliver-meal", deliver_meal)
    stage.work("food.refund-card", refund_card)
    run = int(time.time())
    for number, (story, twist) in enumerate(STORIES.items(), 1):
        order = {"orderId": f"{run}-{number}", "meal": "two pizzas", "amount": 24.90, "story": story}
        waits = {"lateAfter": "PT2S", "giveUpAfter": "PT8S"}
        await stage.start("food_order", story, {**order, **waits, **twist})
    await stage.curtain()


if __name__ == "__main__":
    perform(scene, command_line(__doc__).parse_args())
