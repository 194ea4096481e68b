"""People as they are read from the rows, in one statement each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from engine.identity.identity import Identity, Role

#: Of `user_account AS u`: what an Identity is made of.
IDENTITY_COLUMNS = """
    u.username, u.name, u.email, u.theme,
    array(SELECT m.group_id FROM group_member m WHERE m.username = u.username),
    array(SELECT r.role FROM user_role r WHERE r.username = u.username
          UNION SELECT r.role FROM group_role r JOIN group_member m USING (group_id) WHERE m.username = u.username)
"""
IDENTITY_WIDTH = 6

PERSON_COLUMNS = """
    u.username, u.name, u.email, u.active, u.password IS NOT NULL, u.created_at,
    array(SELECT m.group_id FROM group_member m WHERE m.username = u.username ORDER BY 1),
    array(SELECT r.role FROM user_role r WHERE r.username = u.username),
    (SELECT max(s.seen_at) FROM session s WHERE s.username = u.username)
"""

GROUP_COLUMNS = """
    g.group_id, g.name, g.description,
    array(SELECT m.username FROM group_member m WHERE m.group_id = g.group_id ORDER BY 1),
    array(SELECT r.role FROM group_role r WHERE r.group_id = g.group_id)
"""


class Person(msgspec.Struct, frozen=True):
    """A user as administrators see one. `roles`: given to the user, beside those of the groups."""

    username: str
    name: str
    email: str | None
    active: bool
    has_password: bool
    created_at: datetime
    groups: list[str]
    roles: frozenset[Role]
    seen_at: datetime | None  # the last request of an open session


class Group(msgspec.Struct, frozen=True):
    """A group, its members and the roles that they have by it."""

    group_id: str
    name: str
    description: str | None
    members: list[str]
    roles: frozenset[Role]


def identity_of(row: tuple[Any, ...], demo: bool = False) -> Identity:
    """From IDENTITY_COLUMNS."""
    username, name, email, theme, groups, roles = row
    return Identity(username, name, frozenset(groups), roles_of(roles), email, theme, demo)


def person_of(row: tuple[Any, ...]) -> Person:
    """From PERSON_COLUMNS."""
    username, name, email, active, has_password, created_at, groups, roles, seen_at = row
    return Person(username, name, email, active, has_password, created_at, groups, roles_of(roles), seen_at)


def group_of(row: tuple[Any, ...]) -> Group:
    """From GROUP_COLUMNS."""
    group_id, name, description, members, roles = row
    return Group(group_id, name, description, members, roles_of(roles))


def roles_of(names: list[str]) -> frozenset[Role]:
    """The roles that this version knows, of those in a row."""
    return frozenset(role for role in Role if role in names)
