"""The hot statements are index look-ups by key, on an empty table, a fresh one, a large one and one that churns.

A batch writer whose plan reads a whole table is a hundred times too slow, and nothing else would tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from engine.runtime.jobs.polling import TAKE
from engine.runtime.postgres.database import LANE_SETTINGS
from engine.store import load, statements
from engine.store.batch import Statement

JOINED: list[Statement] = [
    statement
    for statement in [*statements.STATEMENTS, statements.DELETE_PENDING]
    if not statement.name.startswith("insert") or statement is statements.INSERT_ATTEMPT
]
READS = {name: query for name, query in vars(load).items() if isinstance(query, bytes)}
QUERIES = {statement.name: statement.query for statement in JOINED} | READS

#: What a look-up by key looks like: the rows given, and for each of them an index on the table.
LOOK_UP = re.compile(r"Index (Only )?Scan using (?P<index>\w+) on (?P<table>\w+) t")

#: Instances, of which a hundredth is open.
FILL = """
    INSERT INTO process_instance (part, key, process_definition_key, tenant_id, state, version,
        root_process_instance_key, started_at, ended_at)
    SELECT 1, n, 7, '<default>', 3, 1, n, now(), CASE WHEN n % 100 = 0 THEN NULL ELSE now() END
    FROM generate_series(1, {count}) n;
    INSERT INTO element_instance (part, process_instance_key, key, scope_key, process_definition_key, element_id,
        inner_, state, started_at, ended_at)
    SELECT 1, n, n + 1000000, n, 7, 'work', false, 3, now(), CASE WHEN n % 100 = 0 THEN NULL ELSE now() END
    FROM generate_series(1, {count}) n;
    INSERT INTO variable (part, process_instance_key, scope_key, name, key, value)
    SELECT 1, n, n, 'amount', n + 2000000, '12' FROM generate_series(1, {count}) n;
    INSERT INTO job (part, key, process_instance_key, root_process_instance_key, process_definition_key,
        element_instance_key, element_id, scope_keys, tenant_id, type, kind, listener, state, retries, priority,
        headers, attempt, created_at, updated_at, ended_at)
    SELECT 1, n + 3000000, n, n, 7, n + 1000000, 'work', '{{}}', '<default>', 'work', 0, 0, 3, 3, 0, '{{}}', 1,
        now(), now(), CASE WHEN n % 100 = 0 THEN NULL ELSE now() END
    FROM generate_series(1, {count}) n;
    INSERT INTO log (part, process_instance_key, seq, at, command, events)
    SELECT 1, n, 1, now(), 'CreateInstance', '' FROM generate_series(1, {count}) n;
""".replace("inner_", '"inner"')


@pytest.fixture
def lane(database_url: str) -> Iterator[psycopg.Connection[tuple[str, ...]]]:
    """A connection that plans as a lane of the commit loop does."""
    with psycopg.connect(database_url, options=LANE_SETTINGS, autocommit=True) as connection:
        yield connection


def plan(connection: psycopg.Connection[tuple[str, ...]], query: bytes) -> str:
    """The plan that the statement gets once it is prepared."""
    numbered, count = _numbered(query.decode())
    connection.execute(f"PREPARE hot AS {numbered}".encode())
    nothing = ", ".join(["'{}'"] * count)
    lines = connection.execute(f"EXPLAIN (COSTS OFF) EXECUTE hot({nothing})".encode()).fetchall()
    connection.execute(b"DEALLOCATE hot")
    return "\n".join(line for (line,) in lines)


def _numbered(query: str) -> tuple[str, int]:
    count = 0

    def number(_: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f"${count}"

    return re.sub("%[bs]", number, query), count


def reads_whole_table(plan: str) -> bool:
    """No look-up: a scan without a condition on the keys that were given."""
    return "Seq Scan" in plan or not LOOK_UP.search(plan) or "Join Filter" in plan or "Index Cond" not in plan


def fill(connection: psycopg.Connection[tuple[str, ...]], count: int) -> None:
    connection.execute(FILL.format(count=count).encode())


FILLED = re.compile(rb'(UPDATE|JOIN) "?(process_instance|element_instance|variable|job|log)"? AS')


def of_filled_tables() -> dict[str, bytes]:
    found = {name: query for name, query in QUERIES.items() if FILLED.search(query)}
    assert len(found) > 10
    return found


@pytest.mark.parametrize("analyzed", [False, True], ids=["fresh", "analyzed"])
def test_a_filled_table_is_looked_up_by_key(lane: psycopg.Connection[tuple[str, ...]], analyzed: bool) -> None:
    fill(lane, 20_000)
    if analyzed:
        lane.execute("VACUUM ANALYZE")
    slow = [name for name, query in of_filled_tables().items() if reads_whole_table(plan(lane, query))]
    assert slow == []


def test_a_table_that_was_analyzed_while_it_was_empty_is_looked_up_once_it_has_grown(
    lane: psycopg.Connection[tuple[str, ...]],
) -> None:
    lane.execute("VACUUM ANALYZE")
    fill(lane, 5_000)
    slow = [name for name, query in of_filled_tables().items() if reads_whole_table(plan(lane, query))]
    assert slow == []


def test_a_table_that_is_emptied_again_and_again_is_looked_up_by_key(lane: psycopg.Connection[tuple[str, ...]]) -> None:
    """As `pending_command` and `timer` are: many rows have been, hardly any are."""
    insert = """
        INSERT INTO pending_command SELECT 1, n, '', now() FROM generate_series(1, 5000) n;
        INSERT INTO timer SELECT 1, n, n, n, 'wait', now(), 0, '' FROM generate_series(1, 5000) n;
    """
    for _ in range(3):
        lane.execute(insert.encode())
        lane.execute(b"DELETE FROM pending_command; DELETE FROM timer")
    lane.execute(insert.encode())
    for statement in (statements.DELETE_PENDING, statements.DELETE_TIMER):
        assert not reads_whole_table(plan(lane, statement.query)), statement
    assert not reads_whole_table(plan(lane, load.READ_TIMERS))


#: What TAKE is given in the order of its parameters, as SQL.
TAKEN = [
    "'work'", "ARRAY['<default>']", "32", "'w'", "now()", "now()", "now()", "NULL", "NULL", "NULL",
]  # fmt: skip


def polling_plan(connection: psycopg.Connection[tuple[str, ...]]) -> list[str]:
    """How a lane finds the jobs that a worker asks for."""
    numbered, count = _numbered(TAKE.decode())
    assert count == len(TAKEN)
    connection.execute(f"PREPARE take AS {numbered}".encode())
    lines = connection.execute(f"EXPLAIN (COSTS OFF) EXECUTE take({', '.join(TAKEN)})".encode()).fetchall()
    return [line for (line,) in lines]


@pytest.mark.parametrize("available", [0, 30, 20_000])
def test_polling_reads_jobs_in_their_order_from_the_index(
    lane: psycopg.Connection[tuple[str, ...]], available: int
) -> None:
    """Whatever else there is; a sort would read all available jobs of the type to give a worker a few."""
    fill(lane, 20_000)
    lane.execute("UPDATE job SET state = 0 WHERE process_instance_key <= %s", [available])
    lane.execute("VACUUM ANALYZE job" if available else "SELECT 1")
    lines = polling_plan(lane)
    assert any("Index Scan using job_activatable" in line for line in lines)
    assert not any("Sort Key" in line and "priority" in line for line in lines)


@pytest.mark.parametrize("analyzed", [False, True], ids=["fresh", "analyzed"])
def test_polling_finds_what_belongs_to_a_job_by_its_whole_key(
    lane: psycopg.Connection[tuple[str, ...]], analyzed: bool
) -> None:
    """On tables that were never analyzed, too: by the part alone, each job would cost all instances of the part."""
    fill(lane, 5_000)
    lane.execute("UPDATE job SET state = 0")
    if analyzed:
        lane.execute("VACUUM ANALYZE")
    lines = polling_plan(lane)
    assert not any("Join Filter" in line or "Seq Scan" in line for line in lines)
    of_scope = "((part = s.part) AND (process_instance_key = s.process_instance_key) AND (scope_key = s.scope))"
    assert any(f"Index Cond: {of_scope}" in line for line in lines), lines


def test_a_plan_that_was_made_on_an_empty_table_is_made_again(lane: psycopg.Connection[tuple[str, ...]]) -> None:
    """What a lane does now and then; without it the plan would stay as it was."""
    numbered, _ = _numbered(statements.END_JOB.query.decode())
    lane.execute(f"PREPARE end_job AS {numbered}".encode())
    nothing = ", ".join(["'{}'"] * len(statements.END_JOB.columns))
    lane.execute(f"EXPLAIN EXECUTE end_job({nothing})".encode())
    fill(lane, 20_000)
    lane.execute(b"DISCARD PLANS")
    lines = lane.execute(f"EXPLAIN EXECUTE end_job({nothing})".encode()).fetchall()
    assert not reads_whole_table("\n".join(line for (line,) in lines))
