"""Which user tasks somebody may see and work on.

Operators and administrators: all. Others: those assigned to them, those that they are a candidate for, by name or by
group, and those that nobody in particular is meant to do.
"""

from __future__ import annotations

import copy
from collections.abc import Collection

import msgspec
from sqlalchemy import ARRAY, ColumnElement, Text, and_, literal, or_, true

from engine.identity.identity import Identity, Role
from engine.store.search import USER_TASKS, Entity
from engine.store.tables import user_task as ut

_NONE = literal([], ARRAY(Text))


def sees_all_tasks(identity: Identity) -> bool:
    return identity.may(Role.OPERATOR)


def needed_assignee(identity: Identity) -> str | msgspec.UnsetType:
    """Who must have a task that somebody changes or gives away: they themselves; UNSET for who may do so to all."""
    return msgspec.UNSET if sees_all_tasks(identity) else identity.username


def may_see(
    identity: Identity, assignee: str | None, candidate_users: Collection[str], candidate_groups: Collection[str]
) -> bool:
    """Whether a task with this assignee and these candidates is there for somebody."""
    if sees_all_tasks(identity) or assignee == identity.username or identity.username in candidate_users:
        return True
    if not identity.groups.isdisjoint(candidate_groups):
        return True
    return assignee is None and not candidate_users and not candidate_groups


def offered_tasks(identity: Identity) -> ColumnElement[bool]:
    """Rows of `user_task` that somebody is a candidate for, by name or by group."""
    mine = ut.c.candidate_users.bool_op("@>")(literal([identity.username], ARRAY(Text)))
    if not identity.groups:
        return mine
    return or_(mine, ut.c.candidate_groups.bool_op("&&")(literal(sorted(identity.groups), ARRAY(Text))))


def visible_tasks(identity: Identity) -> ColumnElement[bool]:
    """What `may_see` says, as a condition on the rows of `user_task`."""
    if sees_all_tasks(identity):
        return true()
    nobodys = and_(ut.c.assignee.is_(None), ut.c.candidate_groups == _NONE, ut.c.candidate_users == _NONE)
    return or_(ut.c.assignee == identity.username, offered_tasks(identity), nobodys)


def tasks_of(identity: Identity) -> Entity:
    """What `Reader.search` is given to find only the tasks that somebody may see."""
    if sees_all_tasks(identity):
        return USER_TASKS
    visible = copy.copy(USER_TASKS)
    [source] = USER_TASKS.sources
    narrowed = copy.copy(source)
    narrowed.where = (*source.where, visible_tasks(identity))
    visible.sources = (narrowed,)
    return visible
