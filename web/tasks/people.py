"""To whom a task can be given."""

from __future__ import annotations

import msgspec
from sqlalchemy import or_, select

from engine.identity.tables import user_account as account
from engine.store.search import Reader

MOST_PEOPLE = 20


class Colleague(msgspec.Struct, frozen=True):
    """Somebody with an account."""

    username: str
    name: str


async def exists(reader: Reader, username: str) -> bool:
    """Whether there is such a user, whose account is switched on."""
    statement = select(account.c.username).where(account.c.username == username, account.c.active)
    return bool(await reader.rows(statement))


async def colleagues(reader: Reader, text: str) -> list[Colleague]:
    """The first users whose user name or name holds a text."""
    statement = (
        select(account.c.username, account.c.name)
        .where(
            account.c.active,
            or_(*(column.icontains(text, autoescape=True) for column in (account.c.username, account.c.name))),
        )
        .order_by(account.c.username)
        .limit(MOST_PEOPLE)
    )
    return [Colleague(*row) for row in await reader.rows(statement)]
