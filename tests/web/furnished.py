"""A server with something of everything: for screenshots, for accessibility, for the time a page takes.

The samples are deployed, and their stories are at different points: meals that are cooked and meals that wait for a
driver, loans that an officer has to decide on, claims with an incident.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.server import Api
from tests.web.people import Browser
from tests.web.sandboxes import Player

SAMPLES = Path(__file__).parents[2] / "bpmn_samples"


def furnish(api: Api) -> None:
    """Deploys the samples and plays some of their stories."""
    files = [path for kind in ("bpmn", "form", "dmn") for path in sorted(SAMPLES.glob(f"*/*.{kind}"))]
    api.request("POST", "/deployments", files=[("resources", (each.name, each.read_bytes())) for each in files])
    _order_food(api)
    _ask_for_loans(api)
    _claim(api)
    _decide(api)
    _suspend_some(api)


def model(api: Api, sample: str) -> str:
    """The address of a new model in the library, made from a sample."""
    with Browser(api.url) as browser:
        return browser.submit("/modeler", "/modeler/new", sample=sample).headers["location"]


def sandbox(api: Api) -> str:
    """The address of a sandbox in which a food order waits for its meal."""
    with Player(api.url) as player:
        player.play("food_order/food_order.bpmn")
        player.step("start", process="food_order", variables='{"orderId": "A-1", "meal": "two pizzas"}')
        player.step("complete job", element="charge_card", variables='{"paymentId": "P-17"}')
        player.step("complete job", element="send_order")
        return player.path


def _order_food(api: Api) -> None:
    meals = ["two pizzas", "ramen", "falafel", "dim sum", "a large salad", "tacos", "pierogi", "dal", "moussaka"]
    for number, meal in enumerate(meals, 1):
        api.start("food_order", orderId=f"A-{number}", meal=meal, amount=9.5 + 3 * number)
    _complete(api, "food.charge-card", 8, paymentId="P-17", receipt="sent by mail")
    _complete(api, "food.send-order", 7)
    for number in range(1, 6):
        message = {"name": "meal_ready", "correlationKey": f"A-{number}", "timeToLive": 60_000}
        api.post("/messages/publication", message)
    _complete(api, "food.find-driver", 4, driver="Dana")
    _complete(api, "food.deliver-meal", 2, deliveredBy="Dana")
    _fail(api, "food.deliver-meal", "The driver's phone is switched off.")


def _ask_for_loans(api: Api) -> None:
    for name, amount in (("Ada Byron", 80_000), ("Kurt Weill", 52_000), ("Nina Simone", 64_500)):
        api.start("loan_application", applicant=name, amount=amount, income=55_000, purpose="a house by the sea")
    _complete(api, "loan.check-credit", 3, creditScore=690)


def _claim(api: Api) -> None:
    for number in (1, 2):
        api.start("insurance_claim", claimId=f"C-{number}", claimant="Sam", amount=1_200 * number)
    _complete(api, "claim.register-claim", 1)
    _fail(api, "claim.register-claim", "The register refuses the claim: policy 4711 has expired.")


def _decide(api: Api) -> None:
    api.deploy("discount.dmn")
    for orders, amount in ((20, 150), (3, 80)):
        body = {"decisionDefinitionId": "discount", "variables": {"orders": orders, "amount": amount}}
        api.post("/decision-definitions/evaluation", body)


def _suspend_some(api: Api) -> None:
    """A batch operation that is done."""
    api.post("/process-instances/suspension", {"filter": {"processDefinitionId": "insurance_claim"}})


def _complete(api: Api, type: str, count: int, **variables: Any) -> None:
    for job in api.jobs(type, count):
        api.post(f"/jobs/{job['jobKey']}/completion", {"variables": variables})


def _fail(api: Api, type: str, reason: str) -> None:
    """One job of the type fails for good: an incident."""
    (job,) = api.jobs(type, 1)
    api.post(f"/jobs/{job['jobKey']}/failure", {"retries": 0, "errorMessage": reason})
