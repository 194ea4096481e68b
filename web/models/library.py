"""The drafts and their versions, in PostgreSQL.

Every change of a draft names the revision that it is based on and is made by one statement, so that of two who save
the same revision one wins and the other gets a Conflict, with nothing overwritten.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select

from engine.runtime.postgres.database import Connection, Database
from engine.store.search import Reader
from web.models.blanks import NewModel
from web.models.contents import Kind, read_contents
from web.tables import model, model_version

MAX_NAME = 200
GONE = "There is no such model: it may have been deleted."


class NoSuchModel(Exception):
    """The model or version is not there; it may have been deleted."""


class InvalidName(Exception):
    """A name that cannot be taken; the message says why."""


class Conflict(Exception):
    """Somebody has changed the draft since; nothing was written."""

    def __init__(self, revision: int, changed_by: str, changed_at: datetime) -> None:
        super().__init__(f"{changed_by} has changed this model since you opened it; your change was not saved.")
        self.revision = revision
        self.changed_by = changed_by
        self.changed_at = changed_at


class Summary(NamedTuple):
    """A model without its content."""

    key: int
    kind: Kind
    name: str
    revision: int
    checksum: bytes
    resource_ids: list[str]
    owner: str
    created_at: datetime
    changed_by: str
    changed_at: datetime


class Draft(NamedTuple):
    about: Summary
    content: str


class Version(NamedTuple):
    """A draft that was kept; `number` counts from 1 within its model."""

    number: int
    name: str
    created_by: str
    created_at: datetime


class Saved(NamedTuple):
    """What a change of a draft made of it."""

    revision: int
    changed_at: datetime


_SUMMARY = [model.c[name] for name in Summary._fields]
_VERSION = [model_version.c[name] for name in Version._fields]

_INSERT = """
    INSERT INTO model (key, kind, name, content, revision, checksum, resource_ids, owner, created_at, changed_by,
                       changed_at)
    VALUES (%(key)s, %(kind)s, %(name)s, %(content)s, 1, %(checksum)s, %(ids)s, %(who)s, %(now)s, %(who)s, %(now)s)
"""
_SAVE = """
    UPDATE model SET content = %(content)s, checksum = %(checksum)s, resource_ids = %(ids)s, revision = revision + 1,
                     changed_by = %(who)s, changed_at = %(now)s
    WHERE key = %(key)s AND revision = %(revision)s
    RETURNING revision, changed_at
"""
_LAST_CHANGE = "SELECT revision, changed_by, changed_at FROM model WHERE key = %(key)s"
_RENAME = "UPDATE model SET name = %(name)s WHERE key = %(key)s"
_DELETE = "DELETE FROM model WHERE key = %(key)s"
_LOCK = "SELECT content FROM model WHERE key = %(key)s AND revision = %(revision)s FOR UPDATE"
_KEEP = """
    INSERT INTO model_version (model_key, number, name, content, created_by, created_at)
    SELECT %(key)s, coalesce(max(number), 0) + 1, %(name)s, %(content)s, %(who)s, %(now)s
    FROM model_version WHERE model_key = %(key)s
    RETURNING number
"""
_DELETE_VERSION = "DELETE FROM model_version WHERE model_key = %(key)s AND number = %(number)s"


class Library:
    """Reads through `reader`, writes through `database`. `who` is the user name of whoever acts."""

    def __init__(self, database: Database, reader: Reader) -> None:
        self._database = database
        self._reader = reader

    # ---- Reading ----------------------------------------------------------------------------------------------------

    async def search(self, text: str = "", kind: Kind | None = None) -> list[Summary]:
        """Models whose name or ids contain the text, in any case; the last changed first."""
        found = select(*_SUMMARY).order_by(model.c.changed_at.desc(), model.c.key)
        if text:
            ids = func.array_to_string(model.c.resource_ids, " ")
            found = found.where(func.concat(model.c.name, " ", ids).icontains(text, autoescape=True))
        if kind is not None:
            found = found.where(model.c.kind == kind)
        return await self._summaries(found)

    async def declaring(self, kind: Kind, ids: Collection[str]) -> list[Summary]:
        """Models of a kind that declare any of the ids; the last changed first."""
        declares = model.c.resource_ids.bool_op("&&")(list(ids))
        found = select(*_SUMMARY).where(model.c.kind == kind, declares).order_by(model.c.changed_at.desc())
        return await self._summaries(found) if ids else []

    async def ids(self, kind: Kind) -> set[str]:
        """All ids that models of a kind declare."""
        rows = await self._reader.rows(select(func.unnest(model.c.resource_ids)).where(model.c.kind == kind))
        return {id for (id,) in rows}

    async def summary(self, key: int) -> Summary:
        """Raises NoSuchModel."""
        found = await self._summaries(select(*_SUMMARY).where(model.c.key == key))
        if not found:
            raise NoSuchModel(GONE)
        return found[0]

    async def draft(self, key: int) -> Draft:
        """Raises NoSuchModel."""
        return (await self._drafts(select(*_SUMMARY, model.c.content).where(model.c.key == key)))[0]

    async def drafts(self, keys: Collection[int]) -> list[Draft]:
        """In the order of the keys. Raises NoSuchModel if any is not there."""
        if not keys:
            return []
        found = await self._drafts(select(*_SUMMARY, model.c.content).where(model.c.key.in_(list(keys))))
        by_key = {draft.about.key: draft for draft in found}
        if len(by_key) < len(set(keys)):
            raise NoSuchModel("One of these models is not there any more.")
        return [by_key[key] for key in keys]

    async def templates(self) -> list[str]:
        """The contents of all element templates."""
        rows = await self._reader.rows(select(model.c.content).where(model.c.kind == Kind.TEMPLATE))
        return [content for (content,) in rows]

    async def versions(self, key: int) -> list[Version]:
        """The newest first."""
        found = select(*_VERSION).where(model_version.c.model_key == key).order_by(model_version.c.number.desc())
        return [Version(*row) for row in await self._reader.rows(found)]

    async def version(self, key: int, number: int) -> tuple[Version, str]:
        """A version with its content. Raises NoSuchModel."""
        same = (model_version.c.model_key == key) & (model_version.c.number == number)
        rows = await self._reader.rows(select(*_VERSION, model_version.c.content).where(same))
        if not rows:
            raise NoSuchModel(f"This model has no version {number} any more.")
        return Version(*rows[0][:-1]), rows[0][-1]

    async def _summaries(self, found: Select[Any]) -> list[Summary]:
        return [_summary(row) for row in await self._reader.rows(found)]

    async def _drafts(self, found: Select[Any]) -> list[Draft]:
        rows = await self._reader.rows(found)
        if not rows:
            raise NoSuchModel(GONE)
        return [Draft(_summary(row[:-1]), row[-1]) for row in rows]

    # ---- Changing ---------------------------------------------------------------------------------------------------

    async def create(self, key: int, new: NewModel, who: str, now: datetime) -> None:
        """Raises InvalidContent, InvalidName."""
        values = {"key": key, "kind": str(new.kind), "name": checked_name(new.name), "who": who, "now": now}
        async with self._database.borrow() as connection:
            await connection.execute(_INSERT, values | _content(new.kind, new.content))

    async def save(self, key: int, kind: Kind, revision: int, content: str, who: str, now: datetime) -> Saved:
        """Raises Conflict where the draft is not at `revision` any more, InvalidContent, NoSuchModel."""
        values = {"key": key, "revision": revision, "who": who, "now": now} | _content(kind, content)
        async with self._database.borrow() as connection:
            row = await (await connection.execute(_SAVE, values)).fetchone()
            if row is None:
                raise await _conflict(connection, key)
        return Saved(*row)

    async def rename(self, key: int, name: str) -> None:
        """Raises InvalidName, NoSuchModel."""
        await self._change(_RENAME, {"key": key, "name": checked_name(name)})

    async def delete(self, key: int) -> None:
        """With all its versions. Raises NoSuchModel."""
        await self._change(_DELETE, {"key": key})

    async def keep(self, key: int, revision: int, name: str, who: str, now: datetime) -> int:
        """Keep the draft as a version; gives its number. Raises Conflict, InvalidName, NoSuchModel."""
        values = {"key": key, "revision": revision, "name": checked_name(name), "who": who, "now": now}
        async with self._database.borrow() as connection, connection.transaction():
            row = await (await connection.execute(_LOCK, values)).fetchone()
            if row is None:
                raise await _conflict(connection, key)
            kept = await (await connection.execute(_KEEP, values | {"content": row[0]})).fetchone()
        assert kept is not None
        return int(kept[0])

    async def delete_version(self, key: int, number: int) -> None:
        """Raises NoSuchModel."""
        await self._change(_DELETE_VERSION, {"key": key, "number": number})

    async def _change(self, statement: str, values: dict[str, Any]) -> None:
        async with self._database.borrow() as connection:
            if not (await connection.execute(statement.encode(), values)).rowcount:
                raise NoSuchModel(GONE)


def checked_name(name: str) -> str:
    """A name without what surrounds it. Raises InvalidName where nothing or too much is left."""
    name = name.strip()
    if not name:
        raise InvalidName("Expected a name, but there is none: give the model one.")
    if len(name) > MAX_NAME:
        raise InvalidName(f"A name has at most {MAX_NAME} characters, but this one has {len(name)}.")
    if not name.isprintable():
        raise InvalidName("A name has no control characters: remove them.")
    return name


def checksum_of(content: str) -> bytes:
    """As deployments have it."""
    return sha256(content.encode("utf-8", "surrogatepass")).digest()


def _content(kind: Kind, content: str) -> dict[str, Any]:
    return {"content": content, "checksum": checksum_of(content), "ids": read_contents(kind, content).ids}


async def _conflict(connection: Connection, key: int) -> Exception:
    row = await (await connection.execute(_LAST_CHANGE, {"key": key})).fetchone()
    return NoSuchModel("This model has been deleted by somebody.") if row is None else Conflict(*row)


def _summary(row: Any) -> Summary:
    return Summary(row[0], Kind(row[1]), *row[2:])
