"""Users, groups and who has which role, as searches know them."""

from __future__ import annotations

from sqlalchemy import Text, column, values

from engine.identity.identity import ROLE_DESCRIPTIONS
from engine.identity.tables import group_member, group_role, user_account, user_group, user_role
from engine.store.search.entity import Entity, Field, Source
from engine.store.search.kinds import TEXT

u, g = user_account.c, user_group.c

USERS = Entity(
    "User",
    [Source(user_account, (u.username,))],
    [
        Field("username", TEXT, u.username),
        Field("name", TEXT, u.name, nullable=True),
        Field("email", TEXT, u.email, nullable=True),
    ],
    default_sort=("username",),
)

GROUPS = Entity(
    "Group",
    [Source(user_group, (g.group_id,))],
    [
        Field("name", TEXT, g.name),
        Field("groupId", TEXT, g.group_id),
        Field("description", TEXT, g.description, nullable=True, filter=False, sort=False),
    ],
    default_sort=("groupId",),
)

GROUP_USERS = Entity(
    "GroupUser",
    [Source(group_member, (group_member.c.username,))],
    [
        Field("username", TEXT, group_member.c.username),
        Field("groupId", TEXT, group_member.c.group_id, answer=False, sort=False),
    ],
    default_sort=("username",),
)

#: The roles are those of this version: a table without rows of its own.
_role = values(column("role", Text), column("name", Text), column("description", Text), name="role").data(
    [(role.value, role.capitalize(), about) for role, about in ROLE_DESCRIPTIONS.items()]
)

ROLES = Entity(
    "Role",
    [Source(_role, (_role.c.role,))],
    [
        Field("name", TEXT, _role.c.name),
        Field("roleId", TEXT, _role.c.role),
        Field("description", TEXT, _role.c.description, nullable=True, filter=False, sort=False),
    ],
    default_sort=("roleId",),
)

ROLE_USERS = Entity(
    "RoleUser",
    [Source(user_role, (user_role.c.username,))],
    [
        Field("username", TEXT, user_role.c.username),
        Field("roleId", TEXT, user_role.c.role, answer=False, sort=False),
    ],
    default_sort=("username",),
)

ROLE_GROUPS = Entity(
    "RoleGroup",
    [Source(group_role, (group_role.c.group_id,))],
    [
        Field("groupId", TEXT, group_role.c.group_id),
        Field("roleId", TEXT, group_role.c.role, answer=False, sort=False),
    ],
    default_sort=("groupId",),
)
