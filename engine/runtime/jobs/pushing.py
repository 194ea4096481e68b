"""A job from memory, as the worker that it is pushed to gets it."""

from __future__ import annotations

from engine.machine.lifecycle import JobKind
from engine.machine.state import ElementInstance, Job, UserTask
from engine.runtime.jobs.listened_tasks import as_asked
from engine.runtime.jobs.polling import JobRequest
from engine.runtime.results import ActivatedJob, UserTaskOfJob
from engine.store.rows import JobLock


def pushed_job(job: Job, lock: JobLock, request: JobRequest) -> ActivatedJob:
    """What the worker sees of a job, at the time of the batch that locked it."""
    element = job.element
    instance = element.instance
    graph = instance.graph
    return ActivatedJob(
        key=job.key,
        type=job.type,
        process_id=graph.process_id,
        process_version=graph.version,
        process_definition_key=graph.definition_key,
        process_instance_key=instance.key,
        root_process_instance_key=instance.root_key,
        element_id=element.node.id,
        element_instance_key=element.key,
        headers=job.headers,
        worker=lock.worker,
        retries=job.retries,
        deadline=lock.due_at,
        variables=_variables(element, request.fetch_variables),
        tenant=instance.tenant,
        kind=job.kind,
        listener=job.listener,
        user_task=_user_task(element) if job.kind is JobKind.TASK_LISTENER else None,
        tags=instance.tags,
        business_id=instance.business_id,
        priority=job.priority,
        lease_token=lock.lease_token,
    )


def _variables(element: ElementInstance, names: frozenset[str] | None) -> dict[str, str]:
    """JSON texts by name; the innermost scope wins."""
    seen: dict[str, str] = {}
    scope: ElementInstance | None = element
    while scope is not None:
        for name, variable in scope.variables.items():
            if name not in seen and (names is None or name in names):
                seen[name] = variable.text
        scope = scope.scope
    return seen


def _user_task(element: ElementInstance) -> UserTaskOfJob | None:
    for wait in element.waits.values():
        if isinstance(wait, UserTask):
            task = UserTaskOfJob(
                key=wait.key,
                action=wait.action,
                assignee=wait.assignee,
                candidate_groups=wait.candidate_groups,
                candidate_users=wait.candidate_users,
                due_date=wait.due_date,
                follow_up_date=wait.follow_up_date,
                form_key=wait.form_key,
                priority=wait.priority,
            )
            return as_asked(task, element.data)
    return None
