"""Service task: work for a service, by a worker that takes its job."""

from __future__ import annotations

from engine.elements.registry import element
from engine.elements.tasks import JobTask


@element("serviceTask")
class ServiceTask(JobTask):
    """Work for a service: a job that a worker does."""

    type = "SERVICE_TASK"
