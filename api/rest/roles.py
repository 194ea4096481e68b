"""Roles and who has them. There are the four of engine.identity.Role; clients give and take them, but make none."""

from __future__ import annotations

from typing import Any

from api.rest.operation import Call, Operations
from api.rest.searching import declare_search
from api.rest.wire import Result
from engine.identity.errors import NotFound
from engine.identity.identity import ROLE_DESCRIPTIONS, Role
from engine.identity.search import ROLE_GROUPS, ROLE_USERS, ROLES

operations = Operations("Role")

PATH = "/roles/{roleId}"


class RoleResult(Result):
    name: str
    role_id: str
    description: str | None


@operations("GET", PATH, "getRole", result=RoleResult, errors=(404,))
async def get_role(call: Call) -> RoleResult:
    """A role by its id, in upper or lower case."""
    role = _role(call)
    return RoleResult(role.capitalize(), role, ROLE_DESCRIPTIONS[role])


@operations("PUT", f"{PATH}/users/{{username}}", "assignRoleToUser", errors=(404, 409))
async def assign_to_user(call: Call) -> None:
    """Give a user a role."""
    await call.server.people.directory.add_role(_role(call), call.parameters["username"])


@operations("DELETE", f"{PATH}/users/{{username}}", "unassignRoleFromUser", errors=(404, 409))
async def unassign_from_user(call: Call) -> None:
    """Take a role from a user; the last administrator keeps it."""
    await call.server.people.directory.remove_role(_role(call), call.parameters["username"])


@operations("PUT", f"{PATH}/groups/{{groupId}}", "assignRoleToGroup", errors=(404, 409))
async def assign_to_group(call: Call) -> None:
    """Give all members of a group a role."""
    await call.server.people.directory.add_group_role(_role(call), call.parameters["groupId"])


@operations("DELETE", f"{PATH}/groups/{{groupId}}", "unassignRoleFromGroup", errors=(404, 409))
async def unassign_from_group(call: Call) -> None:
    """Take a role from a group; its members keep what they have by themselves or by another."""
    await call.server.people.directory.remove_group_role(_role(call), call.parameters["groupId"])


def _role(call: Call) -> Role:
    """The role in the path, in upper or lower case."""
    name = call.parameters["roleId"].upper()
    if name not in ROLE_DESCRIPTIONS:
        raise NotFound(f"There is no role '{name[:40]}', but {', '.join(Role)}.")
    return Role(name)


async def _holders_of(call: Call) -> dict[str, Any]:
    return {"roleId": _role(call).value}


declare_search(operations, "/roles/search", "searchRoles", ROLES)
declare_search(operations, f"{PATH}/users/search", "searchUsersForRole", ROLE_USERS, _holders_of)
declare_search(operations, f"{PATH}/groups/search", "searchGroupsForRole", ROLE_GROUPS, _holders_of)
