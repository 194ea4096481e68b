"""Manual task: work that no system hears of, so that it passes at once."""

from __future__ import annotations

from engine.elements.registry import element
from engine.elements.tasks import Activity


@element("manualTask")
class ManualTask(Activity):
    """Work outside of any system that nobody reports on."""

    type = "MANUAL_TASK"
