"""Who somebody is, and what they may do."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What people are let do. Roles belong to users, and to groups, whose members then have them."""

    ADMINISTRATOR = "ADMINISTRATOR"
    OPERATOR = "OPERATOR"
    MODELER = "MODELER"
    USER = "USER"


#: What each role is for, as administrators read it.
ROLE_DESCRIPTIONS = {
    Role.ADMINISTRATOR: "May do everything, and manages users, groups and roles.",
    Role.OPERATOR: "Sees all instances and tasks, and mends, cancels, moves and migrates them.",
    Role.MODELER: "Draws, deploys, plays and starts processes.",
    Role.USER: "Works on tasks: their own, and those of their groups.",
}


class Identity(msgspec.Struct, frozen=True):
    """Somebody who is signed in. `demo`: nobody has signed in; this server lets everybody on its machine in."""

    username: str
    name: str
    groups: frozenset[str]
    roles: frozenset[Role]
    email: str | None = None
    theme: str = ""
    demo: bool = False

    def may(self, role: str) -> bool:
        """Whether what `role` stands for is allowed.

        An administrator may do everything; everybody who has any role may also work on tasks.
        """
        if role in self.roles or Role.ADMINISTRATOR in self.roles:
            return True
        return role == Role.USER and bool(self.roles)

    @property
    def signed_in(self) -> bool:
        return bool(self.username)


#: Nobody: on the page that people sign in at.
NOBODY = Identity("", "", frozenset(), frozenset())
