"""Element instances: each visit of each element."""

from __future__ import annotations

from api.rest.operation import Call, Operations
from api.rest.searching import declare_get, declare_search, existing, query_schema, result_type
from api.rest.wire import OperationReference, Request, Variables
from engine.machine.commands import SetVariables
from engine.store.search import ELEMENT_INSTANCES, INCIDENTS, Found, SearchQuery

operations = Operations("Element instance")


class SetVariableRequest(Request):
    """`local`: write right there, rather than to the scope that has the variable."""

    variables: Variables
    local: bool | None = None
    operation_reference: OperationReference | None = None


@operations(
    "PUT",
    "/element-instances/{elementInstanceKey}/variables",
    "createElementInstanceVariables",
    body=SetVariableRequest,
    errors=(404, 409),
)
async def set_variables(call: Call) -> None:
    """Set variables in the scope of an element instance, or of a process instance by its key."""
    request: SetVariableRequest = call.body
    await call.server.runtime.execute(
        SetVariables(
            element_instance_key=call.key("elementInstanceKey"),
            variables=request.variables,
            local=bool(request.local),
        )
    )


@operations(
    "POST",
    "/element-instances/{elementInstanceKey}/incidents/search",
    "searchElementInstanceIncidents",
    body=SearchQuery,
    optional=True,
    result=result_type(INCIDENTS),
    errors=(404,),
    schema=query_schema(INCIDENTS),
)
async def search_incidents(call: Call) -> Found:
    """The incidents of one element instance."""
    element = await existing(call, ELEMENT_INSTANCES, "element instance")
    within = {"elementInstanceKey": element.elementInstanceKey}
    return await call.server.reader.search(INCIDENTS, call.body, within)


declare_search(operations, "/element-instances/search", "searchElementInstances", ELEMENT_INSTANCES)
declare_get(
    operations,
    "/element-instances/{elementInstanceKey}",
    "getElementInstance",
    ELEMENT_INSTANCES,
    "element instance",
)
