"""The rows of messages: what is buffered, who waits, who got what, and the locks that keep them in step.

Everything about one message stands in one part, made from its tenant, name and correlation key
(`message_part`), and whoever publishes it or opens a subscription for it holds the lock row of that part
until COMMIT. So a message that arrives while its subscription opens is never missed: one of the two sees the
other.

A statement here takes one array per column; `position` in an answer counts the given rows from 1.
"""

# ruff: noqa: S608  (every part of a query is a constant of this module)

from __future__ import annotations

from collections.abc import Sequence

from engine.store import tables
from engine.store.arrays import ArrayParameter, Int4Array, Int8Array, NameArray, TextArray, TimeArray
from engine.store.batch import Statement, insert
from engine.store.load import milliseconds
from engine.store.rows import message_part

__all__ = ["message_part"]

_MESSAGE = "(part, tenant, name, correlation_key"
_MESSAGE_ARRAYS = (Int4Array, NameArray, TextArray, TextArray)


def _source(columns: str, arrays: Sequence[type[ArrayParameter]], ordinality: bool = True) -> str:
    casts = ", ".join(f"%b::{array.type_name}" for array in arrays)
    return f"unnest({casts}) {'WITH ORDINALITY ' if ordinality else ''}AS k {columns}"


def _statement(name: str, query: str, columns: str, *arrays: type[ArrayParameter]) -> Statement:
    return Statement(name, query, columns.split(), arrays)


#: Waits until nobody else publishes or subscribes in these parts; in one order, so nobody waits in a circle.
LOCK_PARTS = _statement(
    "lock message parts",
    f"SELECT 1 FROM (SELECT DISTINCT part FROM {_source('(part)', [Int4Array], False)}) k "
    "JOIN message_lock l ON l.part = k.part ORDER BY l.part FOR UPDATE OF l",
    "part",
    Int4Array,
)

# ---- Publishing --------------------------------------------------------------------------------------------

#: Makes room for a message id whose message has outlived its time but is not removed yet.
DELETE_EXPIRED_TWINS = _statement(
    "delete expired messages of the same id",
    "DELETE FROM message m USING "
    + _source(f"{_MESSAGE}, message_id, now)", [*_MESSAGE_ARRAYS, TextArray, TimeArray], False)
    + " WHERE m.part = k.part AND m.tenant_id = k.tenant AND m.name = k.name "
    "AND m.correlation_key = k.correlation_key AND m.message_id = k.message_id AND m.expires_at <= k.now",
    "part tenant name correlation_key message_id now",
    *_MESSAGE_ARRAYS,
    TextArray,
    TimeArray,
)

#: The messages whose id is taken by another that still lives.
FIND_TWINS = _statement(
    "find living messages of the same id",
    f"SELECT k.position FROM {_source(f'{_MESSAGE}, message_id, position)', [*_MESSAGE_ARRAYS, TextArray])} "
    "JOIN message m ON m.part = k.part AND m.tenant_id = k.tenant AND m.name = k.name "
    "AND m.correlation_key = k.correlation_key AND m.message_id = k.message_id",
    "part tenant name correlation_key message_id",
    *_MESSAGE_ARRAYS,
    TextArray,
)

#: Buffers messages; answers the keys of those whose id was free.
_BUFFER = insert(
    tables.message,
    [
        "part", "key", "tenant_id", "name", "correlation_key", "message_id", "variables", "business_id",
        "published_at", "expires_at",
    ],
)  # fmt: skip
BUFFER = Statement(
    "buffer messages",
    f"{_BUFFER.query.decode()} ON CONFLICT DO NOTHING RETURNING key",
    _BUFFER.columns,
    _BUFFER.arrays,
)

#: Who waits for each message: of every process the oldest `places` subscriptions.
FIND_SUBSCRIPTIONS = _statement(
    "find subscriptions of messages",
    "SELECT position, key, process_instance_key, process_definition_key, element_instance_key, node_id, "
    "process_id FROM (SELECT k.position, k.places, s.*, row_number() OVER "
    "(PARTITION BY k.position, s.process_id ORDER BY s.created_at, s.key) AS place "
    f"FROM {_source(f'{_MESSAGE}, places, position)', [*_MESSAGE_ARRAYS, Int4Array])} "
    "JOIN message_subscription s ON s.part = k.part AND s.tenant_id = k.tenant AND s.name = k.name "
    "AND s.correlation_key = k.correlation_key AND s.state = 'CREATED') found "
    "WHERE place <= places ORDER BY position, created_at, key",
    "part tenant name correlation_key places",
    *_MESSAGE_ARRAYS,
    Int4Array,
)

#: The message start events of latest versions that each message name starts; with each the oldest instance that
#: began there by something else and waits for the message without a correlation key (in `keyless_part`).
FIND_STARTS = _statement(
    "find message start events",
    "SELECT k.position, s.key, s.process_definition_key, s.process_id, s.element_id, "
    "w.key, w.process_instance_key, w.process_definition_key, w.element_instance_key "
    f"FROM {_source('(tenant, name, keyless_part, position)', [NameArray, TextArray, Int4Array])} "
    "JOIN start_subscription s ON s.tenant_id = k.tenant AND s.kind = 'message' AND s.name = k.name "
    "LEFT JOIN LATERAL (SELECT * FROM message_subscription m WHERE m.part = k.keyless_part "
    "AND m.tenant_id = k.tenant AND m.name = k.name AND m.correlation_key = '' AND m.state = 'CREATED' "
    "AND m.process_id = s.process_id AND m.node_id = s.element_id ORDER BY m.created_at, m.key LIMIT 1) w ON true "
    "ORDER BY k.position, s.key",
    "tenant name keyless_part",
    NameArray,
    TextArray,
    Int4Array,
)

#: The instances of a process that began at a start event by something else and wait for a message without a key.
FIND_KEYLESS = _statement(
    "find keyless waiting",
    "SELECT m.key, m.process_instance_key, m.name FROM "
    + _source("(part, tenant, name, process_id, element_id)", [*_MESSAGE_ARRAYS[:3], NameArray, TextArray], False)
    + " JOIN message_subscription m ON m.part = k.part AND m.tenant_id = k.tenant AND m.name = k.name "
    "AND m.correlation_key = '' AND m.state = 'CREATED' AND m.process_id = k.process_id AND m.node_id = k.element_id",
    "part tenant name process_id element_id",
    *_MESSAGE_ARRAYS[:3],
    NameArray,
    TextArray,
)

_TAKE_START = insert(
    tables.message_start_lock, ["part", "tenant_id", "process_id", "correlation_key", "process_instance_key"]
)
#: Claims correlation keys for instances to be started; answers the keys of the instances that got theirs.
TAKE_STARTS = Statement(
    "take message start locks",
    f"{_TAKE_START.query.decode()} ORDER BY 1, 2, 3, 4 ON CONFLICT DO NOTHING RETURNING process_instance_key",
    _TAKE_START.columns,
    _TAKE_START.arrays,
)

_MARK = insert(tables.message_correlation, ["part", "message_key", "process_id", "process_instance_key"])
#: Notes that messages have reached processes; only buffered ones could reach them again.
MARK_CORRELATED = Statement(
    "mark correlated messages",
    f"{_MARK.query.decode()} "
    "WHERE EXISTS (SELECT 1 FROM message m WHERE m.part = u.part AND m.key = u.message_key)",
    _MARK.columns,
    _MARK.arrays,
)

#: Keeps who received what, for history and for taking it back.
KEEP_CORRELATED = insert(
    tables.correlated_message,
    [
        "part", "message_key", "subscription_key", "process_instance_key", "process_definition_key",
        "element_instance_key", "element_id", "process_id", "tenant_id", "name", "correlation_key",
        "correlated_at",
    ],
)  # fmt: skip

# ---- Subscribing -------------------------------------------------------------------------------------------

_UNSEEN = (
    "m.expires_at > k.now AND NOT EXISTS (SELECT 1 FROM message_correlation c "
    "WHERE c.part = m.part AND c.message_key = m.key AND c.process_id = k.process_id)"
)

#: For each name and key, and process that waits for it: the oldest `places` buffered messages it has not had.
FIND_BUFFERED = _statement(
    "find buffered messages",
    "SELECT k.position, m.key, m.variables, m.business_id, m.published_at FROM "
    + _source(
        f"{_MESSAGE}, process_id, places, now, position)", [*_MESSAGE_ARRAYS, NameArray, Int4Array, TimeArray]
    )
    + " CROSS JOIN LATERAL (SELECT m.key, m.variables, m.business_id, m.published_at FROM message m "
    "WHERE m.part = k.part AND m.tenant_id = k.tenant AND m.name = k.name "
    f"AND m.correlation_key = k.correlation_key AND {_UNSEEN} "
    "ORDER BY m.published_at, m.key LIMIT k.places) m ORDER BY k.position, m.published_at, m.key",
    "part tenant name correlation_key process_id places now",
    *_MESSAGE_ARRAYS,
    NameArray,
    Int4Array,
    TimeArray,
)

# ---- The end of an instance that a message started ---------------------------------------------------------

#: The correlation keys that ended instances hold, with the messages that start their process now.
FIND_HELD_STARTS = _statement(
    "find held message start locks",
    "SELECT l.part, l.tenant_id, l.process_id, l.correlation_key, l.process_instance_key, "
    "s.name, s.key, s.process_definition_key, s.element_id "
    f"FROM {_source('(key)', [Int8Array], False)} "
    "JOIN message_start_lock l ON l.process_instance_key = k.key "
    "LEFT JOIN start_subscription s ON s.tenant_id = l.tenant_id AND s.kind = 'message' "
    "AND s.process_id = l.process_id ORDER BY l.part, l.tenant_id, l.process_id, l.correlation_key",
    "key",
    Int8Array,
)

_START_LOCK = ("part tenant_id process_id correlation_key", Int4Array, NameArray, NameArray, TextArray)

#: Gives correlation keys free.
RELEASE_STARTS = _statement(
    "release message start locks",
    "DELETE FROM message_start_lock l USING "
    + _source("(part, tenant_id, process_id, correlation_key)", _START_LOCK[1:], False)
    + " WHERE l.part = k.part AND l.tenant_id = k.tenant_id AND l.process_id = k.process_id "
    "AND l.correlation_key = k.correlation_key",
    *_START_LOCK,
)

# ---- What could not be delivered ---------------------------------------------------------------------------

#: Takes back that messages reached these instances; answers what was taken back.
TAKE_BACK = _statement(
    "take back correlated messages",
    "DELETE FROM correlated_message c USING "
    + _source("(part, message_key, process_instance_key)", [Int4Array, Int8Array, Int8Array], False)
    + " WHERE c.part = k.part AND c.message_key = k.message_key "
    "AND c.process_instance_key = k.process_instance_key "
    "RETURNING c.message_key, c.process_instance_key, c.subscription_key, c.process_id, c.tenant_id, c.name, "
    "c.correlation_key",
    "part message_key process_instance_key",
    Int4Array,
    Int8Array,
    Int8Array,
)

#: Lets a buffered message reach the process again.
UNMARK_CORRELATED = _statement(
    "unmark correlated messages",
    "DELETE FROM message_correlation c USING "
    + _source("(part, message_key, process_id)", [Int4Array, Int8Array, NameArray], False)
    + " WHERE c.part = k.part AND c.message_key = k.message_key AND c.process_id = k.process_id",
    "part message_key process_id",
    Int4Array,
    Int8Array,
    NameArray,
)

# ---- Expiry ------------------------------------------------------------------------------------------------

#: Forgets up to `limit` messages whose time is over, and whom they reached.
EXPIRE = """
    WITH expired AS (
        DELETE FROM message WHERE (part, key) IN (
            SELECT part, key FROM message WHERE expires_at <= %(now)s ORDER BY expires_at
            LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        ) RETURNING part, key
    ), forgotten AS (
        DELETE FROM message_correlation c USING expired e WHERE c.part = e.part AND c.message_key = e.key
    )
    SELECT count(*) FROM expired
"""

#: When the next message expires.
NEXT_EXPIRY = f"SELECT {milliseconds('min(expires_at)')} FROM message"
