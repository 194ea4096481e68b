"""Process definitions: what was deployed, and how it is doing."""

from __future__ import annotations

from typing import Any

from api.rest.forms import FormResult, form_result
from api.rest.operation import Answer, Call, Operations
from api.rest.problems import not_found
from api.rest.process_instances import ElementStatisticsResult
from api.rest.searching import declare_get, declare_search, existing, filtering_schema
from api.rest.wire import Request, Result
from engine.store.search import PROCESS_DEFINITIONS, PROCESS_INSTANCES, PageInfo, PageRequest, Sort, figures
from engine.store.search.query import DEFAULT_LIMIT

operations = Operations("Process definition")

PATH = "/process-definitions/{processDefinitionKey}"


class ElementStatisticsQuery(Request):
    """The filter is that of a search of process instances."""

    filter: dict[str, Any] | None = None


class InstanceStatisticsQuery(Request):
    page: PageRequest | None = None
    sort: list[Sort] | None = None


class InstanceStatisticsResult(Result):
    items: list[figures.DefinitionFigures]
    page: PageInfo


@operations("GET", f"{PATH}/xml", "getProcessDefinitionXML", result=str, answers={200: "text/xml"}, errors=(404,))
async def get_xml(call: Call) -> Answer:
    """The file as it was deployed."""
    key = call.key("processDefinitionKey")
    content = await figures.content(call.server.reader, key)
    if content is None or content.kind != "bpmn":
        raise not_found("process definition", key)
    return Answer(200, "text/xml", content.content)


@operations("GET", f"{PATH}/form", "getStartProcessForm", result=FormResult, answers={204: ""}, errors=(404,))
async def get_start_form(call: Call) -> FormResult | Answer:
    """The form to start the process with; 204 where it has none."""
    definition = await existing(call, PROCESS_DEFINITIONS, "process definition")
    if not definition.hasStartForm:
        return Answer(204)
    return form_result(await figures.start_form(call.server.reader, int(definition.processDefinitionKey)))


@operations(
    "POST",
    f"{PATH}/statistics/element-instances",
    "getProcessDefinitionStatistics",
    body=ElementStatisticsQuery,
    optional=True,
    result=ElementStatisticsResult,
    errors=(404,),
    schema=filtering_schema(ElementStatisticsQuery, PROCESS_INSTANCES),
)
async def element_statistics(call: Call) -> ElementStatisticsResult:
    """How often each element is active, stuck, completed, canceled, over the instances that match."""
    await existing(call, PROCESS_DEFINITIONS, "process definition")
    items = await figures.elements_of_definition(
        call.server.reader, call.key("processDefinitionKey"), call.body.filter or {}
    )
    return ElementStatisticsResult(items)


@operations(
    "POST",
    "/process-definitions/statistics/process-instances",
    "getProcessDefinitionInstanceStatistics",
    body=InstanceStatisticsQuery,
    optional=True,
    result=InstanceStatisticsResult,
)
async def instance_statistics(call: Call) -> InstanceStatisticsResult:
    """How many instances of each process run, with open incidents and without."""
    request: InstanceStatisticsQuery = call.body
    page = request.page or PageRequest()
    items = await figures.instances_by_process(call.server.reader, request.sort or ())
    start = page.offset or 0
    limit = DEFAULT_LIMIT if page.limit is None else page.limit
    return InstanceStatisticsResult(items[start : start + limit], PageInfo(len(items), False, None, None))


declare_search(operations, "/process-definitions/search", "searchProcessDefinitions", PROCESS_DEFINITIONS)
declare_get(operations, PATH, "getProcessDefinition", PROCESS_DEFINITIONS, "process definition")
