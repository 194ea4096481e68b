"""What an operator does for which the REST API has no operation of one step."""

from __future__ import annotations

from typing import Annotated

import msgspec

from engine.machine.commands import Rejection, ResolveIncident, SetVariables, TriggerTimer, UpdateJob
from engine.runtime.runtime import Runtime
from engine.store.keys import PART_SHIFT
from engine.store.search import INCIDENTS, Reader
from engine.store.tables import timer


class Retry(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """How an incident is to be tried again: first the variables are set in the scope, then the job gets retries."""

    variables: dict[str, msgspec.Raw] = {}
    scope_key: str = ""
    retries: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None


async def retry(runtime: Runtime, reader: Reader, instance_key: int, incident_key: int, how: Retry) -> None:
    """Change variables, give retries, resolve: in this order, ending with the first that is refused.

    Raises Rejection, Unavailable.
    """
    incident = await reader.get(INCIDENTS, incident_key)
    if incident is None or incident.processInstanceKey != str(instance_key):
        raise Rejection("NOT_FOUND", f"There is no incident {incident_key} in this process instance.")
    if how.variables:
        scope = int(how.scope_key) if how.scope_key.isdecimal() else instance_key
        values = {name: msgspec.json.decode(raw) for name, raw in how.variables.items()}
        await runtime.execute(SetVariables(element_instance_key=scope, variables=values, local=True))
    if incident.jobKey is not None and how.retries is not None:
        await runtime.execute(UpdateJob(job_key=int(incident.jobKey), retries=how.retries))
    await runtime.execute(ResolveIncident(incident_key=incident_key))


async def trigger(runtime: Runtime, reader: Reader, instance_key: int, timer_key: int) -> None:
    """Let a timer of an instance fire now, whatever its date. Raises Rejection, Unavailable."""
    statement = timer.select().where(
        timer.c.part == timer_key >> PART_SHIFT,
        timer.c.key == timer_key,
        timer.c.process_instance_key == instance_key,
    )
    if not await reader.rows(statement):
        raise Rejection("NOT_FOUND", "The timer has fired already, or was taken off.")
    await runtime.execute(TriggerTimer(timer_key=timer_key))
