"""User tasks: find them, take them, do them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from api.rest.access import check_assignment, owner
from api.rest.forms import FormResult, form_result
from api.rest.operation import Answer, Call, Operations
from api.rest.searching import declare_get, existing, query_schema, result_type
from api.rest.variables import searched_variables
from api.rest.wire import Request, Variables, date_of
from engine.identity.visibility import tasks_of
from engine.machine.commands import AssignUserTask, CompleteUserTask, UpdateUserTask
from engine.store.search import USER_TASKS, VARIABLES_TRUNCATED, Found, SearchQuery, figures

operations = Operations("User task")

PATH = "/user-tasks/{userTaskKey}"


class UserTaskAssignmentRequest(Request):
    """`allowOverride` (the default): the task may be taken from somebody else.

    Who leaves the assignee out takes the task from nobody: that is asked for by DELETE.
    """

    assignee: Annotated[str, Meta(min_length=1)]
    allow_override: bool | None = None
    action: str | None = None


class UserTaskCompletionRequest(Request):
    variables: Variables | None = None
    action: str | None = None


class Changeset(Request):
    """What is absent stays as it was; an empty text or list, or null, takes the value away."""

    due_date: str | msgspec.UnsetType | None = msgspec.UNSET
    follow_up_date: str | msgspec.UnsetType | None = msgspec.UNSET
    candidate_users: list[str] | msgspec.UnsetType | None = msgspec.UNSET
    candidate_groups: list[str] | msgspec.UnsetType | None = msgspec.UNSET
    priority: Annotated[int, Meta(ge=0, le=100)] | msgspec.UnsetType | None = msgspec.UNSET


class UserTaskUpdateRequest(Request):
    changeset: Changeset | None = None
    action: str | None = None


@operations("POST", f"{PATH}/assignment", "assignUserTask", body=UserTaskAssignmentRequest, errors=(404, 409, 504))
async def assign_user_task(call: Call) -> None:
    """Give a task to somebody."""
    request: UserTaskAssignmentRequest = call.body
    holder = await check_assignment(call, request.assignee)
    await call.server.runtime.execute(
        AssignUserTask(
            user_task_key=call.key("userTaskKey"),
            assignee=request.assignee,
            allow_override=request.allow_override is not False,
            action=request.action or "assign",
            expected_assignee=holder,
        )
    )


@operations("DELETE", f"{PATH}/assignee", "unassignUserTask", errors=(404, 409, 504))
async def unassign_user_task(call: Call) -> None:
    """Take a task from its assignee."""
    await call.server.runtime.execute(
        AssignUserTask(
            user_task_key=call.key("userTaskKey"),
            assignee=None,
            action="unassign",
            expected_assignee=owner(call),
        )
    )


@operations(
    "POST",
    f"{PATH}/completion",
    "completeUserTask",
    body=UserTaskCompletionRequest,
    optional=True,
    errors=(404, 409, 504),
)
async def complete_user_task(call: Call) -> None:
    """The task is done; the process goes on with these variables."""
    request: UserTaskCompletionRequest = call.body
    await call.server.runtime.execute(
        CompleteUserTask(
            user_task_key=call.key("userTaskKey"),
            variables=request.variables or {},
            action=request.action or "complete",
            expected_assignee=owner(call),
        )
    )


async def update_user_task(call: Call) -> None:
    """Change the attributes of a task."""
    request: UserTaskUpdateRequest = call.body
    await call.server.runtime.execute(
        UpdateUserTask(
            user_task_key=call.key("userTaskKey"),
            changes={} if request.changeset is None else _changes(request.changeset),
            action=request.action or "update",
            expected_assignee=owner(call),
        )
    )


def _changes(changeset: Changeset) -> dict[str, Any]:
    emptied = {"candidate_users": [], "candidate_groups": [], "priority": 50}
    changes: dict[str, Any] = {}
    for name in Changeset.__struct_fields__:
        value = getattr(changeset, name)
        if value is not msgspec.UNSET:
            changes[name] = emptied.get(name) if value is None else value
    for name, path in (("due_date", "changeset.dueDate"), ("follow_up_date", "changeset.followUpDate")):
        if name in changes:
            changes[name] = date_of(changes[name], path)
    return changes


class FlatUserTaskUpdateRequest(Changeset):
    """What some clients send to the other path: the changes themselves."""

    changeset: Changeset | None = None
    action: str | None = None


operations("PATCH", PATH, "updateUserTask", body=UserTaskUpdateRequest, optional=True, errors=(404, 409, 504))(
    update_user_task
)


@operations(
    "PATCH",
    f"{PATH}/update",
    "updateUserTaskByAlias",
    body=FlatUserTaskUpdateRequest,
    optional=True,
    errors=(404, 409, 504),
)
async def update_user_task_by_alias(call: Call) -> None:
    """The same at another path, where the changes may also stand without `changeset` around them."""
    request: FlatUserTaskUpdateRequest = call.body
    call.body = UserTaskUpdateRequest(changeset=request.changeset or request, action=request.action)
    await update_user_task(call)


@operations("GET", f"{PATH}/form", "getUserTaskForm", result=FormResult, answers={204: ""}, errors=(404,))
async def get_form(call: Call) -> FormResult | Answer:
    """The form that a task is done with; 204 where it has none."""
    task = await existing(call, USER_TASKS, "user task")
    if task.formKey is None:
        return Answer(204)
    return form_result(await figures.content(call.server.reader, int(task.formKey)))


@operations(
    "POST",
    f"{PATH}/variables/search",
    "searchUserTaskVariables",
    body=SearchQuery,
    optional=True,
    result=result_type(VARIABLES_TRUNCATED),
    query=("truncateValues",),
    errors=(404,),
    schema=query_schema(VARIABLES_TRUNCATED),
)
async def search_variables(call: Call) -> Found:
    """The variables that a task sees: its own, and those of the scopes around it."""
    return await _search_visible(call, effective=False)


@operations(
    "POST",
    f"{PATH}/effective-variables/search",
    "searchUserTaskEffectiveVariables",
    body=SearchQuery,
    optional=True,
    result=result_type(VARIABLES_TRUNCATED),
    query=("truncateValues",),
    errors=(404,),
    schema=query_schema(VARIABLES_TRUNCATED),
)
async def search_effective_variables(call: Call) -> Found:
    """The variables that a task sees, where of several of one name only the innermost counts."""
    return await _search_visible(call, effective=True)


async def _search_visible(call: Call, effective: bool) -> Found:
    reader = call.server.reader
    task = await existing(call, USER_TASKS, "user task")
    scopes = await figures.scopes_around(reader, int(task.processInstanceKey), int(task.elementInstanceKey))
    within: dict[str, Any] = {"processInstanceKey": task.processInstanceKey}
    if effective:
        keys = await figures.effective_variables(reader, int(task.processInstanceKey), scopes)
        within["variableKey"] = {"$in": [str(key) for key in keys]}
    else:
        within["scopeKey"] = {"$in": [str(scope) for scope in scopes]}
    return await reader.search(searched_variables(call), call.body, within)


@operations(
    "POST",
    "/user-tasks/search",
    "searchUserTasks",
    body=SearchQuery,
    optional=True,
    result=result_type(USER_TASKS),
    schema=query_schema(USER_TASKS),
)
async def search_user_tasks(call: Call) -> Found:
    """Find tasks; who is no operator finds those that are there for them."""
    entity = USER_TASKS if call.identity is None else tasks_of(call.identity)
    return await call.server.reader.search(entity, call.body)


declare_get(operations, PATH, "getUserTask", USER_TASKS, "user task")
