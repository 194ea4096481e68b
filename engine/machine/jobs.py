"""Jobs: what is evaluated for one, and the event that creates it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engine.machine import events as ev
from engine.machine.lifecycle import IncidentType, JobKind, ListenerEvent
from engine.machine.values import Stuck, encode_json

if TYPE_CHECKING:
    from engine.machine.graph import Evaluable, JobDefinition, ResourceLink
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work

_INT32 = 2**31 - 1


class JobPlan(NamedTuple):
    """The evaluated parts of a job that is to be created; `headers` is JSON object text."""

    type: str
    retries: int
    priority: int
    headers: str


def plan_job(
    m: Work, element: ElementInstance, definition: JobDefinition, headers: dict[str, str] | None = None
) -> JobPlan:
    """Evaluate a job's definition; `headers` are added to its own. Raises Stuck."""
    type = definition.type if isinstance(definition.type, str) else m.expect_text(definition.type, element)
    retries = _number(m, element, definition.retries, "retries")
    priority = _number(m, element, definition.priority, "priority")
    own = definition.headers
    if definition.links:
        own = own | {"linkedResources": encode_json([_linked(m, element, link) for link in definition.links]).decode()}
    return JobPlan(type, retries, priority, encode_json(own | headers if headers else own).decode())


def _linked(m: Work, element: ElementInstance, link: ResourceLink) -> dict[str, str]:
    """What a worker finds of a linked resource in the header `linkedResources`."""
    resource_id = m.expect_text(link.resource_id, element)
    key = m.catalog.resource_key(resource_id, link.binding, link.version_tag, m.graph)
    if key is None:
        reason = f"Expected to find the linked resource '{resource_id}', but no such resource is deployed."
        raise Stuck(IncidentType.RESOURCE_NOT_FOUND, reason)
    return {"resourceKey": str(key), "resourceType": link.type, "linkName": link.name}


def _number(m: Work, element: ElementInstance, source: Evaluable | str, what: str) -> int:
    value = m.evaluate(source, element)
    try:
        number = int(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None or not -_INT32 <= number <= _INT32:
        reason = f"Expected the {what} of the job of '{element.node.id}' to be a 32-bit number, but was {value!r}."
        raise Stuck(IncidentType.EXTRACT_VALUE_ERROR, reason)
    return number


def create_job(
    m: Work,
    element: ElementInstance,
    plan: JobPlan,
    kind: JobKind = JobKind.BPMN_ELEMENT,
    listener: ListenerEvent = ListenerEvent.UNSPECIFIED,
) -> int:
    """Create the job; its key."""
    key = m.new_key()
    m.emit(ev.JobCreated(key, element.key, plan.type, plan.retries, kind, listener, plan.priority, plan.headers))
    return key
