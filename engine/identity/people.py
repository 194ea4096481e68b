"""Everything about people on one database, opened and closed together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from engine.identity.credentials import Credentials
from engine.identity.directory import Directory
from engine.identity.passwords import Passwords, new_password
from engine.identity.sessions import SessionLimits, Sessions
from engine.runtime.clock import Clock
from engine.runtime.postgres.database import Database

FIRST_ADMINISTRATOR = "admin"
_CONNECTIONS = 4


class People:
    """`async with People(url) as people`. `passwords` and `clock` are for tests.

    `changed` is called after each change of accounts, groups and roles that is made here, when it is committed.
    """

    def __init__(
        self,
        url: str,
        *,
        limits: SessionLimits | None = None,
        passwords: Passwords | None = None,
        clock: Clock | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        clock, passwords = clock or Clock(), passwords or Passwords()
        self._database = Database(url, _CONNECTIONS)
        self.directory = Directory(self._database, clock, passwords, changed)
        self.sessions = Sessions(self._database, clock, limits)
        self.credentials = Credentials(self._database, clock, passwords)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._database.close()


async def add_first_administrator(url: str) -> str | None:
    """Make the administrator of a new database; the answer is the password, which nobody can find out later.

    None where somebody can sign in as administrator already. Of several servers that start at once one gets it.
    """
    password = new_password()
    async with People(url) as people:
        added = await people.directory.add_first_administrator(FIRST_ADMINISTRATOR, password)
    return password if added else None
