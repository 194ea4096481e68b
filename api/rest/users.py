"""Users."""

from __future__ import annotations

from typing import Annotated

from api.rest.operation import Call, Operations
from api.rest.reading import text_like
from api.rest.searching import declare_search
from api.rest.wire import Request, Result
from engine.identity.search import USERS

operations = Operations("User")

PATH = "/users/{username}"
Username = Annotated[
    str,
    text_like(
        r"[a-zA-Z0-9_~@.+\-]+",
        "letters from A to Z, digits and characters of '_~@.+-'",
        longest=256,
    ),
]


class UserRequest(Request):
    password: str
    username: Username
    name: str = ""
    email: str = ""


class UserUpdateRequest(Request):
    """What is absent stays as it was; an empty e-mail takes it away."""

    password: str | None = None
    name: str | None = None
    email: str | None = None


class UserResult(Result):
    username: str
    name: str | None
    email: str | None


@operations("POST", "/users", "createUser", body=UserRequest, result=UserResult, status=201, errors=(401, 403, 409))
async def create_user(call: Call) -> UserResult:
    """Add a user, who may do nothing before a role is given, directly or by a group."""
    request: UserRequest = call.body
    await call.server.people.directory.add_user(
        request.username, request.password, name=request.name, email=request.email
    )
    return await _result(call, request.username)


@operations("GET", PATH, "getUser", result=UserResult, errors=(401, 403, 404))
async def get_user(call: Call) -> UserResult:
    """A user by the user name."""
    return await _result(call, call.parameters["username"])


@operations("PUT", PATH, "updateUser", body=UserUpdateRequest, result=UserResult, errors=(401, 403, 404))
async def update_user(call: Call) -> UserResult:
    """Change name, e-mail and password; another password ends the user's sessions."""
    request: UserUpdateRequest = call.body
    username = call.parameters["username"]
    await call.server.people.directory.change_user(
        username, name=request.name, email=request.email, password=request.password or None
    )
    return await _result(call, username)


@operations("DELETE", PATH, "deleteUser", errors=(401, 403, 404, 409))
async def delete_user(call: Call) -> None:
    """Remove a user; what the user did stays in the history."""
    await call.server.people.directory.remove_user(call.parameters["username"])


async def _result(call: Call, username: str) -> UserResult:
    person = await call.server.people.directory.person(username)
    return UserResult(person.username, person.name, person.email)


declare_search(operations, "/users/search", "searchUsers", USERS)
