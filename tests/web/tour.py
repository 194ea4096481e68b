"""Every page there is, in the order in which somebody new would come by: for screenshots, accessibility and times.

A stop has a name and the address of its page, which may need something that `furnish` has made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.server import Api
from tests.web.furnished import model, sandbox


class Stop(NamedTuple):
    """One page. `shown` is a selector of what is there once the page's island has done its work."""

    name: str
    address: Callable[[Api], str]
    shown: str = "main h1, main h2"


def _at(path: str) -> Callable[[Api], str]:
    return lambda api: path


def _instance(api: Api) -> str:
    """The instance of the food order that is stuck."""
    (incident,) = api.search("/incidents", processDefinitionId="food_order")
    return f"/operations/instances/{incident['processInstanceKey']}"


def _task(api: Api) -> str:
    (task, *_) = api.search("/user-tasks", state="CREATED")
    return f"/tasks/{task['userTaskKey']}?view=all"


def _decision(api: Api) -> str:
    (made, *_) = api.search("/decision-instances")
    return f"/operations/decisions/{made['decisionEvaluationInstanceKey']}"


def _batch(api: Api) -> str:
    (batch, *_) = api.search("/batch-operations")
    return f"/operations/batches/{batch['batchOperationKey']}"


DIAGRAM = ".djs-container svg"

TOUR = (
    Stop("sign_in", _at("/sign-in")),
    Stop("tasks", _at("/tasks?view=all")),
    Stop("task", _task),
    Stop("editor", lambda api: model(api, "loan_application"), DIAGRAM),
    Stop("compare", lambda api: model(api, "food_order") + "/compare", DIAGRAM),
    Stop("modeler", _at("/modeler")),
    Stop("sandboxes", _at("/play")),
    Stop("play", sandbox, DIAGRAM),
    Stop("operations", _at("/operations")),
    Stop("definition", _at("/operations/definitions/food_order"), DIAGRAM),
    Stop("instances", _at("/operations/instances")),
    Stop("instance", _instance, DIAGRAM),
    Stop("incidents", _at("/operations/incidents")),
    Stop("jobs", _at("/operations/jobs")),
    Stop("decisions", _at("/operations/decisions")),
    Stop("messages", _at("/operations/messages")),
    Stop("decision", _decision),
    Stop("batches", _at("/operations/batches")),
    Stop("batch", _batch),
    Stop("profile", _at("/profile")),
    Stop("users", _at("/admin/users")),
    Stop("user", _at("/admin/users/clara")),
    Stop("groups", _at("/admin/groups")),
)
