"""Repeating a start is safe: under the same idempotency key it gets the first answer, and starts nothing.

The key's row is written in the transaction that creates the instance, so both are there or neither is. A
repeat that comes while the first is still under way, in this process or another, waits for it and then
finds the row. Under one key only the same request is a repeat; another one is an error of the client's. A key is
remembered for a week (background/upkeep.py).
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from engine.machine.commands import Command, CreateInstance, Rejection
from engine.runtime.commits.batch import started
from engine.runtime.commits.participants import Participant
from engine.runtime.results import InstanceStarted
from engine.store import tables
from engine.store.arrays import Int8Array
from engine.store.asking import ask, run
from engine.store.batch import Row, Statement, delete, insert
from engine.store.keys import part_of_text

if TYPE_CHECKING:
    from engine.runtime.commits.batch import Batch
    from engine.runtime.commits.queue import Entry

_TABLE = tables.idempotency_key
_INSERT = insert(
    _TABLE, ["part", "tenant_id", "key", "request", "process_instance_key", "answer", "created_at"]
)
_DELETE = delete(_TABLE)

#: The requests and answers that are known under these keys.
FIND = Statement(
    "find idempotency keys",
    "SELECT t.part, t.tenant_id, t.key, t.request, t.answer "
    "FROM unnest(%b::integer[], %b::text[], %b::text[]) AS u (part, tenant_id, key) "
    "JOIN idempotency_key t ON t.part = u.part AND t.tenant_id = u.tenant_id AND t.key = u.key",
    _DELETE.columns,
    _DELETE.arrays,
)

#: Claims keys, always in one order; answers the instances whose key was free.
CLAIM = Statement(
    "claim idempotency keys",
    f"{_INSERT.query.decode()} ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING RETURNING process_instance_key",
    _INSERT.columns,
    _INSERT.arrays,
)

#: Gives back keys of instances that were not created.
RELEASE = Statement(
    "release idempotency keys",
    "DELETE FROM idempotency_key t "
    "USING unnest(%b::integer[], %b::text[], %b::text[], %b::bigint[]) AS u (part, tenant_id, key, instance) "
    "WHERE t.part = u.part AND t.tenant_id = u.tenant_id AND t.key = u.key "
    "AND t.process_instance_key = u.instance",
    [*_DELETE.columns, "process_instance_key"],
    [*_DELETE.arrays, Int8Array],
)

_encode_request = msgspec.msgpack.Encoder(order="deterministic").encode
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(InstanceStarted).decode


def place_of(command: CreateInstance) -> Row:
    """The primary key of the row of its idempotency key."""
    assert command.idempotency_key is not None
    key = command.idempotency_key
    return part_of_text(command.tenant, key), command.tenant, key


def digest(command: CreateInstance) -> bytes:
    """What makes two requests the same: everything that was asked for, in whatever order it was written."""
    asked = msgspec.structs.replace(command, key=0, idempotency_key=None)
    return sha256(_encode_request(asked)).digest()


class Idempotency(Participant):
    """Answers repeated starts, and remembers the first ones."""

    async def admit(self, batch: Batch) -> None:
        keyed = [entry for entry in batch.creates if _create(entry).idempotency_key is not None]
        if not keyed:
            return
        new = await self._answer_known(batch, keyed)
        await self._claim(batch, [entry for entry in new if entry not in batch.outcomes])

    async def _answer_known(self, batch: Batch, keyed: list[Entry]) -> list[Entry]:
        rows = await ask(batch.connection, FIND, [place_of(_create(entry)) for entry in keyed])
        known = {tuple(row[:3]): row[3:] for row in rows}
        new: list[Entry] = []
        for entry in keyed:
            command = _create(entry)
            found = known.get(place_of(command))
            if found is None:
                new.append(entry)
            elif found[0] == digest(command):
                batch.answer(entry, _decode(found[1]))
            else:
                batch.reject(entry, _another_request(command))
        return new

    async def _claim(self, batch: Batch, new: list[Entry]) -> None:
        """Whoever does not get the key is tried again, and then finds the answer of whoever got it."""
        first: dict[Row, Entry] = {}
        for entry in new:
            first.setdefault(place_of(_create(entry)), entry)
        rows = [(*place, *_content(entry), batch.now) for place, entry in first.items()]
        claimed = {key for (key,) in await ask(batch.connection, CLAIM, rows)}
        for entry in new:
            if entry.instance_key not in claimed:
                batch.defer(entry)

    async def settle(self, batch: Batch) -> None:
        """Give back the keys of starts that did not happen."""
        failed = [
            entry
            for entry in (*batch.creates, *batch.again)
            if isinstance(entry.command, CreateInstance)
            and entry.command.idempotency_key is not None
            and entry.instance_key not in batch.touched
            and not isinstance(batch.outcomes.get(entry), InstanceStarted)
        ]
        await run(batch.connection, RELEASE, [(*place_of(_create(e)), e.instance_key) for e in failed])


def _create(entry: Entry) -> CreateInstance:
    command: Command = entry.command
    assert isinstance(command, CreateInstance)
    return command


def _content(entry: Entry) -> tuple[bytes, int, bytes]:
    return digest(_create(entry)), entry.instance_key, _encode(started(entry))


def _another_request(command: CreateInstance) -> Rejection:
    return Rejection(
        "ALREADY_EXISTS",
        f"The idempotency key '{command.idempotency_key}' belongs to another request: expected the same "
        "process, variables and options as the first time. Use a new key for a new start.",
    )
