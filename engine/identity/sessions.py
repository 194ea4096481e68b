"""Sessions: browsers that somebody is signed in with.

The browser holds a token of 256 random bits, the row its SHA-256. A session ends when nobody used it for `idle`, at
`lifetime` in any case, and when its user signs out, is switched off or gets another password.

Every `rotation` the token is replaced, so that one that leaked is good for that long. The browser may never see the
answer that brings the new one (the user was quicker and clicked elsewhere), and requests that were sent together all
carry the old one. So the next token *follows* from the present one and a salt in the row: whoever still comes with the
old one is handed the same new one again, until the new one has been used for `GRACE`; then the old one is dead.
"""

# ruff: noqa: S608 (statements are put together from constants; values are parameters)

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from engine.identity.identity import Identity
from engine.identity.rows import IDENTITY_COLUMNS, IDENTITY_WIDTH, identity_of
from engine.runtime.clock import Clock
from engine.runtime.postgres.database import Connection, Database

GRACE = timedelta(seconds=60)
SEEN_EVERY = timedelta(seconds=60)  # a session that is in use is written that often
_TOKEN_BYTES = 32
_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lasts."""

    idle: timedelta = timedelta(hours=2)
    lifetime: timedelta = timedelta(hours=12)
    rotation: timedelta = timedelta(minutes=15)


class Session(msgspec.Struct, frozen=True):
    """An open session. `new_token`: what the browser is to hold from now on, where that changes."""

    id: str
    identity: Identity
    csrf_token: str
    new_token: str | None = None


class SessionEntry(msgspec.Struct, frozen=True):
    """A session in the list that its user sees."""

    id: str
    address: str
    user_agent: str
    created_at: datetime
    seen_at: datetime


_INSERT = """
    INSERT INTO session (id, username, digest, salt, csrf_token, address, user_agent, created_at, rotated_at, seen_at)
    VALUES (%(id)s, %(username)s, %(digest)s, %(salt)s, %(csrf)s, %(address)s, %(user_agent)s, %(now)s, %(now)s,
            %(now)s)
"""
_FIND = f"""
    SELECT {IDENTITY_COLUMNS}, s.id, s.csrf_token, s.digest, s.previous_digest, s.salt, s.rotated_at, s.confirmed_at,
           s.seen_at
    FROM session s JOIN user_account u USING (username)
    WHERE (s.digest = %(digest)s OR s.previous_digest = %(digest)s) AND u.active
      AND s.seen_at > %(idle_since)s AND s.created_at > %(born_since)s
"""
_ROTATE = """
    UPDATE session SET previous_digest = digest, digest = %(new)s, salt = %(salt)s, rotated_at = %(now)s,
           confirmed_at = NULL, seen_at = %(now)s
    WHERE id = %(id)s AND digest = %(digest)s
"""
_CONFIRM = "UPDATE session SET confirmed_at = %(now)s, seen_at = %(now)s WHERE id = %(id)s AND confirmed_at IS NULL"
_SEEN = "UPDATE session SET seen_at = %(now)s WHERE id = %(id)s"
_LIST = """
    SELECT id, address, user_agent, created_at, seen_at FROM session
    WHERE username = %(username)s AND seen_at > %(idle_since)s AND created_at > %(born_since)s ORDER BY seen_at DESC
"""
_END = "DELETE FROM session WHERE id = %(id)s AND username = %(username)s"
_END_OTHERS = "DELETE FROM session WHERE username = %(username)s AND id <> %(id)s RETURNING id"
_FORGET = "DELETE FROM session WHERE seen_at <= %(idle_since)s OR created_at <= %(born_since)s"


@dataclass(frozen=True, slots=True)
class _Row:
    identity: Identity
    id: str
    csrf_token: str
    digest: bytes
    previous_digest: bytes | None
    salt: bytes
    rotated_at: datetime
    confirmed_at: datetime | None
    seen_at: datetime


class Sessions:
    """Opens, finds and ends sessions."""

    def __init__(self, database: Database, clock: Clock, limits: SessionLimits | None = None) -> None:
        self._database = database
        self._clock = clock
        self.limits = limits or SessionLimits()

    async def open(self, username: str, address: str = "", user_agent: str = "") -> str:
        """A new session of a user; the answer is its token. What is over is removed on the occasion."""
        token = _encode(secrets.token_bytes(_TOKEN_BYTES))
        values = {
            "id": secrets.token_hex(8),
            "username": username,
            "digest": _digest(token),
            "salt": secrets.token_bytes(_TOKEN_BYTES),
            "csrf": _encode(secrets.token_bytes(_TOKEN_BYTES)),
            "address": _printable(address),
            "user_agent": _printable(user_agent),
        }
        async with self._database.borrow() as connection:
            await connection.execute(_FORGET, self._times())
            await connection.execute(_INSERT, values | self._times())
        return token

    async def find(self, token: str, rotate: bool = True, touch: bool = True) -> Session | None:
        """The session of a token, None where it is over.

        `rotate`: the answer can bring the browser a new token. Without `touch` this does not count as a use.
        """
        digest = _digest(token)
        async with self._database.borrow() as connection:
            row = await self._row(connection, digest)
            if row is not None and row.digest == digest:
                if not touch or not await self._keep(connection, row, token, rotate):
                    return Session(row.id, row.identity, row.csrf_token)
                row = await self._row(connection, digest)  # another request may have been the one that replaced it
        return None if row is None else self._with_previous_token(row, token, rotate)

    async def _row(self, connection: Connection, digest: bytes) -> _Row | None:
        cursor = await connection.execute(_FIND, {"digest": digest} | self._times())
        found = await cursor.fetchone()
        return None if found is None else _Row(identity_of(found[:IDENTITY_WIDTH]), *found[IDENTITY_WIDTH:])

    async def _keep(self, connection: Connection, row: _Row, token: str, rotate: bool) -> bool:
        """Write down that the session is in use; whether its token has been replaced on the occasion."""
        times = self._times()
        if rotate and times["now"] - row.rotated_at >= self.limits.rotation:
            salt = secrets.token_bytes(_TOKEN_BYTES)
            new = _digest(_following(token, salt))
            await connection.execute(_ROTATE, {"id": row.id, "digest": row.digest, "new": new, "salt": salt} | times)
            return True
        if row.confirmed_at is None:
            await connection.execute(_CONFIRM, {"id": row.id} | times)
        elif times["now"] - row.seen_at >= SEEN_EVERY:
            await connection.execute(_SEEN, {"id": row.id} | times)
        return False

    def _with_previous_token(self, row: _Row, token: str, rotate: bool) -> Session | None:
        if row.confirmed_at is not None and self._times()["now"] - row.confirmed_at >= GRACE:
            return None
        return Session(row.id, row.identity, row.csrf_token, _following(token, row.salt) if rotate else None)

    async def of(self, username: str) -> list[SessionEntry]:
        """The open sessions of a user, the last used first."""
        async with self._database.borrow() as connection:
            cursor = await connection.execute(_LIST, {"username": username} | self._times())
            return [SessionEntry(*row) for row in await cursor.fetchall()]

    async def end(self, username: str, id: str) -> bool:
        """Sign out; False where that session is over already."""
        async with self._database.borrow() as connection:
            cursor = await connection.execute(_END, {"username": username, "id": id})
            return bool(cursor.rowcount)

    async def end_all(self, username: str, but: str = "") -> list[str]:
        """Sign out everywhere, except in the session `but`; the ids of those that have ended."""
        async with self._database.borrow() as connection:
            return await end_sessions(connection, username, but)

    def _times(self) -> dict[str, Any]:
        now = datetime.fromtimestamp(self._clock.now() / 1000, UTC)
        return {"now": now, "idle_since": now - self.limits.idle, "born_since": now - self.limits.lifetime}


async def end_sessions(connection: Connection, username: str, but: str = "") -> list[str]:
    """The same within a transaction of somebody else's."""
    cursor = await connection.execute(_END_OTHERS, {"username": username, "id": but})
    return [id for (id,) in await cursor.fetchall()]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _following(token: str, salt: bytes) -> str:
    return _encode(hmac.digest(_decode(token), salt, "sha256"))


def _encode(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _decode(token: str) -> bytes:
    return urlsafe_b64decode(token + "=" * (-len(token) % 4))


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())[:_LONGEST_TEXT]
