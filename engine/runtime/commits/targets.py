"""From the key of a job, timer, incident, … to its instance, for those that are not in memory."""

from __future__ import annotations

from collections.abc import Sequence

from engine.runtime.commits.queue import Entry
from engine.runtime.postgres.database import Connection
from engine.store.load import key_parameters

_TABLES = {
    "job": ("job",),
    "user_task": ("user_task",),
    "incident": ("incident",),
    "timer": ("timer",),
    "element": ("element_instance", "process_instance"),
}
_INSTANCE = {"process_instance": "key"}


def _query(table: str) -> bytes:
    column = _INSTANCE.get(table, "process_instance_key")
    return (
        f"SELECT t.key, t.{column} FROM unnest(%b::integer[], %b::bigint[]) AS k (part, key) "  # noqa: S608
        f"JOIN {table} AS t ON t.part = k.part AND t.key = k.key"
    ).encode()


_QUERIES = {kind: [_query(table) for table in tables] for kind, tables in _TABLES.items()}


async def find_instances(connection: Connection, entries: Sequence[Entry]) -> dict[tuple[str, int], int]:
    """Instance keys by kind and key of the target; what does not exist is missing."""
    keys: dict[str, list[int]] = {}
    for entry in entries:
        keys.setdefault(entry.command.target_kind, []).append(entry.command.target)
    found: dict[tuple[str, int], int] = {}
    for kind, wanted in keys.items():
        for query in _QUERIES[kind]:
            cursor = await connection.execute(query, key_parameters(wanted))
            found.update({(kind, key): instance for key, instance in await cursor.fetchall()})
    return found
