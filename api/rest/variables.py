"""Variables, wherever in an instance they are."""

from __future__ import annotations

from api.rest.operation import Call, Operations
from api.rest.searching import declare_get, query_schema, result_type
from engine.store.search import VARIABLES, VARIABLES_TRUNCATED, Entity, Found, SearchQuery

operations = Operations("Variable")


def searched_variables(call: Call) -> Entity:
    """Values are cut in a search, unless it asks for all of them."""
    return VARIABLES_TRUNCATED if call.flag("truncateValues", True) else VARIABLES


@operations(
    "POST",
    "/variables/search",
    "searchVariables",
    body=SearchQuery,
    optional=True,
    result=result_type(VARIABLES_TRUNCATED),
    query=("truncateValues",),
    schema=query_schema(VARIABLES_TRUNCATED),
)
async def search_variables(call: Call) -> Found:
    """Find variables; long values are cut unless `truncateValues` is false."""
    return await call.server.reader.search(searched_variables(call), call.body)


declare_get(operations, "/variables/{variableKey}", "getVariable", VARIABLES, "variable")
