"""Groups and their members."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from api.rest.operation import Call, Operations
from api.rest.searching import declare_search
from api.rest.wire import Request, Result
from engine.identity.search import GROUP_USERS, GROUPS, ROLES

operations = Operations("Group")

PATH = "/groups/{groupId}"
GroupId = Annotated[str, Meta(min_length=1, max_length=256)]


class GroupUpdateRequest(Request):
    name: str
    description: str = ""


class GroupCreateRequest(GroupUpdateRequest, kw_only=True):
    group_id: GroupId


class GroupResult(Result):
    name: str
    group_id: str
    description: str | None


@operations("POST", "/groups", "createGroup", body=GroupCreateRequest, result=GroupResult, status=201, errors=(409,))
async def create_group(call: Call) -> GroupResult:
    """Add a group, which has neither members nor roles yet."""
    request: GroupCreateRequest = call.body
    await call.server.people.directory.add_group(request.group_id, request.name, request.description)
    return await _result(call, request.group_id)


@operations("GET", PATH, "getGroup", result=GroupResult, errors=(404,))
async def get_group(call: Call) -> GroupResult:
    """A group by its id."""
    return await _result(call, call.parameters["groupId"])


@operations("PUT", PATH, "updateGroup", body=GroupUpdateRequest, result=GroupResult, errors=(404,))
async def update_group(call: Call) -> GroupResult:
    """Another name and description."""
    request: GroupUpdateRequest = call.body
    await call.server.people.directory.change_group(call.parameters["groupId"], request.name, request.description)
    return await _result(call, call.parameters["groupId"])


@operations("DELETE", PATH, "deleteGroup", errors=(404, 409))
async def delete_group(call: Call) -> None:
    """Remove a group. Tasks that name it as a candidate go on naming it."""
    await call.server.people.directory.remove_group(call.parameters["groupId"])


@operations("PUT", f"{PATH}/users/{{username}}", "assignUserToGroup", errors=(404, 409))
async def assign_user(call: Call) -> None:
    """Make a user a member of a group."""
    await call.server.people.directory.add_member(call.parameters["groupId"], call.parameters["username"])


@operations("DELETE", f"{PATH}/users/{{username}}", "unassignUserFromGroup", errors=(404, 409))
async def unassign_user(call: Call) -> None:
    """Take a user out of a group."""
    await call.server.people.directory.remove_member(call.parameters["groupId"], call.parameters["username"])


async def _members_of(call: Call) -> dict[str, Any]:
    group = await call.server.people.directory.group(call.parameters["groupId"])
    return {"groupId": group.group_id}


async def _roles_of(call: Call) -> dict[str, Any]:
    group = await call.server.people.directory.group(call.parameters["groupId"])
    return {"roleId": {"$in": sorted(group.roles)}}


async def _result(call: Call, group_id: str) -> GroupResult:
    group = await call.server.people.directory.group(group_id)
    return GroupResult(group.name, group.group_id, group.description)


declare_search(operations, "/groups/search", "searchGroups", GROUPS)
declare_search(operations, f"{PATH}/users/search", "searchUsersForGroup", GROUP_USERS, _members_of)
declare_search(operations, f"{PATH}/roles/search", "searchRolesForGroup", ROLES, _roles_of)
