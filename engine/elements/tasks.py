"""Tasks that need no worker and no person: manual and undefined tasks pass at once."""

from __future__ import annotations

from engine.elements.base import Behavior
from engine.elements.registry import element


class Activity(Behavior):
    """A task: it may have boundary events, a loop, mappings and compensation."""

    activity = True


@element("task")
class UndefinedTask(Activity):
    """A task of no kind: a step that is only drawn."""

    type = "TASK"


@element("manualTask")
class ManualTask(Activity):
    """Work outside of any system that nobody reports on."""

    type = "MANUAL_TASK"
