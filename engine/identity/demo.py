"""People to try things out with, on a server that only its own machine can reach.

They have no passwords, so nobody can sign in as one of them anywhere; on a demonstration one acts as them. They are
made once, at a start that finds nobody but administrators, and are ordinary users and groups from then on: whoever
changes or removes them finds them so after the next start.
"""

from __future__ import annotations

import contextlib

import msgspec

from engine.identity.directory import Directory
from engine.identity.errors import AlreadyExists
from engine.identity.identity import Identity, Role
from engine.identity.rows import Person

USERNAME = "demo"
MOST_PLAYERS = 50


class _DemoPerson(msgspec.Struct, frozen=True):
    username: str
    name: str
    roles: tuple[Role, ...]
    groups: tuple[str, ...] = ()


GROUPS = {
    "loan-officers": ("Loan officers", "Review the applications of the loan sample."),
    "loan-managers": ("Loan managers", "Decide large loans."),
    "adjusters": ("Adjusters", "Inspect the damage of the insurance sample."),
    "investigators": ("Investigators", "Look into claims that seem odd."),
}
PEOPLE = (
    _DemoPerson(USERNAME, "Demo", tuple(Role), tuple(GROUPS)),
    _DemoPerson("clara", "Clara Clerk", (Role.USER,), ("loan-officers", "adjusters")),
    _DemoPerson("colin", "Colin Clerk", (Role.USER,), ("loan-officers", "investigators")),
    _DemoPerson("mona", "Mona Manager", (Role.USER,), ("loan-managers", "investigators")),
    _DemoPerson("anna", "Anna Analyst", (Role.MODELER,)),
    _DemoPerson("oscar", "Oscar Operator", (Role.OPERATOR,)),
)


async def add_demo_people(directory: Directory) -> None:
    """Make them, unless others have been made before. Servers that start together make each of them once."""
    people, _ = await directory.people(limit=len(PEOPLE) + 2)
    if any(Role.ADMINISTRATOR not in person.roles for person in people):
        return
    for group_id, (name, description) in GROUPS.items():
        with contextlib.suppress(AlreadyExists):
            await directory.add_group(group_id, name, description)
    for person in PEOPLE:
        with contextlib.suppress(AlreadyExists):
            await directory.add_user(
                person.username, None, name=person.name, roles=person.roles, groups=person.groups
            )


async def players_of(directory: Directory) -> list[Person]:
    """Whom one can act as on a demonstration: active users without a password, the demo user first."""
    people, _ = await directory.people(limit=MOST_PLAYERS, with_password=False)
    return sorted((each for each in people if each.active), key=lambda each: each.username != USERNAME)


async def demo_identity(directory: Directory, username: str = "") -> Identity:
    """Who one is on a demonstration: somebody without a password, else the demo user, who may do everything."""
    if username != USERNAME and username in {each.username for each in await players_of(directory)}:
        identity = await directory.identity(username)
        if identity is not None:
            return msgspec.structs.replace(identity, demo=True)
    groups = frozenset(group.group_id for group in await directory.groups())
    account = await directory.identity(USERNAME)
    theme = account.theme if account else ""
    return Identity(USERNAME, "Demo", groups, frozenset(Role), theme=theme, demo=True)
