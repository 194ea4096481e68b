"""Incidents: why something does not go on, and its resolution."""

from __future__ import annotations

from api.rest.operation import Call, Operations
from api.rest.searching import declare_get, declare_search
from api.rest.wire import OperationRequest
from engine.machine.commands import ResolveIncident
from engine.store.search import INCIDENTS

operations = Operations("Incident")


@operations(
    "POST",
    "/incidents/{incidentKey}/resolution",
    "resolveIncident",
    body=OperationRequest,
    optional=True,
    errors=(404, 409),
)
async def resolve_incident(call: Call) -> None:
    """Try again what failed; a job needs retries first."""
    await call.server.runtime.execute(ResolveIncident(incident_key=call.key("incidentKey")))


declare_search(operations, "/incidents/search", "searchIncidents", INCIDENTS)
declare_get(operations, "/incidents/{incidentKey}", "getIncident", INCIDENTS, "incident")
