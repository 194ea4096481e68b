"""Task of no kind: a step that is only drawn, which passes at once."""

from __future__ import annotations

from engine.elements.registry import element
from engine.elements.tasks import Activity


@element("task")
class UndefinedTask(Activity):
    """A task of no kind: a step that is only drawn."""

    type = "TASK"
