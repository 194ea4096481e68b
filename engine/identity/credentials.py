"""Signing in: a user name and a password become an identity.

Programs send both with every request (HTTP Basic). argon2 would cost each of them 50 ms, so what has been found right
is remembered for some minutes, under a digest with a key that only this process has. Every few seconds the row is read
again: roles that changed, an account that was switched off and a new password are noticed within `RECHECK`, whichever
process made the change.
"""

# ruff: noqa: S608 (statements are put together from constants; values are parameters)

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.identity.attempts import count_attempt, forgive
from engine.identity.entries import USERNAME
from engine.identity.errors import WrongCredentials
from engine.identity.identity import Identity
from engine.identity.passwords import LONGEST, Passwords
from engine.identity.rows import IDENTITY_COLUMNS, IDENTITY_WIDTH, identity_of
from engine.runtime.clock import Clock
from engine.runtime.postgres.database import Database

REMEMBER = 600_000  # milliseconds between two looks at a password
RECHECK = 5_000  # milliseconds between two looks at the row
REMEMBERED = 1_000  # users

_ACCOUNT = f"""
    SELECT {IDENTITY_COLUMNS}, u.password FROM user_account u
    WHERE lower(u.username) = lower(%(username)s) AND u.active
"""
_REHASH = "UPDATE user_account SET password = %(new)s WHERE username = %(username)s AND password = %(old)s"


@dataclass(slots=True)
class _Remembered:
    identity: Identity
    hashed: str
    verified_at: int  # milliseconds since the epoch
    read_at: int


class Credentials:
    """Checks passwords."""

    def __init__(self, database: Database, clock: Clock, passwords: Passwords) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._key = secrets.token_bytes(32)
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()
        self._being_verified: dict[bytes, asyncio.Future[Identity]] = {}

    async def verify(self, username: str, password: str, address: str = "") -> Identity:
        """Who this is; letters of the user name count alike in upper and lower case.

        Raises WrongCredentials and TooManyAttempts, and Unavailable while there is no database.
        """
        return (await self._verify(username, password, address)).identity

    async def verify_again(self, username: str, password: str, address: str = "") -> Identity:
        """The same for who asks with every request: mostly from memory."""
        secret = f"{username}\0{password}".encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._key, secret, "sha256")
        remembered = self._remembered.get(digest)
        now = self._clock.now()
        if remembered is not None and now - remembered.verified_at < REMEMBER:
            if now - remembered.read_at < RECHECK:
                return remembered.identity
            if await self._is_unchanged(remembered):
                return remembered.identity
        self._remembered.pop(digest, None)
        return await self._once(digest, lambda: self._verify_and_remember(digest, username, password, address))

    async def _once(self, digest: bytes, work: Callable[[], Awaitable[Identity]]) -> Identity:
        """Requests that come together with the same credentials wait for one verification."""
        under_way = self._being_verified.get(digest)
        if under_way is None:
            under_way = asyncio.ensure_future(work())
            self._being_verified[digest] = under_way
            under_way.add_done_callback(lambda done: self._is_verified(digest, done))
        return await asyncio.shield(under_way)

    def _is_verified(self, digest: bytes, done: asyncio.Future[Identity]) -> None:
        """Whoever waits gets the error; it is no defect if nobody waits any more."""
        del self._being_verified[digest]
        if not done.cancelled():
            done.exception()

    async def _verify_and_remember(self, digest: bytes, username: str, password: str, address: str) -> Identity:
        remembered = await self._verify(username, password, address)
        self._remembered[digest] = remembered
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return remembered.identity

    async def _is_unchanged(self, remembered: _Remembered) -> bool:
        """Whether the password is the same and the account open; the roles are read again on the occasion."""
        now = self._clock.now()
        account = await self._account(remembered.identity.username)
        if account is None or account[1] != remembered.hashed:
            return False
        remembered.identity, remembered.read_at = account[0], now
        return True

    async def _verify(self, username: str, password: str, address: str) -> _Remembered:
        if len(password) > LONGEST or not username:
            raise WrongCredentials
        now = self._clock.now()
        time = datetime.fromtimestamp(now / 1000, UTC)
        async with self._database.borrow() as connection:
            await count_attempt(connection, username, address, time)
        account = await self._account(username)
        identity, hashed = account or (None, None)
        right = await self._passwords.verify(password, hashed)
        if not right or identity is None or hashed is None:
            raise WrongCredentials
        hashed = await self._rehashed(identity.username, password, hashed)
        async with self._database.borrow() as connection:
            await forgive(connection, username, address, time)
        return _Remembered(identity, hashed, now, now)

    async def _account(self, username: str) -> tuple[Identity, str | None] | None:
        if not USERNAME.fullmatch(username):  # whose lower case the database and `count_attempt` might see differently
            return None
        async with self._database.borrow() as connection:
            row: Any = await (await connection.execute(_ACCOUNT, {"username": username})).fetchone()
        return None if row is None else (identity_of(row[:IDENTITY_WIDTH]), row[IDENTITY_WIDTH])

    async def _rehashed(self, username: str, password: str, hashed: str) -> str:
        """The hash, renewed where the parameters of today are others."""
        if not self._passwords.is_outdated(hashed):
            return hashed
        new = await self._passwords.hash(password)
        async with self._database.borrow() as connection:
            values = {"username": username, "old": hashed, "new": new}
            changed = (await connection.execute(_REHASH, values)).rowcount
        return new if changed else hashed
