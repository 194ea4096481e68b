"""Who may call which operation.

On a server that lets everybody on its machine in (web/admission.py), such requests pass at the cost of a look at their
headers. All others say who they are, by user name and password (HTTP Basic) or by the session of a page, whose changes
carry its X-CSRF-Token. What the roles allow:

    role           operations
    (nobody)       getStatus, getLicense
    (signed in)    getTopology, getAuthentication
    USER           user tasks and their forms, as far as the tasks are theirs; find processes, and start them where
                   they begin
    MODELER        also: deploy, delete (but no history), decide, evaluate; read everything that runs
    OPERATOR       everything but the changes of users, groups and roles; what workers need is this, too
    ADMINISTRATOR  everything

A user (no operator) sees the tasks that engine.identity.visibility says, takes those that nobody has, and completes,
changes or gives away their own.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType

from api.rest.problems import Problem, not_found
from engine.identity.errors import TooManyAttempts, WrongCredentials
from engine.identity.identity import Identity, Role
from engine.identity.visibility import may_see, needed_assignee, sees_all_tasks
from engine.runtime.actor import ACTOR
from engine.store.search import USER_TASKS
from engine.store.search.values import read_key
from web.admission import (
    CSRF_HEADER,
    SAFE_METHODS,
    Admission,
    carries_token,
    headers_of,
    is_cross_site,
    is_plainly_local,
)

if TYPE_CHECKING:
    from api.rest.operation import Call, Operation
    from engine.store.search import Reader

PUBLIC = frozenset({"getStatus", "getLicense"})
_SIGNED_IN = frozenset({"getTopology", "getAuthentication"})
_USER_TAGS = frozenset({"User task", "Form"})
_USER_OPERATIONS = frozenset(
    {
        "createProcessInstance",
        "getProcessDefinition",
        "getProcessDefinitionXML",
        "getStartProcessForm",
        "searchProcessDefinitions",
    }
)
_MODELER_TAGS = frozenset({"Resource", "Process definition", "Decision", "Expression"})
_PEOPLE_TAGS = frozenset({"User", "Group", "Role"})
#: What only whoever has a task may do with it.
_OWNERS = frozenset({"completeUserTask", "updateUserTask", "updateUserTaskByAlias", "unassignUserTask"})

_BASIC = (b"www-authenticate", b'Basic realm="Pointsman", charset="UTF-8"')
#: For scripts of a page, where Basic would make the browser ask for a password with a window of its own.
_COOKIE = (b"www-authenticate", b'Cookie realm="Pointsman"')


def roles_of(operation: Operation) -> tuple[Role, ...]:
    """The roles of which one is needed; none where being signed in is enough. An administrator may do everything."""
    reads = operation.method == "GET" or operation.path.endswith("/search")
    if operation.name in _SIGNED_IN or operation.name in PUBLIC:
        return ()
    if operation.tag in _PEOPLE_TAGS:
        return (Role.OPERATOR,) if reads else (Role.ADMINISTRATOR,)
    if operation.tag in _USER_TAGS or operation.name in _USER_OPERATIONS:
        return (Role.USER,)
    if reads or operation.tag in _MODELER_TAGS:
        return (Role.MODELER, Role.OPERATOR)
    return (Role.OPERATOR,)


class Gate:
    """Lets requests through to their operations."""

    def __init__(self, admission: Admission, reader: Reader) -> None:
        self._admission = admission
        self._reader = reader
        self._open = admission.access.demo and not admission.access.proxy

    async def admit(self, scope: Any, operation: Operation, parameters: dict[str, str]) -> Identity | None:
        """Who asks, once it is known that they may; None for everybody on this machine. Problem 401, 403 or 429."""
        if self._open and is_plainly_local(scope):
            return None
        if operation.name in PUBLIC:
            return None
        identity = await self._identity(scope)
        roles = roles_of(operation)
        if roles and not any(identity.may(role) for role in roles):
            needed = " or ".join(roles)
            raise forbidden(f"'{operation.name}' needs the role {needed}, which '{identity.username}' does not have.")
        if "userTaskKey" in parameters and not sees_all_tasks(identity):
            await self._check_task(identity, operation, read_key(parameters["userTaskKey"], "userTaskKey"))
        ACTOR.set(identity.username)
        return identity

    async def _identity(self, scope: Any) -> Identity:
        headers = headers_of(scope)
        authorization = headers.get(b"authorization")
        if authorization:
            return await self._program(scope, authorization)
        visitor = await self._admission.visitor(scope, rotate=False)
        if not visitor.identity.signed_in:
            raise _unauthorized("Sign in: send user name and password (HTTP Basic).", headers)
        if visitor.session is not None and scope["method"] not in SAFE_METHODS:
            token = headers.get(CSRF_HEADER, b"").decode("latin-1")
            if is_cross_site(headers, visitor.origin) or not carries_token(visitor, token):
                raise forbidden("A change with the session of a page needs its X-CSRF-Token, and to come from a page.")
        return visitor.identity

    async def _program(self, scope: Any, authorization: bytes) -> Identity:
        headers = headers_of(scope)
        origin = self._admission.origin(scope, headers)
        if scope["method"] not in SAFE_METHODS and is_cross_site(headers, origin):
            # A browser that was once told a password sends it along with what any site asks for.
            raise forbidden("The request came from another site, so nothing was changed.")
        try:
            return await self._admission.program(authorization, origin)
        except WrongCredentials as error:
            raise _unauthorized(str(error), headers) from error
        except TooManyAttempts as error:
            after = (b"retry-after", str(error.seconds).encode())
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", str(error), (after,)) from error

    async def _check_task(self, identity: Identity, operation: Operation, key: int) -> None:
        """Hide what is not theirs, and keep what is somebody else's as it is."""
        task = await self._reader.get(USER_TASKS, key)
        if task is None or not may_see(identity, task.assignee, task.candidateUsers, task.candidateGroups):
            raise not_found("user task", key)
        if operation.name in _OWNERS and task.assignee != identity.username:
            owner = "nobody yet: take it first" if task.assignee is None else f"'{task.assignee}'"
            raise forbidden(f"The task {key} is assigned to {owner}.")


def owner(call: Call) -> str | UnsetType:
    """Who must have the task that a command is for when it is carried out: between the gate and then it may change
    hands. UNSET where it does not matter.
    """
    return UNSET if call.identity is None else needed_assignee(call.identity)


async def check_assignment(call: Call, assignee: str) -> str | UnsetType | None:
    """Who must have a task (None: nobody) when it is assigned: who is no operator takes nothing from others.

    Raises Problem 403 where somebody else would be given a task that is not the caller's.
    """
    needed = owner(call)
    if needed is UNSET:
        return UNSET
    key = call.key("userTaskKey")
    task = await call.server.reader.get(USER_TASKS, key)
    if task is not None and task.assignee == needed:
        return needed
    if assignee != needed:
        raise forbidden(f"Only the assignee of the task {key} and operators may give it to somebody else.")
    return None


def check_start(call: Call) -> None:
    """A user starts processes at their beginning: what is skipped might be somebody's consent. Raises Problem 403."""
    identity = call.identity
    if identity is not None and not any(identity.may(role) for role in (Role.MODELER, Role.OPERATOR)):
        raise forbidden(
            "'startInstructions' and 'runtimeInstructions' need the role MODELER or OPERATOR, "
            f"which '{identity.username}' does not have."
        )


def check_forgetting(call: Call) -> None:
    """Who deletes what a process has done must be an operator, as for instances. Raises Problem 403."""
    identity = call.identity
    if identity is not None and not identity.may(Role.OPERATOR):
        raise forbidden(f"'deleteHistory' needs the role OPERATOR, which '{identity.username}' does not have.")


def forbidden(detail: str) -> Problem:
    """It is known who asks, and they may not."""
    return Problem(HTTPStatus.FORBIDDEN, "FORBIDDEN", detail)


def _unauthorized(detail: str, headers: dict[bytes, bytes]) -> Problem:
    challenge = _COOKIE if b"sec-fetch-mode" in headers else _BASIC
    return Problem(HTTPStatus.UNAUTHORIZED, "Unauthorized", detail, (challenge,))
