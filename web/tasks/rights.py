"""Which tasks a view shows (who sees a task at all: engine.identity.visibility), and what somebody may do with one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_

from engine.identity.identity import Identity
from engine.identity.visibility import offered_tasks, sees_all_tasks, visible_tasks
from engine.machine.lifecycle import UserTaskState
from engine.store.tables import user_task as ut
from web.tasks.filters import View

Condition = ColumnElement[bool]


def shown(view: View, identity: Identity) -> Condition:
    """The tasks of a view."""
    open_ = ut.c.ended_at.is_(None)
    free = and_(open_, ut.c.assignee.is_(None))
    match view:
        case View.MINE:
            return and_(open_, ut.c.assignee == identity.username)
        case View.GROUPS:
            return and_(free, offered_tasks(identity))
        case View.UNASSIGNED:
            return and_(free, visible_tasks(identity))
        case View.ALL:
            return and_(open_, visible_tasks(identity))
        case View.COMPLETED:
            done = and_(ut.c.ended_at.is_not(None), ut.c.state == UserTaskState.COMPLETED.value)
            return done if sees_all_tasks(identity) else and_(done, ut.c.assignee == identity.username)


class Permissions:
    """What somebody may do with a task that they see. A task on its way through listeners waits for them."""

    def __init__(self, identity: Identity, task: Any) -> None:
        rests = task.state == "CREATED"
        mine = task.assignee == identity.username
        overseer = sees_all_tasks(identity)
        self.claim = rests and task.assignee is None
        self.unclaim = rests and task.assignee is not None and (mine or overseer)
        self.assign = rests and (mine or overseer)
        self.change = rests and (mine or overseer)
        self.complete = rests and mine
