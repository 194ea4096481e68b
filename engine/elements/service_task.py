"""Service task; and what every task that is a job does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.reading import read_job
from engine.elements.registry import Source, element
from engine.elements.tasks import Activity
from engine.machine.jobs import JobPlan, create_job, plan_job

if TYPE_CHECKING:
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


class JobTask(Activity):
    """Creates a job and completes with it."""

    def __init__(self, source: Source) -> None:
        self.job = read_job(source)

    def prepare(self, m: Work, e: ElementInstance) -> JobPlan:
        assert self.job is not None
        return plan_job(m, e, self.job)

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        create_job(m, e, prepared)


@element("serviceTask")
class ServiceTask(JobTask):
    """Work for a service: a job that a worker does."""

    type = "SERVICE_TASK"
