"""List pages are found by index: their cost does not grow with the number of instances."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy.dialects.postgresql import psycopg as dialects

from engine.store.search import (
    ELEMENT_INSTANCES,
    INCIDENTS,
    JOBS,
    PROCESS_INSTANCES,
    USER_TASKS,
    VARIABLES,
    Entity,
    Sort,
)
from engine.store.search.kinds import Condition
from engine.store.search.query import Order
from engine.store.search.statement import (
    Asked,
    after_cursor,
    conditions_of,
    count_statement,
    definition_selects,
    page_statement,
)

ROWS = 30_000
FILL = """
    INSERT INTO process_instance (part, key, process_definition_key, tenant_id, state, version,
        root_process_instance_key, started_at, ended_at)
    SELECT n / 4096, ((n / 4096)::bigint << 51) | n, CASE WHEN n % 10000 = 0 THEN 20 ELSE 1 + n % 10 END, '<default>',
        3, 1, n, '2026-01-01'::timestamptz + n * interval '1 second',
        CASE WHEN n % 10 > 0 THEN '2026-02-01'::timestamptz END
    FROM generate_series(1, :rows) n;
    INSERT INTO element_instance (part, process_instance_key, key, scope_key, process_definition_key, element_id,
        "inner", state, started_at, ended_at)
    SELECT n / 4096, ((n / 4096)::bigint << 51) | n, ((n / 4096)::bigint << 51) | (n + :rows), n, 1,
        CASE WHEN n > :rows - 500 THEN 'new' ELSE 'task' END, false, 1,
        '2026-01-01'::timestamptz + n * interval '1 second',
        CASE WHEN n % 10 > 0 AND n <= :rows - 500 THEN '2026-02-01'::timestamptz END
    FROM generate_series(1, :rows) n;
    INSERT INTO variable (part, process_instance_key, scope_key, name, key, value)
    SELECT n / 4096, ((n / 4096)::bigint << 51) | n, ((n / 4096)::bigint << 51) | n, 'a',
        ((n / 4096)::bigint << 51) | n, n::text
    FROM generate_series(1, :rows) n;
    INSERT INTO user_task (part, key, process_instance_key, root_process_instance_key, process_definition_key,
        element_instance_key, element_id, tenant_id, state, candidate_groups, candidate_users, priority, headers,
        action, created_at)
    SELECT n / 4096, ((n / 4096)::bigint << 51) | n, ((n / 4096)::bigint << 51) | n, n, 1, n, 'task', '<default>', 1,
        '{}', '{}', 50, '{}', '', '2026-01-01'::timestamptz + n * interval '1 second'
    FROM generate_series(1, :rows) n;
    INSERT INTO incident (part, key, process_instance_key, root_process_instance_key, process_definition_key,
        element_instance_key, element_id, tenant_id, type, message, created_at, ended_at)
    SELECT n / 4096, ((n / 4096)::bigint << 51) | n, ((n / 4096)::bigint << 51) | n, n, 1, n, 'task', '<default>', 1,
        '', '2026-01-01'::timestamptz + n * interval '1 second',
        CASE WHEN n % 1000 > 0 THEN '2026-02-01'::timestamptz END
    FROM generate_series(1, :rows) n;
    INSERT INTO job (part, key, process_instance_key, root_process_instance_key, process_definition_key,
        element_instance_key, element_id, scope_keys, tenant_id, type, kind, listener, state, retries, priority,
        headers, attempt, created_at, updated_at)
    SELECT n / 4096, ((n / 4096)::bigint << 51) | n, ((n / 4096)::bigint << 51) | n, n, 1, n, 'task', '{}',
        '<default>', CASE WHEN n > :rows - 500 THEN 'new' ELSE 'work' END, 1, 0,
        CASE WHEN n % 1000 = 0 THEN 2 ELSE 3 END, 0, 50, '{}', 1,
        '2026-01-01'::timestamptz + n * interval '1 second', '2026-02-01'::timestamptz
    FROM generate_series(1, :rows) n;
"""
LARGE = "process_instance|element_instance|variable|user_task|incident|job"
_DIALECT: Any = dialects.dialect()  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def filled(module_database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        connection.execute("SET jit = off")
        for statement in FILL.split(";\n"):
            if statement.strip():
                connection.execute(statement.replace(":rows", str(ROWS)).encode())
        connection.execute("VACUUM ANALYZE")
        yield connection


def explain(connection: psycopg.Connection[Any], statement: Any) -> str:
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute(f"EXPLAIN {compiled.string}".encode(), compiled.params)
        return "\n".join(row[0] for row in cursor.fetchall())


def conditions(entity: Entity, filter: dict[str, Any], definitions: tuple[int, ...] = ()) -> list[list[Condition]]:
    """What a filter demands of each source, where no definition is what it asks for, or these are."""
    found: dict[Asked, tuple[int, ...]] = {asked: () for asked, _ in definition_selects(entity, filter)}
    if definitions:
        found[id(filter), 0] = definitions
    return [conditions_of(entity, i, filter, found) for i in range(len(entity.sources))]


def plan(
    connection: psycopg.Connection[Any],
    entity: Entity,
    sort: str = "",
    after: list[Any] | None = None,
    definitions: tuple[int, ...] = (),
    **filter: Any,
) -> str:
    """The plan of a page of 50, newest first where there is a sort."""
    ordering = entity.ordering([Sort(sort, Order.DESC)] if sort else [], filter)
    wheres = conditions(entity, filter, definitions)
    if after is not None:
        wheres = [[*w, after_cursor(entity, ordering, i, after, False)] for i, w in enumerate(wheres)]
    return explain(connection, page_statement(entity, ordering, wheres, 50, 0, False))


MIDDLE = ["2026-01-01T04:00:00Z", (3 << 51) | 14_400]

PAGES: dict[str, tuple[Entity, dict[str, Any]]] = {
    "default": (PROCESS_INSTANCES, {}),
    "newest first": (PROCESS_INSTANCES, {"sort": "startDate"}),
    "after a cursor": (PROCESS_INSTANCES, {"sort": "startDate", "after": MIDDLE}),
    "by key": (PROCESS_INSTANCES, {"sort": "processInstanceKey"}),
    "by key after a cursor": (PROCESS_INSTANCES, {"sort": "processInstanceKey", "after": [MIDDLE[1]]}),
    "of a common definition": (PROCESS_INSTANCES, {"sort": "startDate", "definitions": (3,)}),
    "active, the oldest first": (PROCESS_INSTANCES, {"state": "ACTIVE"}),
    "active, newest first": (PROCESS_INSTANCES, {"sort": "startDate", "state": "ACTIVE"}),
    "running, of a definition": (
        PROCESS_INSTANCES,
        {"sort": "startDate", "definitions": (1,), "endDate": {"$exists": False}},
    ),
    "finished, last ended first": (PROCESS_INSTANCES, {"sort": "endDate", "endDate": {"$exists": True}}),
    "finished, of a definition": (
        PROCESS_INSTANCES,
        {"sort": "endDate", "definitions": (1,), "endDate": {"$exists": True}},
    ),
    "canceled": (PROCESS_INSTANCES, {"sort": "endDate", "state": "TERMINATED"}),
    "where tokens wait": (
        PROCESS_INSTANCES,
        {"sort": "startDate", "elementId": "task", "elementInstanceState": "ACTIVE"},
    ),
    "elements": (ELEMENT_INSTANCES, {}),
    "elements after a cursor": (ELEMENT_INSTANCES, {"after": [MIDDLE[1]]}),
    "variables": (VARIABLES, {}),
    "user tasks": (USER_TASKS, {"sort": "creationDate", "state": "CREATED"}),
    "incidents": (INCIDENTS, {"sort": "creationTime"}),
    "jobs": (JOBS, {}),
    "jobs that failed": (JOBS, {"state": "FAILED"}),
    "jobs that failed, newest first": (JOBS, {"sort": "creationTime", "state": "FAILED"}),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_reads_an_index_in_its_order(filled: psycopg.Connection[Any], page: str) -> None:
    entity, asked = PAGES[page]
    explained = plan(filled, entity, **asked)
    assert not re.search(rf"Seq Scan on ({LARGE})\b", explained), explained
    sorts = [line for line in explained.splitlines() if "Sort" in line and "Key" not in line]
    assert len(sorts) <= len(entity.sources) - 1, explained  # only the few rows of several sources are merged


@pytest.mark.parametrize("after", [None, ["2026-02-01T00:00:00Z", MIDDLE[1]], [None, MIDDLE[1]]])
def test_in_the_order_of_their_ends_instances_are_read_from_the_indexes_of_those_that_have_one_and_have_none(
    filled: psycopg.Connection[Any], after: list[Any] | None
) -> None:
    """Those without an end come first, as if it were greater than any."""
    explained = plan(filled, PROCESS_INSTANCES, "endDate", after)
    assert not re.search(rf"Seq Scan on ({LARGE})\b", explained), explained
    assert "process_instance_ended" in explained


@pytest.mark.parametrize(
    ("definitions", "filter"),
    [((20,), {}), ((), {"hasIncident": True}), ((), {"processInstanceKey": str(MIDDLE[1])})],
)
def test_few_matches_are_found_without_reading_the_rest(
    filled: psycopg.Connection[Any], definitions: tuple[int, ...], filter: dict[str, Any]
) -> None:
    explained = plan(filled, PROCESS_INSTANCES, "startDate", definitions=definitions, **filter)
    assert not re.search(rf"Seq Scan on ({LARGE})\b", explained), explained


@pytest.mark.parametrize(
    ("entity", "filter"),
    [
        (JOBS, {"type": "new"}),
        (JOBS, {"type": "nothing"}),
        (ELEMENT_INSTANCES, {"elementId": "new", "state": "ACTIVE"}),
        (ELEMENT_INSTANCES, {"elementId": "nowhere", "state": "ACTIVE"}),
    ],
)
def test_what_only_the_newest_instances_have_is_found_without_passing_by_the_others(
    filled: psycopg.Connection[Any], entity: Entity, filter: dict[str, Any]
) -> None:
    explained = plan(filled, entity, **filter)
    assert not re.search(rf"Seq Scan on ({LARGE})\b|using (job_pkey|element_instance_key) ", explained), explained
    assert not re.search(r"using process_instance_pkey .*\n +Filter", explained), explained


def test_elements_that_are_shown_are_asked_for_their_own_incidents(filled: psycopg.Connection[Any]) -> None:
    explained = plan(filled, ELEMENT_INSTANCES)
    assert not re.search(r"on incident\b.*\n(?! +Index Cond)", explained), explained


def test_rows_are_counted_from_the_beginning_of_the_page(filled: psycopg.Connection[Any]) -> None:
    ordering = PROCESS_INSTANCES.ordering([Sort("startDate", Order.DESC)], {})
    filter = {"variables": [{"name": "a", "value": {"$neq": "0"}}]}
    wheres = conditions(PROCESS_INSTANCES, filter)
    explained = explain(filled, count_statement(PROCESS_INSTANCES, wheres, 100, ordering))
    assert "Index Scan Backward using process_instance_started" in explained
    assert "Merge" not in explained, explained


def test_the_beginning_of_a_value_is_looked_up(filled: psycopg.Connection[Any]) -> None:
    filter = {"variables": [{"name": "a", "value": {"$like": "2999*"}}]}
    explained = plan(filled, PROCESS_INSTANCES, "startDate", **filter)
    looked_up = r"variable_value.*\n +Index Cond: .*name = 'a'.* ~>=~ '2999'.* ~<~ '299:'"
    assert re.search(looked_up, explained), explained


def test_the_count_looks_no_further_than_it_tells(filled: psycopg.Connection[Any]) -> None:
    explained = explain(filled, count_statement(PROCESS_INSTANCES, [[]]))
    limit = next(line for line in explained.splitlines() if "Limit" in line)
    assert "rows=10001" in limit
    assert "process_definition" not in explained  # what is only shown is not joined to be counted
