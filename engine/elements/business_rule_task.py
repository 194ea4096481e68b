"""Business rule task: a job."""

from __future__ import annotations

from engine.elements.registry import element
from engine.elements.service_task import JobTask


@element("businessRuleTask")
class BusinessRuleTask(JobTask):
    """A rule that a worker decides."""

    type = "BUSINESS_RULE_TASK"
