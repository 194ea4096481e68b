"""The rows of batch operations and of their items.

An item is locked and looked at again in the transaction that carries out its command, and its row is changed there:
so that it is done once, whoever tries it and however often.
"""

# ruff: noqa: S608  (every part of a query is a constant)

from __future__ import annotations

from enum import IntEnum

from engine.store.arrays import Int4Array, Int8Array, TimeArray
from engine.store.batch import Statement


class BatchState(IntEnum):
    """Below SUSPENDED there is something to do; COMPLETED and CANCELED are the end."""

    CREATED = 0
    ACTIVE = 1
    SUSPENDED = 2
    COMPLETED = 3
    CANCELED = 4


class ItemState(IntEnum):
    ACTIVE = 0
    COMPLETED = 1
    FAILED = 2
    CANCELED = 3


INSERT = """
    INSERT INTO batch_operation (key, type, instructions, state, total, created_at, worked_at)
    VALUES (%(key)s, %(type)s, %(instructions)s, 0, %(total)s, %(now)s, %(now)s)
"""

#: Operations with something to do, the one that has waited longest first.
OPEN = """
    SELECT key, type, instructions FROM batch_operation WHERE state < 2 AND worked_at <= %(before)s
    ORDER BY worked_at, key LIMIT %(limit)s
"""

#: A portion of what is left to do of one operation; of an incident also its job, if that has no retries.
OPEN_ITEMS = """
    SELECT t.item_key, t.part, j.key FROM batch_operation_item t
    LEFT JOIN incident i ON i.part = t.part AND i.key = t.item_key
    LEFT JOIN job j ON j.part = i.part AND j.key = i.job_key AND j.retries < 1
    WHERE t.batch_operation_key = %(key)s AND t.state = 0 ORDER BY t.item_key LIMIT %(limit)s
"""

#: A portion has been done.
MOVE_ON = """
    UPDATE batch_operation SET state = 1, started_at = coalesce(started_at, %(now)s), worked_at = %(now)s
    WHERE key = %(key)s AND state < 2
"""

_COUNTS = """
    completed = (SELECT count(*) FROM batch_operation_item WHERE batch_operation_key = %(key)s AND state = 1),
    failed = (SELECT count(*) FROM batch_operation_item WHERE batch_operation_key = %(key)s AND state = 2)
"""

#: Nothing is left to do.
COMPLETE = f"""
    UPDATE batch_operation SET state = 3, started_at = coalesce(started_at, %(now)s), ended_at = %(now)s, {_COUNTS}
    WHERE key = %(key)s AND state < 2
"""

#: What came of an item that was no command, or whose command was refused.
END_ITEM = """
    UPDATE batch_operation_item SET state = %(state)s, error_message = %(reason)s, processed_at = %(now)s
    WHERE part = %(part)s AND batch_operation_key = %(key)s AND item_key = %(item)s AND state = 0
"""

READ_STATE = "SELECT state FROM batch_operation WHERE key = %(key)s FOR UPDATE"
CHANGE_STATE = "UPDATE batch_operation SET state = %(state)s, worked_at = %(now)s WHERE key = %(key)s"
#: Locks in the order in which LOCK_ITEMS does.
CANCEL_ITEMS = """
    WITH open AS (
        SELECT part, item_key FROM batch_operation_item WHERE batch_operation_key = %(key)s AND state = 0
        ORDER BY part, item_key FOR UPDATE
    )
    UPDATE batch_operation_item t SET state = 3, processed_at = %(now)s
    FROM open o WHERE t.part = o.part AND t.batch_operation_key = %(key)s AND t.item_key = o.item_key
"""
CANCEL = f"UPDATE batch_operation SET state = 4, ended_at = %(now)s, {_COUNTS} WHERE key = %(key)s"

_MATCH = "t.part = u.part AND t.batch_operation_key = u.batch AND t.item_key = u.item AND t.state = 0"

#: Locks those of the items that are still to be done, and answers them.
LOCK_ITEMS = Statement(
    "lock batch operation items",
    "SELECT t.batch_operation_key, t.item_key "
    "FROM unnest(%b::integer[], %b::bigint[], %b::bigint[]) AS u (part, batch, item) "
    f"JOIN batch_operation_item AS t ON {_MATCH} "
    "ORDER BY t.part, t.batch_operation_key, t.item_key FOR UPDATE OF t",
    ["part", "batch_operation_key", "item_key"],
    [Int4Array, Int8Array, Int8Array],
)

#: The commands of these items have been carried out.
COMPLETE_ITEMS = Statement(
    "complete batch operation items",
    "UPDATE batch_operation_item AS t SET state = 1, processed_at = u.at "
    "FROM unnest(%b::integer[], %b::bigint[], %b::bigint[], %b::timestamptz[]) AS u (part, batch, item, at) "
    f"WHERE {_MATCH}",
    ["part", "batch_operation_key", "item_key", "processed_at"],
    [Int4Array, Int8Array, Int8Array, TimeArray],
)
