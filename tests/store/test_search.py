"""Searches over rows that the tests write themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy
from sqlalchemy import insert

from engine.machine import events
from engine.machine.lifecycle import ElementState, IncidentType, JobState, UserTaskState
from engine.store import search, tables
from engine.store.search import Entity, InvalidSearch, Reader, SearchQuery, Sort, figures
from engine.store.search import PageRequest as Page
from engine.store.search.kinds import DateKind, Kind
from engine.store.search.query import Order, write_cursor
from engine.store.search.values import like_pattern

pytestmark = pytest.mark.anyio

START = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
EXAMPLES = {"decisionEvaluationInstanceKey": "1-1"}
ENTITIES = [value for value in vars(search).values() if isinstance(value, Entity)]


def key(part: int, number: int) -> int:
    return part << 51 | number


class Rows:
    """Writes rows with what a test does not care about filled in."""

    def __init__(self, connection: sqlalchemy.Connection) -> None:
        self.connection = connection
        self.number = 0
        self.written = {tables.process_instance}

    def add(self, table: sqlalchemy.Table, **values: Any) -> None:
        self.written.add(table)
        self.connection.execute(insert(table).values(**values))
        self.connection.commit()

    def definition(self, key: int, process_id: str, version: int = 1, name: str | None = None) -> None:
        self.add(
            tables.process_definition,
            key=key,
            process_id=process_id,
            version=version,
            tenant_id="<default>",
            name=name,
            resource_name=f"{process_id}.bpmn",
            resource_key=key,
            checksum=b"",
            deployment_key=key,
        )
        self.add(
            tables.process_element,
            process_definition_key=key,
            element_id="task",
            inner=False,
            type="USER_TASK",
            name="Do it",
        )

    def instance(self, part: int, definition: int = 1, **values: Any) -> int:
        self.number += 1
        instance = key(part, self.number)
        defaults = {
            "part": part,
            "key": instance,
            "process_definition_key": definition,
            "tenant_id": "<default>",
            "state": ElementState.ACTIVATED,
            "version": 1,
            "root_process_instance_key": instance,
            "started_at": START + timedelta(seconds=self.number),
        }
        self.add(tables.process_instance, **(defaults | values))
        return instance

    def owned(self, table: sqlalchemy.Table, instance: int, **values: Any) -> int:
        """A row that belongs to an instance and has a key of its own."""
        self.number += 1
        own = key(instance >> 51, self.number)
        defaults: dict[str, Any] = {
            "part": instance >> 51,
            "key": own,
            "process_instance_key": instance,
            "root_process_instance_key": instance,
            "process_definition_key": 1,
            "element_instance_key": instance,
            "element_id": "task",
            "tenant_id": "<default>",
            "scope_key": instance,
            "inner": False,
            "state": ElementState.ACTIVATED,
            "started_at": START,
            "created_at": START,
            "updated_at": START,
        }
        known = {name: value for name, value in defaults.items() if name in table.c}
        self.add(table, **(known | values))
        return own

    def element(self, instance: int, **values: Any) -> int:
        return self.owned(tables.element_instance, instance, **values)

    def variable(self, instance: int, name: str, value: str, scope: int | None = None) -> int:
        return self.owned(tables.variable, instance, name=name, value=value, **({"scope_key": scope} if scope else {}))

    def incident(self, instance: int, **values: Any) -> int:
        defaults = {"type": IncidentType.CONDITION_ERROR, "message": "no way on"}
        return self.owned(tables.incident, instance, **(defaults | values))

    def user_task(self, instance: int, **values: Any) -> int:
        defaults = {
            "state": UserTaskState.CREATED,
            "candidate_groups": [],
            "candidate_users": [],
            "priority": 50,
            "headers": "{}",
            "action": "",
        }
        return self.owned(tables.user_task, instance, **(defaults | values))

    def job(self, instance: int, **values: Any) -> int:
        defaults = {
            "scope_keys": [instance],
            "type": "work",
            "kind": 0,
            "listener": 0,
            "state": JobState.CREATED,
            "retries": 3,
            "priority": 0,
            "headers": "{}",
            "attempt": 0,
        }
        return self.owned(tables.job, instance, **(defaults | values))


@pytest.fixture(scope="module")
def database(module_database_url: str) -> Iterator[sqlalchemy.Engine]:
    """One database for all tests; each leaves it empty."""
    engine = sqlalchemy.create_engine(module_database_url.replace("postgresql://", "postgresql+psycopg://", 1))
    yield engine
    engine.dispose()


@pytest.fixture
def rows(database: sqlalchemy.Engine) -> Iterator[Rows]:
    with database.connect() as connection:
        rows = Rows(connection)
        rows.definition(1, "order", name="Order")
        yield rows
        for table in rows.written:
            connection.execute(table.delete())
        connection.commit()


@pytest.fixture
async def reader(module_database_url: str, rows: Rows) -> AsyncIterator[Reader]:
    async with Reader(module_database_url, connections=1) as reader:
        yield reader


def query(sort: str = "", descending: bool = False, page: Page | None = None, **filter: Any) -> SearchQuery:
    order = [Sort(sort, Order.DESC if descending else Order.ASC)] if sort else []
    return SearchQuery(filter=filter, sort=order, page=page or Page())


# ---- Every field of every entity -----------------------------------------------------------------


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
async def test_every_field_can_be_answered_filtered_and_sorted_by(reader: Reader, rows: Rows, entity: Entity) -> None:
    for name, kind in filters_of(entity).items():
        value = value_like(name, kind)
        await reader.search(entity, query(**{name: value}))
        for operator in getattr(kind, "operators", ()):
            operand: Any = [value] if operator in ("$in", "$notIn") else value
            operand = True if operator == "$exists" else operand
            await reader.search(entity, query(**{name: {operator: operand}}))
    for field in entity.fields.values():
        if field.sort:
            await reader.search(entity, query(sort=field.name))


def filters_of(entity: Entity) -> dict[str, Kind | str]:
    """The kind of each filter: of the fields, and of what is asked about other rows."""
    fields: dict[str, Kind | str] = {field.name: field.kind for field in entity.fields.values() if field.filter}
    return fields | {name: more.described[name] for name, more in entity.more_filters.items()}


def value_like(name: str, kind: Kind | str) -> Any:
    """A value that a filter of this kind understands."""
    literals = {"integer": 1, "boolean": True, "array": []}
    json = kind if isinstance(kind, str) else kind.json
    if json in literals:
        return literals[json]
    choices = getattr(kind, "stored", None) or getattr(kind, "choices", None)
    if choices:
        return next(iter(choices))
    return EXAMPLES.get(name, "2026-01-01T00:00:00Z" if isinstance(kind, DateKind) else "1")


async def test_an_answer_carries_every_field(reader: Reader, rows: Rows) -> None:
    instance = rows.instance(3)
    found = await reader.search(search.PROCESS_INSTANCES, query())
    [item] = found.items
    assert item.processInstanceKey == str(instance)
    assert item.startDate == "2026-01-01T08:00:01.000Z"
    assert (item.processDefinitionId, item.processDefinitionName, item.processDefinitionVersion) == (
        "order",
        "Order",
        1,
    )
    assert (item.state, item.hasIncident, item.endDate, item.parentProcessInstanceKey) == (
        "ACTIVE",
        False,
        None,
        None,
    )
    assert bytes(item.tags) == b"[]"


# ---- Pages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", ["startDate", "endDate", "processInstanceKey", "businessId", ""])
async def test_cursors_walk_through_all_rows_once_and_back(
    reader: Reader, rows: Rows, sort: str, descending: bool
) -> None:
    for number in range(7):
        same = {"ended_at": START, "business_id": "b"} if number % 3 else {}
        rows.instance(7 - number, started_at=START + timedelta(seconds=number // 2), **same)
    everything = (await reader.search(search.PROCESS_INSTANCES, query(sort, descending))).items
    forward, pages, cursor = [], [], None
    while True:
        found = await reader.search(search.PROCESS_INSTANCES, query(sort, descending, Page(limit=3, after=cursor)))
        if not found.items:
            break
        assert found.page.total_items == 7
        forward += found.items
        pages.append(found)
        cursor = found.page.end_cursor
    assert forward == everything
    back = await reader.search(
        search.PROCESS_INSTANCES, query(sort, descending, Page(limit=3, before=pages[1].page.start_cursor))
    )
    assert back.items == pages[0].items


async def test_an_offset_skips_rows(reader: Reader, rows: Rows) -> None:
    keys = [str(rows.instance(1)) for _ in range(5)]
    found = await reader.search(search.PROCESS_INSTANCES, query(page=Page(offset=3, limit=10)))
    assert [item.processInstanceKey for item in found.items] == keys[3:]
    assert found.page.total_items == 5


async def test_matches_are_counted_up_to_ten_thousand(reader: Reader, rows: Rows) -> None:
    rows.connection.exec_driver_sql(
        "INSERT INTO process_instance (part, key, process_definition_key, tenant_id, state, version,"
        " root_process_instance_key, started_at)"
        " SELECT 0, n, 1, '<default>', 1, 1, n, now() FROM generate_series(1, 10001) n"
    )
    rows.connection.commit()
    found = await reader.search(search.PROCESS_INSTANCES, query(page=Page(limit=1)))
    assert (found.page.total_items, found.page.has_more_total_items) == (10_000, True)


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (Page(after="AAAA"), "page.after"),
        (Page(after="not base64!"), "page.after"),
        (Page(offset=1, after="AAAA"), "only one of"),
    ],
)
async def test_a_page_that_makes_no_sense_is_refused(reader: Reader, page: Page, text: str) -> None:
    with pytest.raises(InvalidSearch, match=text):
        await reader.search(search.PROCESS_INSTANCES, query(page=page))


async def test_a_cursor_of_another_order_is_refused(reader: Reader, rows: Rows) -> None:
    rows.instance(1)
    found = await reader.search(search.PROCESS_INSTANCES, query("startDate"))
    with pytest.raises(InvalidSearch, match="another search"):
        await reader.search(search.PROCESS_INSTANCES, query("endDate", page=Page(after=found.page.end_cursor)))


# ---- Filters -------------------------------------------------------------------------------------


async def keys_found(reader: Reader, entity: Entity, **filter: Any) -> list[int]:
    found = await reader.search(entity, query(**filter))
    return [int(getattr(item, entity.key)) for item in found.items]


async def test_filters_by_definition(reader: Reader, rows: Rows) -> None:
    rows.definition(2, "order", version=2)
    first, second = rows.instance(1), rows.instance(1, definition=2)
    assert await keys_found(reader, search.PROCESS_INSTANCES, processDefinitionId="order") == [first, second]
    assert await keys_found(reader, search.PROCESS_INSTANCES, processDefinitionVersion={"$gt": 1}) == [second]
    assert await keys_found(reader, search.PROCESS_INSTANCES, processDefinitionId={"$like": "o?d*"}) == [
        first,
        second,
    ]
    assert await keys_found(reader, search.PROCESS_INSTANCES, processDefinitionId="other") == []


async def test_filters_by_state_in_any_case(reader: Reader, rows: Rows) -> None:
    active = rows.instance(1)
    done = rows.instance(1, state=ElementState.COMPLETED, ended_at=START)
    suspended = rows.instance(1, suspended_at=START)
    assert await keys_found(reader, search.PROCESS_INSTANCES, state="active") == [active]
    assert await keys_found(reader, search.PROCESS_INSTANCES, state={"$neq": "ACTIVE"}) == [done, suspended]
    assert await keys_found(reader, search.PROCESS_INSTANCES, state={"$like": "*ED"}) == [done, suspended]
    assert await keys_found(reader, search.PROCESS_INSTANCES, state={"$in": ["ACTIVE", "suspended"]}) == [
        active,
        suspended,
    ]


async def test_absence_is_not_equal_to_anything(reader: Reader, rows: Rows) -> None:
    plain, named = rows.instance(1), rows.instance(1, business_id="a-1")
    assert await keys_found(reader, search.PROCESS_INSTANCES, businessId={"$exists": False}) == [plain]
    assert await keys_found(reader, search.PROCESS_INSTANCES, businessId={"$neq": "other"}) == [plain, named]
    assert await keys_found(reader, search.PROCESS_INSTANCES, businessId={"$notIn": ["a-1"]}) == [plain]


async def test_null_is_no_filter(reader: Reader, rows: Rows) -> None:
    instance = rows.instance(1)
    nothing = {"processDefinitionId": None, "businessId": {"$eq": None}, "variables": None, "$or": None}
    assert await keys_found(reader, search.PROCESS_INSTANCES, **nothing) == [instance]
    with pytest.raises(InvalidSearch, match=r"'filter\.other' is not known"):
        await keys_found(reader, search.PROCESS_INSTANCES, other=None)


async def test_a_forged_cursor_is_refused(reader: Reader, rows: Rows) -> None:
    order = search.PROCESS_INSTANCES.ordering([], {})
    page = Page(after=write_cursor(order.fingerprint, ("yesterday", "x")))
    with pytest.raises(InvalidSearch, match="cannot be compared"):
        await reader.search(search.PROCESS_INSTANCES, query(page=page))


async def test_alternatives_are_joined_to_the_rest(reader: Reader, rows: Rows) -> None:
    first, second, _ = rows.instance(1, business_id="a"), rows.instance(2, business_id="b"), rows.instance(3)
    rows.instance(4, business_id="a", state=ElementState.COMPLETED, ended_at=START)
    found = await keys_found(
        reader,
        search.PROCESS_INSTANCES,
        **{"state": "ACTIVE", "$or": [{"businessId": "a"}, {"processInstanceKey": str(second)}]},
    )
    assert found == [first, second]


async def test_filters_by_variables_compare_json_values(reader: Reader, rows: Rows) -> None:
    first, second = rows.instance(1), rows.instance(1)
    rows.variable(first, "amount", "10")
    rows.variable(second, "amount", '{"value":10}')

    async def with_value(value: Any) -> list[int]:
        return await keys_found(reader, search.PROCESS_INSTANCES, variables=[{"name": "amount", "value": value}])

    assert await with_value("10") == [first]
    assert await with_value('{ "value": 10 }') == [second]
    assert await with_value("[" * 50_000) == []
    assert await with_value({"$like": "*10*"}) == [first, second]
    assert await with_value({"$like": "1*"}) == [first]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ('"100% \\**', True),
        ('"100% \\*new\\*"', True),
        ('"100? \\*new*', True),
        ('"100_ *', False),
        ('"100% \\*new', False),
        ("100*", False),
    ],
)
async def test_variables_are_found_by_the_beginning_of_their_value(
    reader: Reader, rows: Rows, pattern: str, found: bool
) -> None:
    variable = rows.variable(rows.instance(1), "note", '"100% *new*"')
    assert await keys_found(reader, search.VARIABLES, value={"$like": pattern}) == [variable] * found


async def test_a_beginning_may_be_longer_than_what_the_index_has_of_a_value(reader: Reader, rows: Rows) -> None:
    long = "%" * 150
    variable = rows.variable(rows.instance(1), "note", f'"{long}a"')
    rows.variable(rows.instance(1), "note", f'"{long}b"')
    assert await keys_found(reader, search.VARIABLES, value={"$like": f'"{long}a*'}) == [variable]


async def test_an_open_incident_shows_on_its_instance_and_the_root(reader: Reader, rows: Rows) -> None:
    root = rows.instance(1)
    child = rows.instance(2, parent_process_instance_key=root, root_process_instance_key=root)
    rows.instance(3)
    stuck = rows.incident(child, root_process_instance_key=root)
    rows.incident(rows.instance(4), ended_at=START)
    assert await keys_found(reader, search.PROCESS_INSTANCES, hasIncident=True) == [root, child]
    assert await keys_found(reader, search.PROCESS_INSTANCES, errorMessage={"$like": "no*"}) == [child]
    assert await keys_found(reader, search.INCIDENTS, state="ACTIVE") == [stuck]
    assert set(await figures.with_called(reader, root)) == {root, child}


async def test_filters_by_elements_of_an_instance_are_judged_together(reader: Reader, rows: Rows) -> None:
    here, gone = rows.instance(1), rows.instance(1)
    rows.element(here)
    rows.element(gone, state=ElementState.COMPLETED, ended_at=START)
    assert await keys_found(reader, search.PROCESS_INSTANCES, elementId="task") == [here, gone]
    assert await keys_found(reader, search.PROCESS_INSTANCES, elementId="task", elementInstanceState="ACTIVE") == [here]
    assert await keys_found(reader, search.PROCESS_INSTANCES, elementId="task", hasElementInstanceIncident=True) == []


async def test_tags_must_all_be_there(reader: Reader, rows: Rows) -> None:
    tagged = rows.instance(1, tags='["vip","eu"]')
    rows.instance(1, tags='["eu"]')
    assert await keys_found(reader, search.PROCESS_INSTANCES, tags=["eu", "vip"]) == [tagged]


async def test_element_instances_begin_with_the_process_itself(reader: Reader, rows: Rows) -> None:
    instance = rows.instance(5, started_at=START)
    task = rows.element(instance, started_at=START + timedelta(seconds=1))
    stuck = rows.incident(instance, element_instance_key=task)
    found = await reader.search(search.ELEMENT_INSTANCES, query(processInstanceKey=str(instance)))
    process, element = found.items
    assert (process.type, process.elementId, process.elementName) == ("PROCESS", "order", "Order")
    assert (element.type, element.elementId, element.elementName) == ("USER_TASK", "task", "Do it")
    assert (element.hasIncident, element.incidentKey) == (True, str(stuck))
    assert await keys_found(reader, search.ELEMENT_INSTANCES, type="user_task") == [task]
    assert await keys_found(reader, search.ELEMENT_INSTANCES, elementInstanceScopeKey=str(instance)) == [task]


async def test_the_process_is_found_by_id_and_name_as_its_elements_are(reader: Reader, rows: Rows) -> None:
    rows.definition(2, "parcel")
    order, parcel = rows.instance(1), rows.instance(1, definition=2)
    task = rows.element(order)

    async def found(**filter: Any) -> list[int]:
        return await keys_found(reader, search.ELEMENT_INSTANCES, **filter)

    assert await found(elementId="parcel") == [parcel]
    assert await found(elementId="task") == [task]
    assert await found(elementId={"$in": ["order", "task"]}) == [order, task]
    assert await found(elementId={"$neq": "order"}) == [parcel, task]
    assert await found(elementId="task", processDefinitionId="parcel") == []
    assert await found(elementName={"$like": "O*"}) == [order]
    assert await found(**{"$or": [{"elementId": "parcel"}, {"elementName": "Do it"}]}) == [parcel, task]


async def test_element_instances_of_all_instances_are_ordered_by_key(reader: Reader, rows: Rows) -> None:
    keys = []
    for part in (2, 1):
        instance = rows.instance(part)
        keys += [instance, rows.element(instance), rows.element(instance)]
    first = await reader.search(search.ELEMENT_INSTANCES, query(page=Page(limit=4)))
    second = await reader.search(search.ELEMENT_INSTANCES, query(page=Page(limit=4, after=first.page.end_cursor)))
    assert [int(item.elementInstanceKey) for item in first.items + second.items] == sorted(keys)


async def test_user_tasks_are_found_by_candidates(reader: Reader, rows: Rows) -> None:
    instance = rows.instance(1)
    sales = rows.user_task(instance, candidate_groups=["sales", "eu"])
    free = rows.user_task(instance, created_at=START + timedelta(seconds=1))
    assert await keys_found(reader, search.USER_TASKS, candidateGroup="sales") == [sales]
    assert await keys_found(reader, search.USER_TASKS, candidateGroup={"$in": ["eu", "us"]}) == [sales]
    assert await keys_found(reader, search.USER_TASKS, candidateGroup={"$like": "sa*"}) == [sales]
    assert await keys_found(reader, search.USER_TASKS, candidateGroup={"$exists": False}) == [free]


async def test_long_values_are_cut_in_the_database(reader: Reader, rows: Rows) -> None:
    instance = rows.instance(1)
    text = '"' + "x" * 9000 + '"'
    rows.variable(instance, "long", text)
    [cut] = (await reader.search(search.VARIABLES_TRUNCATED, query())).items
    [whole] = (await reader.search(search.VARIABLES, query(isTruncated=True))).items
    assert (len(cut.value), cut.isTruncated) == (8192, True)
    assert (whole.value, whole.isTruncated) == (text, False)


async def test_only_the_latest_version_of_a_definition(reader: Reader, rows: Rows) -> None:
    rows.definition(2, "order", version=2)
    assert await keys_found(reader, search.PROCESS_DEFINITIONS, isLatestVersion=True) == [2]


@pytest.mark.parametrize(
    ("filter", "text"),
    [
        ({"stat": "ACTIVE"}, "filter.stat' is not known; a filter knows .*businessId"),
        ({"state": "RUNNING"}, "one of ACTIVE, COMPLETED, SUSPENDED, TERMINATED"),
        ({"state": 3}, "must be a string, but is the number 3"),
        ({"processInstanceKey": 12}, "must be a string"),
        ({"processInstanceKey": "twelve"}, "a string of digits"),
        ({"processInstanceKey": "9" * 25}, "below 2\\^63"),
        ({"startDate": "yesterday"}, "a date and time with an offset"),
        ({"startDate": "2026-01-01T00:00:00"}, "a date and time with an offset"),
        ({"startDate": {"$like": "2026*"}}, "'filter.startDate.\\$like' is not an operator of this field"),
        ({"hasIncident": "yes"}, "must be true or false"),
        ({"processDefinitionVersion": 1.5}, "must be an integer"),
        ({"processDefinitionVersion": 2**31}, "32 bits"),
        ({"businessId": {"$in": "a"}}, "must be an array, but is a string"),
        ({"$or": {}}, "must be an array of filters"),
        ({"$or": 5}, "must be an array of filters"),
        ({"$or": []}, "must be an array of filters, but is an empty one"),
        ({"$or": [{"businessId": "a"}] * 500}, "at most 500 properties, those inside it included, but has 501"),
        ({"variables": [{"name": "a", "value": "1"}] * 250}, "at most 500 properties"),
        ({"businessId": {"$in": ["a"] * 501}, "state": 3}, "must be a string"),
        ({"startDate": "0001-01-01T00:00:00+14:00"}, "a date and time with an offset"),
        ({"$or": [{"x": 1}]}, "filter.\\$or\\[0\\].x"),
        ({"variables": [{"name": "a"}]}, "must have a name"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(reader: Reader, filter: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidSearch, match=text):
        await reader.search(search.PROCESS_INSTANCES, SearchQuery(filter=filter))


async def test_an_unknown_sort_field_is_refused(reader: Reader) -> None:
    with pytest.raises(InvalidSearch, match=r"sort\[0\].field' must be one of"):
        await reader.search(search.PROCESS_INSTANCES, query("tags"))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("a*b?", "a%b_"), ("100%", "100\\%"), ("a\\*", "a*"), ("_\\\\", "\\_\\\\"), ("end\\", "end\\\\")],
)
async def test_like_patterns(pattern: str, expected: str) -> None:
    assert like_pattern(pattern) == expected


# ---- Figures -------------------------------------------------------------------------------------


async def test_figures_of_elements_count_stuck_ones_apart(reader: Reader, rows: Rows) -> None:
    instance = rows.instance(1)
    rows.element(instance)
    rows.incident(instance, element_instance_key=rows.element(instance))
    rows.element(instance, state=ElementState.TERMINATED, ended_at=START)
    expected = [figures.ElementFigures("task", active=1, canceled=1, incidents=1, completed=0)]
    assert await figures.elements_of_instance(reader, instance) == expected
    assert await figures.elements_of_definition(reader, 1, {"state": "ACTIVE"}) == expected
    assert await figures.elements_of_definition(reader, 1, {"state": "COMPLETED"}) == []


async def test_figures_of_processes_join_the_versions(reader: Reader, rows: Rows) -> None:
    rows.definition(2, "order", version=2, name="Order again")
    rows.instance(1)
    rows.incident(rows.instance(1, definition=2))
    rows.instance(1, ended_at=START)
    [figure] = await figures.instances_by_process(reader)
    assert figure == figures.DefinitionFigures("order", "<default>", "Order again", True, 1, 1)


async def test_flows_taken_come_from_the_log(reader: Reader, rows: Rows) -> None:
    instance = rows.instance(1)
    for seq, flows in enumerate([["a", "b"], ["b", "c"]]):
        happened = [events.SequenceFlowTaken(instance, flow) for flow in flows]
        rows.add(
            tables.log,
            part=1,
            process_instance_key=instance,
            seq=seq,
            at=START,
            command="CompleteJob",
            events=events.encode(happened),
        )
    assert await figures.flows_taken(reader, instance) == ["a", "b", "c"]


async def test_the_call_hierarchy_leads_from_the_root_down(reader: Reader, rows: Rows) -> None:
    root = rows.instance(1)
    middle = rows.instance(2, parent_process_instance_key=root)
    leaf = rows.instance(3, parent_process_instance_key=middle)
    way = await figures.call_hierarchy(reader, leaf)
    assert [int(entry.process_instance_key) for entry in way] == [root, middle, leaf]
    assert way[0].process_definition_name == "Order"


async def test_a_search_without_a_database_says_so(database_url: str) -> None:
    nowhere = psycopg.conninfo.make_conninfo(database_url, port=1, host="127.0.0.1")
    async with Reader(nowhere) as reader:
        with pytest.raises(search.SearchUnavailable):
            await reader.search(search.PROCESS_INSTANCES, query())
