"""What the pages themselves keep about tasks: drafts, comments, attachments, saved filters, who started what.

It belongs to people and pages, so it stands in tables of the pages, which the engine does not know.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from engine.runtime.runtime import Runtime
from web.refusals import InvalidInput, NotThere

DRAFTS_KEPT_FOR = timedelta(days=180)
LONGEST_DRAFT = 1_000_000  # characters
LONGEST_COMMENT = 10_000  # characters
LARGEST_ATTACHMENT = 10 * 1024 * 1024  # bytes
MOST_COMMENTS = 500
MOST_FILTERS = 50
LONGEST_NAME = 200

_SAVE_DRAFT = """
    INSERT INTO task_draft (user_task_key, username, content, saved_at)
    VALUES (%(task)s, %(username)s, %(content)s, %(now)s)
    ON CONFLICT (user_task_key, username) DO UPDATE SET content = excluded.content, saved_at = excluded.saved_at
"""
_FORGET_DRAFTS = "DELETE FROM task_draft WHERE saved_at < %(before)s"
_DRAFT = "SELECT content FROM task_draft WHERE user_task_key = %(task)s AND username = %(username)s"
_DROP_DRAFT = "DELETE FROM task_draft WHERE user_task_key = %(task)s AND username = %(username)s"
_ADD_COMMENT = """
    INSERT INTO task_comment (key, user_task_key, author, text, created_at)
    VALUES (%(key)s, %(task)s, %(username)s, %(text)s, %(now)s)
"""
_COMMENTS = """
    SELECT author, text, created_at FROM task_comment WHERE user_task_key = %(task)s
    ORDER BY created_at DESC, key DESC LIMIT %(limit)s
"""
_ADD_ATTACHMENT = """
    INSERT INTO task_attachment (key, user_task_key, name, size, content, author, created_at)
    VALUES (%(key)s, %(task)s, %(name)s, %(size)s, %(content)s, %(username)s, %(now)s)
"""
_ATTACHMENTS = """
    SELECT key, name, size, author, created_at FROM task_attachment WHERE user_task_key = %(task)s
    ORDER BY created_at, key LIMIT %(limit)s
"""
_ATTACHMENT = "SELECT name, content FROM task_attachment WHERE user_task_key = %(task)s AND key = %(key)s"
_DROP_ATTACHMENT = """
    DELETE FROM task_attachment WHERE user_task_key = %(task)s AND key = %(key)s AND author = %(username)s
"""
_COUNTS = """
    SELECT (SELECT count(*) FROM task_comment WHERE user_task_key = %(task)s),
           (SELECT count(*) FROM task_attachment WHERE user_task_key = %(task)s)
"""
_SAVE_FILTER = """
    INSERT INTO task_filter (username, name, query) VALUES (%(username)s, %(name)s, %(query)s)
    ON CONFLICT (username, name) DO UPDATE SET query = excluded.query
"""
_FILTERS = "SELECT name, query FROM task_filter WHERE username = %(username)s ORDER BY lower(name), name"
_DROP_FILTER = "DELETE FROM task_filter WHERE username = %(username)s AND name = %(name)s"
_NOTE_START = """
    INSERT INTO started_instance (process_instance_key, username, started_at) VALUES (%(key)s, %(username)s, %(now)s)
    ON CONFLICT DO NOTHING
"""

#: Forget what is kept here of process instances, by %(keys)s, and of the %(tasks)s in them.
FORGET = (
    *[
        f"DELETE FROM {table} WHERE user_task_key = ANY (%(tasks)s::bigint[])"  # noqa: S608  (constants)
        for table in ("task_draft", "task_comment", "task_attachment")
    ],
    "DELETE FROM started_instance WHERE process_instance_key = ANY (%(keys)s::bigint[])",
)


class Comment(msgspec.Struct, frozen=True):
    author: str
    text: str
    created_at: datetime


class Attachment(msgspec.Struct, frozen=True):
    """A file beside a task; `size` in bytes."""

    key: int
    name: str
    size: int
    author: str
    created_at: datetime


class SavedFilter(msgspec.Struct, frozen=True):
    """A list of tasks under a name; `query` are the parameters of its address."""

    name: str
    query: str


class Notes:
    """The rows, as one person sees and writes them. Every method raises Unavailable without a database."""

    def __init__(self, runtime: Runtime, username: str) -> None:
        self._runtime = runtime
        self._username = username

    # ---- Drafts -----------------------------------------------------------------------------------------------------

    async def draft(self, task: int) -> str | None:
        """What this person has typed into a task, as JSON."""
        rows = await self._rows(_DRAFT, task=task)
        return rows[0][0] if rows else None

    async def save_draft(self, task: int, content: str) -> None:
        """Keep what was typed, and forget what is very old. Raises InvalidInput where it is too much."""
        if len(content) > LONGEST_DRAFT:
            raise InvalidInput(f"A draft has at most {LONGEST_DRAFT:,} characters; this one has {len(content):,}.")
        await self._run(_SAVE_DRAFT, task=task, content=content)
        await self._run(_FORGET_DRAFTS, before=self._now() - DRAFTS_KEPT_FOR)

    async def drop_draft(self, task: int) -> None:
        await self._run(_DROP_DRAFT, task=task)

    # ---- Comments and attachments -----------------------------------------------------------------------------------

    async def counts(self, task: int) -> tuple[int, int]:
        """How many comments and attachments a task has."""
        [(comments, attachments)] = await self._rows(_COUNTS, task=task)
        return comments, attachments

    async def comments(self, task: int) -> list[Comment]:
        """The last ones, the first of them first."""
        rows = await self._rows(_COMMENTS, task=task, limit=MOST_COMMENTS)
        return [Comment(*row) for row in reversed(rows)]

    async def comment(self, task: int, text: str) -> None:
        """Raises InvalidInput where there is nothing, or too much."""
        text = text.strip()
        if not 0 < len(text) <= LONGEST_COMMENT:
            raise InvalidInput(f"A comment has 1 to {LONGEST_COMMENT:,} characters; this one has {len(text):,}.")
        await self._run(_ADD_COMMENT, key=await self._new_key(), task=task, text=text)

    async def attachments(self, task: int) -> list[Attachment]:
        return [Attachment(*row) for row in await self._rows(_ATTACHMENTS, task=task, limit=MOST_COMMENTS)]

    async def attach(self, task: int, name: str, content: bytes) -> None:
        """Raises InvalidInput where the file is empty or too large, or has no name."""
        name = name.replace("\\", "/").rpartition("/")[2].strip()[:LONGEST_NAME]
        if not name or not content:
            raise InvalidInput("Choose a file that is not empty.")
        if len(content) > LARGEST_ATTACHMENT:
            raise InvalidInput(f"A file has at most {LARGEST_ATTACHMENT // 1024**2} MB; this one is larger.")
        key = await self._new_key()
        await self._run(_ADD_ATTACHMENT, key=key, task=task, name=name, size=len(content), content=content)

    async def attachment(self, task: int, key: int) -> tuple[str, bytes]:
        """Name and content. Raises NotThere."""
        rows = await self._rows(_ATTACHMENT, task=task, key=key)
        if not rows:
            raise NotThere("This attachment is not there any more.")
        return rows[0][0], bytes(rows[0][1])

    async def drop_attachment(self, task: int, key: int) -> None:
        """Only who attached a file removes it. Raises NotThere."""
        if not await self._run(_DROP_ATTACHMENT, task=task, key=key):
            raise NotThere("This attachment is not there any more, or it is somebody else's.")

    # ---- Filters and starts -----------------------------------------------------------------------------------------

    async def filters(self) -> list[SavedFilter]:
        """This person's, by name."""
        return [SavedFilter(*row) for row in await self._rows(_FILTERS)]

    async def save_filter(self, name: str, query: str) -> str:
        """Keep a list under a name, instead of what was kept under it; answers the name. Raises InvalidInput."""
        name = name.strip()
        if not 0 < len(name) <= LONGEST_NAME:
            raise InvalidInput(f"The name of a filter has 1 to {LONGEST_NAME} characters.")
        names = {kept.name for kept in await self.filters()}
        if len(names | {name}) > MOST_FILTERS:
            raise InvalidInput(f"There can be {MOST_FILTERS} saved filters; remove one first.")
        await self._run(_SAVE_FILTER, name=name, query=query)
        return name

    async def drop_filter(self, name: str) -> None:
        await self._run(_DROP_FILTER, name=name)

    async def note_start(self, instance: int) -> None:
        """This person has started a process instance."""
        await self._run(_NOTE_START, key=instance)

    # ---- Below ------------------------------------------------------------------------------------------------------

    async def _rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        async with self._runtime.database.borrow() as connection:
            cursor = await connection.execute(statement, self._known() | values)
            return await cursor.fetchall()

    async def _run(self, statement: str, **values: Any) -> int:
        async with self._runtime.database.borrow() as connection:
            cursor = await connection.execute(statement, self._known() | values)
            return cursor.rowcount

    def _known(self) -> dict[str, Any]:
        return {"username": self._username, "now": self._now()}

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._runtime.clock.now() / 1000, UTC)

    async def _new_key(self) -> int:
        keys = self._runtime.keys
        await keys.prepare()
        return keys.key(keys.part)
