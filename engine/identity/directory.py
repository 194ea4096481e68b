"""Users, groups and roles: who there is, and every change of it.

Each change is one transaction under one lock, so that two administrators who take the role from each other at the same
moment do not leave a system that nobody can manage.
"""

# ruff: noqa: S608 (statements are put together from constants; values are parameters)

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg

from engine.identity import statements as sql
from engine.identity.entries import check_group_id, check_theme, check_username, email_entry, group_values, text_entry
from engine.identity.errors import AlreadyExists, LastAdministrator, NotFound
from engine.identity.identity import Identity, Role
from engine.identity.passwords import Passwords, check_password
from engine.identity.rows import Group, Person, group_of, identity_of, person_of
from engine.identity.sessions import end_sessions
from engine.runtime.clock import Clock
from engine.runtime.postgres.database import Connection, Database


class Directory:
    """The users and groups of a database. `changed` is called after each change, when it is committed."""

    def __init__(
        self, database: Database, clock: Clock, passwords: Passwords, changed: Callable[[], None]
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._changed = changed

    # ---- Who there is -----------------------------------------------------------------------------------------------

    async def people(
        self, text: str = "", limit: int = 50, offset: int = 0, with_password: bool | None = None
    ) -> tuple[list[Person], int]:
        """Users whose user name, name or e-mail holds `text`, by user name; and how many there are in all.

        `with_password`: only those who have one, or have none.
        """
        escaped = re.sub(r"([%_\\])", r"\\\1", text)
        pattern = f"%{escaped}%" if text else None
        values = {"text": pattern, "limit": limit, "from": offset, "with_password": with_password}
        [[count]] = await self._rows(sql.PEOPLE_COUNT, values)
        return [person_of(row) for row in await self._rows(sql.PEOPLE, values)], count

    async def person(self, username: str) -> Person:
        """Raises NotFound."""
        rows = await self._rows(sql.PERSON, {"username": username})
        if not rows:
            raise _no_user(username)
        return person_of(rows[0])

    async def identity(self, username: str) -> Identity | None:
        """What this user may do; None where there is no such user, or the account is switched off."""
        rows = await self._rows(sql.IDENTITY, {"username": username})
        return identity_of(rows[0]) if rows else None

    async def groups(self) -> list[Group]:
        """All groups, by name."""
        return [group_of(row) for row in await self._rows(sql.GROUPS, {})]

    async def group(self, group_id: str) -> Group:
        """Raises NotFound."""
        rows = await self._rows(sql.GROUP, {"group": group_id})
        if not rows:
            raise _no_group(group_id)
        return group_of(rows[0])

    # ---- Users ------------------------------------------------------------------------------------------------------

    async def add_user(
        self,
        username: str,
        password: str | None,
        *,
        name: str = "",
        email: str | None = None,
        roles: Iterable[Role] = (),
        groups: Iterable[str] = (),
    ) -> None:
        """Raises InvalidEntry, AlreadyExists, and NotFound for a group. Without a password nobody can sign in so."""
        check_username(username)
        values = {"username": username, "name": text_entry("name", name) or username, "email": email_entry(email)}
        hashed = None if password is None else await self._hashed(password, username)
        async with self._changing() as connection:
            try:
                await connection.execute(sql.INSERT_USER, values | {"password": hashed, "now": self._now()})
            except psycopg.errors.UniqueViolation as error:
                raise AlreadyExists(f"There is a user '{username}' already.") from error
            await connection.execute(sql.ADD_ROLES, {"username": username, "roles": list(set(roles))})
            await _join(connection, username, groups)

    async def change_user(
        self,
        username: str,
        *,
        name: str | None = None,
        email: str | None = None,
        theme: str | None = None,
        password: str | None = None,
        roles: Iterable[Role] | None = None,
        groups: Iterable[str] | None = None,
        active: bool | None = None,
    ) -> None:
        """Change what is given, all or nothing; roles and groups become these and no others.

        An empty e-mail takes it away; another password, and an account that is switched off, end all sessions. Raises
        NotFound (for a group, too), InvalidEntry, LastAdministrator.
        """
        if theme is not None:
            check_theme(theme)
        hashed = None if password is None else await self._hashed(password, username)
        values = {
            "username": username,
            "name": None if name is None else text_entry("name", name) or username,
            "email": None if email is None else email_entry(email) or "",
            "theme": theme,
        }
        async with self._changing() as connection:
            await _of_user(connection, sql.CHANGE_USER, values, username)
            if hashed is not None:
                await self._renew(connection, username, hashed)
            if roles is not None:
                await _set_roles(connection, username, roles)
            if groups is not None:
                await _set_groups(connection, username, groups)
            if active is not None:
                await _set_active(connection, username, active)

    async def set_password(self, username: str, password: str, keep_session: str = "") -> None:
        """Another password; sessions of the user end, but for `keep_session`. Raises InvalidEntry, NotFound."""
        hashed = await self._hashed(password, username)
        async with self._changing() as connection:
            await self._renew(connection, username, hashed, keep_session)

    async def set_active(self, username: str, active: bool) -> None:
        """Switch an account on, or off, which ends its sessions. Raises NotFound, LastAdministrator."""
        await self.change_user(username, active=active)

    async def remove_user(self, username: str) -> None:
        """Raises NotFound, LastAdministrator. What the user did stays in the history."""
        async with self._changing() as connection:
            statement = "DELETE FROM user_account WHERE username = %(username)s"
            await _of_user(connection, statement, {"username": username}, username)

    async def set_roles(self, username: str, roles: Iterable[Role]) -> None:
        """These and no others. Raises NotFound, LastAdministrator."""
        await self.change_user(username, roles=roles)

    # ---- Groups -----------------------------------------------------------------------------------------------------

    async def add_group(self, group_id: str, name: str, description: str | None = None) -> None:
        """Raises InvalidEntry, AlreadyExists."""
        check_group_id(group_id)
        values = group_values(group_id, name, description)
        async with self._changing() as connection:
            try:
                statement = "INSERT INTO user_group VALUES (%(group)s, %(name)s, %(description)s)"
                await connection.execute(statement, values)
            except psycopg.errors.UniqueViolation as error:
                raise AlreadyExists(f"There is a group '{group_id}' already.") from error

    async def change_group(self, group_id: str, name: str, description: str | None = None) -> None:
        """Raises NotFound, InvalidEntry."""
        values = group_values(group_id, name, description)
        statement = "UPDATE user_group SET name = %(name)s, description = %(description)s WHERE group_id = %(group)s"
        async with self._changing() as connection:
            await _of_group(connection, statement, values, group_id)

    async def remove_group(self, group_id: str) -> None:
        """Raises NotFound, LastAdministrator. Tasks that name the group as a candidate go on naming it."""
        async with self._changing() as connection:
            statement = "DELETE FROM user_group WHERE group_id = %(group)s"
            await _of_group(connection, statement, {"group": group_id}, group_id)

    async def set_group_roles(self, group_id: str, roles: Iterable[Role]) -> None:
        """These and no others. Raises NotFound, LastAdministrator."""
        values = {"group": group_id, "roles": list(set(roles))}
        async with self._changing() as connection:
            await _group_must_exist(connection, group_id)
            await connection.execute("DELETE FROM group_role WHERE group_id = %(group)s", values)
            await connection.execute(sql.ADD_GROUP_ROLES, values)

    # ---- Single memberships, as programs change them ----------------------------------------------------------------

    async def add_member(self, group_id: str, username: str) -> None:
        """Raises NotFound, AlreadyExists."""
        async with self._changing() as connection:
            await _group_must_exist(connection, group_id)
            await _must_exist(connection, username)
            await _insert_once(connection, "group_member (group_id, username)", (group_id, username))

    async def remove_member(self, group_id: str, username: str) -> None:
        """Raises NotFound, LastAdministrator."""
        await self._remove("group_member", "group_id", group_id, "username", username)

    async def add_role(self, role: Role, username: str) -> None:
        """Raises NotFound, AlreadyExists."""
        async with self._changing() as connection:
            await _must_exist(connection, username)
            await _insert_once(connection, "user_role (role, username)", (role, username))

    async def remove_role(self, role: Role, username: str) -> None:
        """Raises NotFound, LastAdministrator."""
        await self._remove("user_role", "role", role, "username", username)

    async def add_group_role(self, role: Role, group_id: str) -> None:
        """Raises NotFound, AlreadyExists."""
        async with self._changing() as connection:
            await _group_must_exist(connection, group_id)
            await _insert_once(connection, "group_role (role, group_id)", (role, group_id))

    async def remove_group_role(self, role: Role, group_id: str) -> None:
        """Raises NotFound, LastAdministrator."""
        await self._remove("group_role", "role", role, "group_id", group_id)

    async def _remove(self, table: str, first: str, one: str, second: str, other: str) -> None:
        statement = f"DELETE FROM {table} WHERE {first} = %(one)s AND {second} = %(other)s"
        async with self._changing() as connection:
            cursor = await connection.execute(statement, {"one": one, "other": other})
            if not cursor.rowcount:
                raise NotFound(f"'{other}' does not have '{one}'.")

    # ---- How --------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[Connection]:
        """A transaction that does not end with nobody to manage users, if there was somebody before."""
        async with self._database.borrow() as connection, connection.transaction():
            await connection.execute(sql.TAKE_LOCK)
            before = await _administrators(connection)
            yield connection
            if before and not await _administrators(connection):
                raise LastAdministrator
        self._changed()

    async def _hashed(self, password: str, username: str) -> str:
        check_password(password, username)
        return await self._passwords.hash(password)

    async def _renew(self, connection: Connection, username: str, hashed: str, keep_session: str = "") -> None:
        values = {"username": username, "password": hashed, "now": self._now()}
        await _of_user(connection, sql.RENEW, values, username)
        await end_sessions(connection, username, keep_session)

    async def _rows(self, statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        async with self._database.borrow() as connection:
            return await (await connection.execute(statement, values)).fetchall()

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now() / 1000, UTC)

    async def add_first_administrator(self, username: str, password: str) -> bool:
        """An administrator, unless there is one who can sign in; False if so. Of several callers only one succeeds."""
        hashed = await self._passwords.hash(password)
        async with self._changing() as connection:
            if await _administrators(connection):
                return False
            values = {"username": username, "name": "Administrator", "email": None, "password": hashed}
            statement = f"{sql.INSERT_USER} ON CONFLICT DO NOTHING"
            inserted = await connection.execute(statement, values | {"now": self._now()})
            if inserted.rowcount:
                await connection.execute(sql.ADD_ROLES, {"username": username, "roles": [Role.ADMINISTRATOR]})
            return bool(inserted.rowcount)


async def _administrators(connection: Connection) -> int:
    """How many can sign in as administrator."""
    row = await (await connection.execute(sql.ADMINISTRATORS)).fetchone()
    return int(row[0]) if row else 0


async def _of_user(connection: Connection, statement: str, values: dict[str, Any], username: str) -> None:
    if not (await connection.execute(statement, values)).rowcount:
        raise _no_user(username)


async def _of_group(connection: Connection, statement: str, values: dict[str, Any], group_id: str) -> None:
    if not (await connection.execute(statement, values)).rowcount:
        raise _no_group(group_id)


async def _must_exist(connection: Connection, username: str) -> None:
    await _of_user(connection, "SELECT 1 FROM user_account WHERE username = %(u)s", {"u": username}, username)


async def _group_must_exist(connection: Connection, group_id: str) -> None:
    await _of_group(connection, "SELECT 1 FROM user_group WHERE group_id = %(g)s", {"g": group_id}, group_id)


async def _set_roles(connection: Connection, username: str, roles: Iterable[Role]) -> None:
    values = {"username": username, "roles": list(set(roles))}
    await connection.execute("DELETE FROM user_role WHERE username = %(username)s", values)
    await connection.execute(sql.ADD_ROLES, values)


async def _set_groups(connection: Connection, username: str, groups: Iterable[str]) -> None:
    await connection.execute("DELETE FROM group_member WHERE username = %(username)s", {"username": username})
    await _join(connection, username, groups)


async def _set_active(connection: Connection, username: str, active: bool) -> None:
    values = {"username": username, "active": active}
    await connection.execute("UPDATE user_account SET active = %(active)s WHERE username = %(username)s", values)
    if not active:
        await end_sessions(connection, username)


async def _join(connection: Connection, username: str, groups: Iterable[str]) -> None:
    values = {"username": username, "groups": list(set(groups))}
    for group_id in values["groups"]:
        await _group_must_exist(connection, group_id)
    await connection.execute(sql.ADD_GROUPS, values)


async def _insert_once(connection: Connection, table: str, values: tuple[str, str]) -> None:
    try:
        await connection.execute(f"INSERT INTO {table} VALUES (%s, %s)", values)
    except psycopg.errors.UniqueViolation as error:
        raise AlreadyExists(f"'{values[1]}' has '{values[0]}' already.") from error


def _no_user(username: str) -> NotFound:
    return NotFound(f"There is no user '{username}'.")


def _no_group(group_id: str) -> NotFound:
    return NotFound(f"There is no group '{group_id}'.")
