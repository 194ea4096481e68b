"""`pointsman user …`: users of a database, for whoever may use it; no server need run, and nobody need be signed in."""

from __future__ import annotations

import asyncio
import getpass
import sys
from argparse import Namespace

from api.cli.errors import CommandError
from api.cli.output import print_table
from api.cli.server import open_database_of
from engine.identity.errors import IdentityError
from engine.identity.identity import Role
from engine.identity.passwords import new_password
from engine.identity.people import People
from engine.identity.rows import Person
from engine.runtime.errors import Unavailable
from engine.store.migrate import migrate

PAGE = 500


def run(action: str, options: Namespace) -> int:
    """Carries out one action on the database that `serve` would use."""
    with open_database_of(options) as url:
        migrate(url)
        try:
            asyncio.run(_ACTIONS[action](url, options))
        except (IdentityError, Unavailable) as error:
            raise CommandError(str(error)) from error
    return 0


async def _list(url: str, options: Namespace) -> None:
    async with People(url) as people:
        found, count = await people.directory.people(limit=PAGE)
        while len(found) < count:
            more, count = await people.directory.people(limit=PAGE, offset=len(found))
            found += more
    print_table(("user", "name", "roles", "groups", "account"), [_row(person) for person in found])


def _row(person: Person) -> tuple[str, ...]:
    account = "active" if person.has_password else "no password"
    roles = ", ".join(sorted(role.lower() for role in person.roles))
    groups = ", ".join(person.groups)
    return person.username, person.name, roles, groups, account if person.active else "switched off"


async def _add(url: str, options: Namespace) -> None:
    password = _password(options)
    async with People(url) as people:
        await people.directory.add_user(
            options.username,
            password,
            name=options.name,
            email=options.email,
            roles=[Role(role) for role in options.role],
            groups=options.group,
        )
    _tell(options, password)


async def _set_password(url: str, options: Namespace) -> None:
    """Also opens an account that was switched off: this is how one lets oneself in again."""
    password = _password(options)
    async with People(url) as people:
        await people.directory.set_password(options.username, password)
        await people.directory.set_active(options.username, True)
    _tell(options, password)


async def _set_roles(url: str, options: Namespace) -> None:
    async with People(url) as people:
        await people.directory.set_roles(options.username, [Role(role) for role in options.roles])


_ACTIONS = {"list": _list, "add": _add, "password": _set_password, "roles": _set_roles}


def _password(options: Namespace) -> str:
    """Made up, read from a pipe, or asked for twice."""
    if options.generate:
        return new_password()
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass(f"Password of {options.username}: ")
    if getpass.getpass("The same again: ") != password:
        raise CommandError("The two passwords differ.")
    return password


def _tell(options: Namespace, password: str) -> None:
    if options.generate:
        print(f"user {options.username}, password {password}")
