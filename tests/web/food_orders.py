"""Food orders for stories of the operations pages: the sample process, with instances in whichever trouble."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from tests.server import Api

PROCESS = "food_order"
FOLDER = Path(__file__).parent.parent.parent / "bpmn_samples"


def deploy(api: Api, name: str = "Food order", task: str = "Charge card") -> str:
    """The key of the process, deployed under a name, with a name for its first task."""
    text = (FOLDER / PROCESS / f"{PROCESS}.bpmn").read_text()
    text = text.replace('name="Food order"', f'name="{escape(name)}"').replace("Charge card", escape(task))
    files = [("resources", (f"{PROCESS}.bpmn", text.encode()))]
    deployed: list[dict[str, Any]] = api.request("POST", "/deployments", files=files)["deployments"]
    key: str = deployed[0]["processDefinition"]["processDefinitionKey"]
    return key


def order(api: Api, count: int, business: str | None = None, **variables: Any) -> list[str]:
    """The keys of new instances, which wait for their card to be charged."""
    body: dict[str, Any] = {"processDefinitionId": PROCESS, "variables": variables}
    if business is not None:
        body["businessId"] = business
    return [api.post("/process-instances", body)["processInstanceKey"] for _ in range(count)]


def fail(api: Api, count: int, message: str) -> list[str]:
    """The keys of as many new instances that are stuck, since charging failed with that message."""
    keys = order(api, count)
    stuck = []
    while len(stuck) < count:
        for job in api.jobs("food.charge-card", 100):
            if job["processInstanceKey"] in keys:
                api.post(f"/jobs/{job['jobKey']}/failure", {"retries": 0, "errorMessage": message})
                stuck.append(job["processInstanceKey"])
    return stuck
