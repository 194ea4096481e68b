"""What the runtime answers."""

from __future__ import annotations

import msgspec


class InstanceStarted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The answer to CreateInstance."""

    process_instance_key: int
    process_definition_key: int
    process_id: str
    version: int
    tenant: str
    business_id: str | None
    tags: list[str]


class InstanceCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """How an instance ended; `variables` are those of its root, as JSON texts by name."""

    process_instance_key: int
    completed: bool  # False: terminated
    variables: dict[str, str]


class UserTaskOfJob(msgspec.Struct, frozen=True, kw_only=True):
    """The user task that a task listener's job is about, as it will be if its listeners agree.

    `changed_attributes`: the names of its attributes here that are not yet its own. Dates are ISO 8601 texts.
    """

    key: int
    action: str
    assignee: str | None
    candidate_groups: list[str]
    candidate_users: list[str]
    due_date: str | None
    follow_up_date: str | None
    form_key: int | None
    priority: int
    changed_attributes: list[str] = []


class ActivatedJob(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A job in the hands of a worker until `deadline` (milliseconds since the epoch).

    `headers` is a JSON object as text; `variables` are JSON texts by name. `kind` and `listener` are the numbers of
    engine.machine.lifecycle.
    """

    key: int
    type: str
    process_id: str
    process_version: int
    process_definition_key: int
    process_instance_key: int
    root_process_instance_key: int
    element_id: str
    element_instance_key: int
    headers: str
    worker: str
    retries: int
    deadline: int
    variables: dict[str, str]
    tenant: str
    kind: int
    listener: int
    user_task: UserTaskOfJob | None
    tags: list[str]
    business_id: str | None
    priority: int
    lease_token: str | None


class DeployedProcess(msgspec.Struct, frozen=True, kw_only=True):
    key: int
    process_id: str
    version: int
    resource_name: str
    tenant: str


class DeployedDecisionDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A decision; `requirements_*` are the requirements graph that it is part of."""

    key: int
    decision_id: str
    name: str
    version: int
    requirements_id: str
    requirements_key: int
    tenant: str


class DeployedResource(msgspec.Struct, frozen=True, kw_only=True):
    """A form, a decision model or any other file; `kind` is form, dmn or resource, `title` the name inside it."""

    key: int
    kind: str
    resource_id: str
    version: int
    resource_name: str
    title: str | None = None
    tenant: str


Deployable = DeployedProcess | DeployedDecisionDefinition | DeployedResource


class Deployed(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a deployment: everything that was in it, unchanged files too, with their keys and versions."""

    key: int
    tenant: str
    deployments: list[Deployable]
