"""Instances that wait, and instances that have ended, a million of them in a minute or two.

One instance of each kind is started by the engine and comes to rest. Its rows are then copied inside PostgreSQL, with
keys, dates and variables of their own: so they are the rows that the engine writes, and `wake` proves it, for some of
each kind are loaded by a runtime and brought to their end. (Only the log's events, which nobody reads of an instance
that was never in memory, keep the keys of the first one.)

    for people      a user task
    for a worker    a job that nobody asks for
    for a date      a timer in some weeks
    for a message   a subscription with a correlation key of its own
    completed       a job that was done
    canceled        a job that nobody did in time
    stuck           a job without retries, and its incident
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import psycopg
from psycopg import sql

from engine.machine.commands import (
    DEFAULT_TENANT,
    CancelInstance,
    CompleteJob,
    CompleteUserTask,
    CorrelateMessage,
    CreateInstance,
    FailJob,
    TriggerTimer,
)
from engine.runtime.runtime import Runtime
from engine.store import tables
from engine.store.keys import BLOCK, PART_SHIFT, PARTS, TAKE_BLOCKS
from engine.store.messages import message_part
from tests.models import model

MESSAGE = "paid"
COPIED = (
    tables.process_instance,
    tables.element_instance,
    tables.variable,
    tables.job,
    tables.user_task,
    tables.timer,
    tables.event_subscription,
    tables.message_subscription,
    tables.incident,
    tables.log,
)
#: Columns of keys that are not the instance's own.
_FOREIGN = frozenset({"process_definition_key", "form_key"})
_VARIABLES = {"order": "order-0", "amount": 12, "customer": {"name": "Ada", "city": "London"}}

_DIAGRAMS = {
    "for_people": '<userTask id="wait"><extensionElements><zeebe:userTask/></extensionElements></userTask>',
    "for_worker": '<serviceTask id="wait"><extensionElements><zeebe:taskDefinition type="some_day"/>'
    "</extensionElements></serviceTask>",
    "for_date": '<intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>P6W</timeDuration>'
    "</timerEventDefinition></intermediateCatchEvent>",
    "for_message": '<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/>'
    "</intermediateCatchEvent>",
}
_MESSAGE = (
    f'<message id="m" name="{MESSAGE}"><extensionElements><zeebe:subscription correlationKey="=order"/>'
    "</extensionElements></message>"
)
WAITING = tuple(_DIAGRAMS)
ENDED = ("completed", "canceled", "stuck")
_DIAGRAMS |= {
    kind: f'<serviceTask id="wait"><extensionElements><zeebe:taskDefinition type="{kind}"/></extensionElements>'
    "</serviceTask>"
    for kind in ENDED
}
#: Of a hundred instances in a database that has been used for long.
USED = {"completed": 70, "canceled": 5, "stuck": 1, **dict.fromkeys(WAITING, 6)}


class Copies(NamedTuple):
    """How the keys of copies follow from those of the first instance.

    Copy n (from 1 to `count`) of a key with counter c has the counter `first` + (n - 1) * `stride` + c - `base`.
    """

    instance: int
    base: int
    stride: int
    first: int
    count: int

    def key(self, n: int) -> int:
        """The key of a copied instance."""
        counter = self.first + (n - 1) * self.stride
        return (counter // BLOCK % PARTS) << PART_SHIFT | counter


def _diagram(kind: str) -> bytes:
    elements = f'<startEvent id="start"/>{_DIAGRAMS[kind]}<endEvent id="end"/>'
    return model(elements, "start -> wait -> end", id=kind, roots=_MESSAGE if kind == "for_message" else "")


async def fill(url: str, count: int, shares: dict[str, int] | None = None) -> dict[str, Copies]:
    """Write about `count` instances; where they are, by kind. Without `shares` they all wait, as many of each kind."""
    shares = shares or dict.fromkeys(WAITING, 1)
    async with Runtime.open(url) as runtime:
        await runtime.deploy([(f"{kind}.bpmn", _diagram(kind)) for kind in shares])
        firsts = {kind: await _first(runtime, kind) for kind in shares}
    with psycopg.connect(url) as connection:
        indexes = _drop_indexes(connection)
        copies = {
            kind: _plan(connection, key, count * shares[kind] // sum(shares.values())) for kind, key in firsts.items()
        }
        for each in copies.values():
            _copy(connection, each)
        for index in indexes:
            connection.execute(index)
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    return copies


async def _first(runtime: Runtime, kind: str) -> int:
    """The instance whose rows are copied."""
    started = await runtime.execute(CreateInstance(process_id=kind, variables=_VARIABLES))
    key: int = started.process_instance_key
    if kind == "canceled":
        await runtime.execute(CancelInstance(process_instance_key=key))
    elif kind in ENDED:
        (job,) = await runtime.activate_jobs(kind, "worker", 60_000, 1, request_timeout=-1)
        done = CompleteJob(job_key=job.key) if kind == "completed" else FailJob(job_key=job.key, retries=0)
        await runtime.execute(done)
    return key


def _drop_indexes(connection: psycopg.Connection[Any]) -> list[bytes]:
    """All but the unique ones of the tables that are written; what makes them again once the rows are there."""
    rows = connection.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "WHERE i.indrelid = any(%s::regclass[]) AND NOT i.indisprimary AND NOT i.indisunique",
        [[f'"{table.name}"' for table in COPIED]],
    ).fetchall()
    connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for name, _ in rows:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.SQL(name)))
    return [definition.encode() for _, definition in rows]


def _plan(connection: psycopg.Connection[Any], instance: int, count: int) -> Copies:
    """Reserve keys. Those of the first instance are consecutive, since nothing else was done meanwhile."""
    last = 0
    for table in COPIED:
        if "key" in table.c:
            query = sql.SQL("SELECT max(key) FROM {} WHERE {} = %s").format(
                sql.Identifier(table.name), sql.Identifier(_owner(table))
            )
            last = max(last, cast(Any, connection.execute(query, [instance]).fetchone())[0] or 0)
    stride = last - instance + 1
    assert 0 < stride < 60
    blocks = stride * count // BLOCK + 1
    first = cast(Any, connection.execute(TAKE_BLOCKS, {"count": blocks}).fetchone())[0] * BLOCK
    return Copies(instance, instance & (1 << PART_SHIFT) - 1, stride, first, count)


def _owner(table: Any) -> str:
    return "key" if table is tables.process_instance else "process_instance_key"


def _copy(connection: psycopg.Connection[Any], copies: Copies) -> None:
    _write_parts(connection, copies.count)
    for table in COPIED:
        columns = [column.name for column in table.columns]
        query = sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {values} FROM parts AS p "
            "JOIN {table} AS t ON t.{owner} = {instance} ORDER BY n"
        ).format(
            table=sql.Identifier(table.name),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            values=sql.SQL(", ").join([_value(table, column, copies) for column in columns]),
            owner=sql.Identifier(_owner(table)),
            instance=copies.instance,
        )
        connection.execute(query)
    connection.execute("DROP TABLE parts")


def _write_parts(connection: psycopg.Connection[Any], count: int) -> None:
    """The numbers of the copies, and the part of each one's message, which only Python makes from its key."""
    connection.execute("CREATE TEMPORARY TABLE parts (n bigint PRIMARY KEY, of_message integer)")
    with connection.cursor().copy("COPY parts FROM STDIN") as writer:
        for n in range(1, count + 1):
            writer.write_row((n, message_part(DEFAULT_TENANT, MESSAGE, f"order-{n}")))
    connection.execute("ANALYZE parts")


def _value(table: Any, column: str, copies: Copies) -> sql.Composable:
    """What a column of a copy holds."""
    own = sql.SQL("t.{}").format(sql.Identifier(column))
    if column == "part" and table is tables.message_subscription:
        return sql.SQL("p.of_message")
    if column == "part":
        return sql.SQL("({})::int").format(_part(copies))
    if column == "correlation_key":
        return sql.SQL("'order-' || n")
    if column == "value":
        return sql.SQL("CASE t.name WHEN 'order' THEN to_json('order-' || n)::text ELSE t.value END")
    if column == "scope_keys":
        return sql.SQL("ARRAY(SELECT {} FROM unnest(t.scope_keys) AS k)").format(_moved(sql.SQL("k"), copies))
    if (column == "key" or column.endswith("_key")) and column not in _FOREIGN:
        return _moved(own, copies)
    if column.endswith("_at") and column != "due_at":
        return sql.SQL("{} - ({} - n) * interval '1 second'").format(own, copies.count)
    return own


def _counter(copies: Copies) -> sql.Composable:
    return sql.SQL("({} + (n - 1) * {})").format(copies.first, copies.stride)


def _part(copies: Copies) -> sql.Composable:
    return sql.SQL("{} / {} % {}").format(_counter(copies), BLOCK, PARTS)


def _moved(key: sql.Composable, copies: Copies) -> sql.Composable:
    """A key of the first instance, as the copy has it."""
    return sql.SQL("(({part}) << {shift} | ({counter} + ({key} & {mask}) - {base}))").format(
        part=_part(copies),
        shift=PART_SHIFT,
        counter=_counter(copies),
        key=key,
        mask=(1 << PART_SHIFT) - 1,
        base=copies.base,
    )


async def wake(url: str, copies: dict[str, Copies], each: int) -> int:
    """Bring some of each kind to their end, through a runtime that reads them; how many did."""
    ended = 0
    async with Runtime.open(url) as runtime:
        for kind, copied in copies.items():
            for n in (1 + index * (copied.count - 1) // max(each - 1, 1) for index in range(each)):
                await _wake(runtime, kind, copied.key(n), n)
                outcome = await runtime.completion(copied.key(n), 5)
                assert outcome is not None, f"{kind} {n} has not ended"
                assert outcome.completed
                assert outcome.variables["order"] == f'"order-{n}"', outcome.variables
                ended += 1
    return ended


async def _wake(runtime: Runtime, kind: str, key: int, n: int) -> None:
    if kind == "for_message":
        await runtime.execute(CorrelateMessage(name=MESSAGE, correlation_key=f"order-{n}"))
        return
    table = {"for_people": "user_task", "for_worker": "job", "for_date": "timer"}[kind]
    query = sql.SQL("SELECT key FROM {} WHERE process_instance_key = %s").format(sql.Identifier(table))
    async with runtime.database.borrow() as connection:
        row = await (await connection.execute(query, [key])).fetchone()
    assert row is not None, f"{kind} {n} has no {table}"
    if kind == "for_people":
        await runtime.execute(CompleteUserTask(user_task_key=row[0]))
    elif kind == "for_worker":
        await runtime.execute(CompleteJob(job_key=row[0]))
    else:
        await runtime.execute(TriggerTimer(timer_key=row[0]))
