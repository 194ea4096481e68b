"""User tasks, as the jobs of their listeners see them: with what has been asked for, which the listeners judge."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.machine.people import ATTRIBUTES, asked_of, changed_by
from engine.runtime.results import UserTaskOfJob


def as_asked(task: UserTaskOfJob, data: dict[str, Any] | None) -> UserTaskOfJob:
    """The task with what it waits for; `data` is that of its element."""
    progress = (data or {}).get("task")
    if progress is None:
        return task
    current = {name: getattr(task, name) for name in ("assignee", *ATTRIBUTES)}
    asked: dict[str, Any] = asked_of(progress)
    return msgspec.structs.replace(task, **asked, changed_attributes=changed_by(progress, current))
