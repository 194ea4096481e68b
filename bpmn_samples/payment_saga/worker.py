"""Play the payment saga: an order that ships, one that cannot be shipped, and one that cannot be paid.

The script is the warehouse, the payment service and the carrier at once. `shippingFails` and `cardIsDeclined`
decide what happens; watch that only those steps are undone that were done.
"""

import time
from pathlib import Path

from camunda_orchestration_sdk import ConnectedJobContext, JobError

from bpmn_samples.stage import Stage, Variables, command_line, name_of, perform, say

STORIES: dict[str, Variables] = {
    "all goes well": {},
    "shipping fails": {"shippingFails": True},
    "card is declined": {"cardIsDeclined": True},
}


async def reserve_stock(job: ConnectedJobContext) -> Variables:
    order = job.variables.to_dict()
    say(name_of(job), f"{order['quantity']} × {order['item']} reserved")
    return {"reservationId": f"reservation-of-{order['orderId']}"}


async def charge_card(job: ConnectedJobContext) -> Variables:
    order = job.variables.to_dict()
    if order.get("cardIsDeclined"):
        raise JobError("CARD_DECLINED", "the bank declined the card")
    say(name_of(job), f"card charged with {order['amount']}")
    return {"paymentId": f"payment-of-{order['orderId']}"}


async def ship_order(job: ConnectedJobContext) -> Variables:
    order = job.variables.to_dict()
    if order.get("shippingFails"):
        raise JobError("SHIPPING_FAILED", "no carrier delivers to this address")
    say(name_of(job), "parcel handed to the carrier")
    return {"trackingNumber": f"parcel-of-{order['orderId']}"}


async def refund_card(job: ConnectedJobContext) -> None:
    order = job.variables.to_dict()
    say(name_of(job), f"undo: {order['amount']} refunded ({order['paymentId']})")


async def release_stock(job: ConnectedJobContext) -> None:
    order = job.variables.to_dict()
    say(name_of(job), f"undo: stock released ({order['reservationId']})")


async def tell_customer(job: ConnectedJobContext) -> None:
    say(name_of(job), "customer is told that the order is cancelled")


async def scene(stage: Stage) -> None:
    await stage.deploy(Path(__file__).parent)
    stage.work("saga.reserve-stock", reserve_stock)
    stage.work("saga.charge-card", charge_card)
    stage.work("saga.ship-order", ship_order)
    stage.work("saga.refund-card", refund_card)
    stage.work("saga.release-stock", release_stock)
    stage.work("saga.tell-customer", tell_customer)
    run = int(time.time())
    for number, (story, twist) in enumerate(STORIES.items(), 1):
        order = {"orderId": f"{run}-{number}", "item": "lamp", "quantity": 2, "amount": 89.0, "story": story}
        await stage.start("payment_saga", story, {**order, **twist})
    await stage.curtain()


if __name__ == "__main__":
    perform(scene, command_line(__doc__).parse_args())
