"""Sandboxes and scenarios in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import select

from engine.machine.commands import Rejection
from engine.runtime.postgres.database import Database
from engine.sandbox import Source
from engine.sandbox.sandbox import Taken
from engine.sandbox.steps import AnyStep
from engine.store.search import Reader
from web.tables import play_sandbox, play_scenario

#: How long a sandbox that nobody uses is kept.
KEPT = timedelta(days=14)
MAX_NAME = 200


class Stored(NamedTuple):
    """A sandbox as it is stored: all that its state follows from. `beginning` in milliseconds since the epoch."""

    key: int
    owner: str
    name: str
    process_id: str
    model_key: int | None
    sources: list[Source]
    beginning: int
    steps: list[AnyStep]
    revision: int


class Entry(NamedTuple):
    """A sandbox in a list."""

    key: int
    name: str
    process_id: str
    used_at: datetime


class Scenario(NamedTuple):
    """Steps that were kept under a name, for a process."""

    process_id: str
    name: str
    beginning: int
    taken: list[Taken]
    changed_by: str
    changed_at: datetime


_INSERT = """
    INSERT INTO play_sandbox (key, owner, name, process_id, model_key, sources, beginning, steps, revision, used_at)
    VALUES (%(key)s, %(owner)s, %(name)s, %(process_id)s, %(model_key)s, %(sources)s, %(beginning)s, %(steps)s, 1,
            %(now)s)
"""
_SAVE = """
    UPDATE play_sandbox
    SET steps = %(steps)s, sources = %(sources)s, beginning = %(beginning)s, revision = revision + 1, used_at = %(now)s
    WHERE key = %(key)s AND revision = %(revision)s
    RETURNING revision
"""
_DELETE = "DELETE FROM play_sandbox WHERE key = %(key)s AND owner = %(owner)s"
_DELETE_OLD = "DELETE FROM play_sandbox WHERE used_at < %(before)s"
_KEEP = """
    INSERT INTO play_scenario (process_id, name, beginning, taken, changed_by, changed_at)
    VALUES (%(process_id)s, %(name)s, %(beginning)s, %(taken)s, %(who)s, %(now)s)
    ON CONFLICT (process_id, name) DO UPDATE
    SET beginning = excluded.beginning, taken = excluded.taken, changed_by = excluded.changed_by,
        changed_at = excluded.changed_at
"""
_DELETE_SCENARIO = "DELETE FROM play_scenario WHERE process_id = %(process_id)s AND name = %(name)s"

_encode = msgspec.json.encode
_steps = msgspec.json.Decoder(list[AnyStep]).decode
_taken = msgspec.json.Decoder(list[Taken]).decode
_pack = msgspec.msgpack.encode
_sources = msgspec.msgpack.Decoder(list[Source]).decode


class Store:
    """Reads through `reader`, writes through `database`."""

    def __init__(self, database: Database, reader: Reader) -> None:
        self._database = database
        self._reader = reader

    # ---- Sandboxes --------------------------------------------------------------------------------------------------

    async def create(self, sandbox: Stored) -> None:
        """Store a new sandbox; those that nobody has used for long go."""
        now = datetime.now(UTC)
        async with self._database.borrow() as connection:
            await connection.execute(_DELETE_OLD, {"before": now - KEPT})
            await connection.execute(_INSERT, _values(sandbox) | {"now": now})

    async def sandbox(self, key: int, owner: str) -> Stored:
        """Raises Rejection (NOT_FOUND) where it is not there, or somebody else's."""
        columns = [play_sandbox.c[name] for name in Stored._fields]
        found = select(*columns).where(play_sandbox.c.key == key, play_sandbox.c.owner == owner)
        rows = await self._reader.rows(found)
        if not rows:
            reason = "There is no such sandbox of yours: it may have been removed because it was not used for long."
            raise Rejection("NOT_FOUND", reason)
        raw: Any = Stored(*rows[0])
        stored: Stored = raw._replace(sources=_sources(raw.sources), steps=_steps(raw.steps))
        return stored

    async def sandboxes(self, owner: str) -> list[Entry]:
        """Those of a person, the last used first."""
        columns = [play_sandbox.c[name] for name in Entry._fields]
        found = select(*columns).where(play_sandbox.c.owner == owner).order_by(play_sandbox.c.used_at.desc()).limit(50)
        return [Entry(*row) for row in await self._reader.rows(found)]

    async def save(self, sandbox: Stored) -> int:
        """Store changed steps; answers the new revision. Raises Rejection where it was changed elsewhere meanwhile."""
        values = _values(sandbox) | {"now": datetime.now(UTC)}
        async with self._database.borrow() as connection:
            row = await (await connection.execute(_SAVE, values)).fetchone()
        if row is None:
            raise moved_on()
        return int(row[0])

    async def delete(self, key: int, owner: str) -> None:
        """Remove a sandbox; nothing happens if it is gone already."""
        await self._execute(_DELETE, {"key": key, "owner": owner})

    # ---- Scenarios --------------------------------------------------------------------------------------------------

    async def keep(self, scenario: Scenario) -> None:
        """Keep steps under a name, instead of those that were kept under it before. Raises Rejection."""
        name = scenario.name.strip()
        if not name or len(name) > MAX_NAME:
            reason = f"Expected a name for the scenario, of 1 to {MAX_NAME} characters, but it has {len(name)}."
            raise Rejection("INVALID_ARGUMENT", reason)
        values = scenario._asdict() | {
            "name": name,
            "taken": _encode(scenario.taken).decode(),
            "who": scenario.changed_by,
            "now": scenario.changed_at,
        }
        await self._execute(_KEEP, values)

    async def scenarios(self, process_id: str) -> list[Scenario]:
        """All scenarios of a process, by name."""
        columns = [play_scenario.c[name] for name in Scenario._fields]
        found = select(*columns).where(play_scenario.c.process_id == process_id).order_by(play_scenario.c.name)
        raw: list[Any] = [Scenario(*row) for row in await self._reader.rows(found)]
        return [each._replace(taken=_taken(each.taken)) for each in raw]

    async def scenario(self, process_id: str, name: str) -> Scenario:
        """Raises Rejection (NOT_FOUND)."""
        found = next((each for each in await self.scenarios(process_id) if each.name == name), None)
        if found is None:
            raise Rejection("NOT_FOUND", f"The process '{process_id}' has no scenario '{name}' any more.")
        return found

    async def delete_scenario(self, process_id: str, name: str) -> None:
        """Remove a scenario; nothing happens if it is gone already."""
        await self._execute(_DELETE_SCENARIO, {"process_id": process_id, "name": name})

    async def _execute(self, statement: str, values: dict[str, Any]) -> None:
        async with self._database.borrow() as connection:
            await connection.execute(statement, values)


def moved_on() -> Rejection:
    """The answer to whoever acts on what is not so any more."""
    reason = "Nothing was done: the sandbox has moved on in another tab. Load the page again to see it."
    return Rejection("INVALID_STATE", reason)


def _values(sandbox: Stored) -> dict[str, Any]:
    steps: Sequence[AnyStep] = sandbox.steps
    return sandbox._asdict() | {"sources": _pack(sandbox.sources), "steps": _encode(steps).decode()}
