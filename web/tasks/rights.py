"""Who sees a task, and what they may do with it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, and_, literal, or_, true

from engine.identity.identity import Identity, Role
from engine.machine.lifecycle import UserTaskState
from engine.store.tables import user_task as ut
from web.tasks.filters import View

Condition = ColumnElement[bool]

_NONE = literal([], ARRAY(Text))


def is_overseer(identity: Identity) -> bool:
    """Whether somebody sees all tasks, and may act on those of others."""
    return identity.may(Role.OPERATOR)


def candidate(identity: Identity) -> Condition:
    """Tasks that are offered to somebody, or to one of their groups."""
    mine = ut.c.candidate_users.bool_op("@>")(literal([identity.username], ARRAY(Text)))
    if not identity.groups:
        return mine
    return or_(mine, ut.c.candidate_groups.bool_op("&&")(literal(sorted(identity.groups), ARRAY(Text))))


def visible(identity: Identity) -> Condition:
    """Tasks that somebody may see: their own, those offered to them, those that nobody is named for."""
    if is_overseer(identity):
        return true()
    nobodys = and_(ut.c.assignee.is_(None), ut.c.candidate_groups == _NONE, ut.c.candidate_users == _NONE)
    return or_(ut.c.assignee == identity.username, candidate(identity), nobodys)


def shown(view: View, identity: Identity) -> Condition:
    """The tasks of a view."""
    open_ = ut.c.ended_at.is_(None)
    free = and_(open_, ut.c.assignee.is_(None))
    match view:
        case View.MINE:
            return and_(open_, ut.c.assignee == identity.username)
        case View.GROUPS:
            return and_(free, candidate(identity))
        case View.UNASSIGNED:
            return and_(free, visible(identity))
        case View.ALL:
            return and_(open_, visible(identity))
        case View.COMPLETED:
            done = and_(ut.c.ended_at.is_not(None), ut.c.state == UserTaskState.COMPLETED.value)
            return done if is_overseer(identity) else and_(done, ut.c.assignee == identity.username)


class Permissions:
    """What somebody may do with a task that they see. A task on its way through listeners waits for them."""

    def __init__(self, identity: Identity, task: Any) -> None:
        rests = task.state == "CREATED"
        mine = task.assignee == identity.username
        overseer = is_overseer(identity)
        self.claim = rests and task.assignee is None
        self.unclaim = rests and task.assignee is not None and (mine or overseer)
        self.assign = rests and (mine or overseer)
        self.change = rests and (mine or overseer)
        self.complete = rests and mine
