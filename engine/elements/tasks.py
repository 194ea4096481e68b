"""What several tasks do alike: what stands around any task, and the job that many are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.base import Behavior
from engine.elements.reading import read_job
from engine.machine.jobs import JobPlan, create_job, plan_job

if TYPE_CHECKING:
    from engine.elements.registry import Source
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


class Activity(Behavior):
    """A task: it may have boundary events, a loop, mappings and compensation."""

    activity = True


class JobTask(Activity):
    """Creates a job and completes with it."""

    def __init__(self, source: Source) -> None:
        self.job = read_job(source)

    def prepare(self, m: Work, e: ElementInstance) -> JobPlan:
        assert self.job is not None
        return plan_job(m, e, self.job)

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        create_job(m, e, prepared)
