"""Who did what with a task: told from the log of its instance."""

from __future__ import annotations

import struct
from datetime import datetime

import msgspec
from sqlalchemy import func, literal, select

from engine.machine import events as ev
from engine.machine.events import decode as decode_events
from engine.machine.lifecycle import UserTaskState
from engine.store.keys import part_of
from engine.store.search import Reader
from engine.store.tables import log

MOST_ROWS = 500


class Change(msgspec.Struct, frozen=True):
    """An attribute's new value, as the rest of a sentence: "the priority to", "80"."""

    attribute: str
    value: str
    is_moment: bool


class Happening(msgspec.Struct, frozen=True):
    """One thing that happened: when, by whom as far as known, and what, as the rest of a sentence."""

    at: datetime
    actor: str
    what: str
    reason: str = ""
    changes: tuple[Change, ...] = ()


async def history_of(reader: Reader, instance_key: int, task_key: int) -> list[Happening]:
    """What happened to a task, the first first."""
    encoded = b"\xcf" + struct.pack(">Q", task_key)  # how an event in the log holds the key
    statement = (
        select(log.c.at, log.c.actor, log.c.events)
        .where(
            log.c.part == part_of(instance_key),
            log.c.process_instance_key == instance_key,
            func.position(literal(encoded).op("IN")(log.c.events)) > 0,
        )
        .order_by(log.c.seq)
        .limit(MOST_ROWS)
    )
    teller = _Teller(task_key)
    for at, actor, events in await reader.rows(statement):
        for event in decode_events(events):
            teller.hear(at, actor or "", event)
    return teller.told


class _Teller:
    """Makes sentences of events. Who began a move did it, whoever ended it: between them listeners may be asked."""

    def __init__(self, key: int) -> None:
        self._key = key
        self._actor = ""
        self._assignee: str | None = None
        self._before: ev.UserTaskCreating | ev.UserTaskUpdated | None = None
        self.told: list[Happening] = []

    def hear(self, at: datetime, actor: str, event: ev.Event) -> None:
        if getattr(event, "key", None) != self._key:
            return
        match event:
            case ev.UserTaskCreating():
                self._before = event
                self._tell(at, "", "was created")
            case ev.UserTaskAssigned():
                self._assigned(at, event.assignee)
            case ev.UserTaskUpdated():
                self._updated(at, event)
            case ev.UserTaskMoved():
                self._moved(at, actor, event)

    def _moved(self, at: datetime, actor: str, event: ev.UserTaskMoved) -> None:
        state = UserTaskState(event.state)
        if event.denied is not None:
            self._tell(at, "", "a task listener denied it, so the task is as it was", event.denied)
        elif state is UserTaskState.COMPLETED:
            self._tell(at, self._actor, "completed it" if self._actor else "was completed")
        elif state is UserTaskState.CANCELED:
            self._tell(at, "", "was canceled")
        if state is not UserTaskState.CREATED:
            self._actor = actor

    def _assigned(self, at: datetime, assignee: str | None) -> None:
        """A task of a model with an assignee is created without one first, which is not worth telling."""
        actor = self._actor
        if assignee is None:
            if self._assignee is not None:
                self._tell(at, actor, "gave it back" if actor else "was taken from its assignee")
        elif actor == assignee:
            self._tell(at, actor, "claimed it")
        else:
            self._tell(at, actor, f"gave it to {assignee}" if actor else f"was assigned to {assignee}")
        self._assignee = assignee

    def _updated(self, at: datetime, event: ev.UserTaskUpdated) -> None:
        before, self._before = self._before, event
        changes = tuple(
            Change(words, _shown(value), name in _MOMENTS and value is not None)
            for name, words in _ATTRIBUTES.items()
            if (value := getattr(event, name)) != getattr(before, name, None)
        )
        if changes:
            self._tell(at, self._actor, "set" if self._actor else "was changed:", changes=changes)

    def _tell(
        self, at: datetime, actor: str, what: str, reason: str = "", changes: tuple[Change, ...] = ()
    ) -> None:
        self.told.append(Happening(at, actor, what if actor else what[0].upper() + what[1:], reason, changes))


_ATTRIBUTES = {
    "priority": "the priority to",
    "due_date": "the due date to",
    "follow_up_date": "the follow-up date to",
    "candidate_groups": "the candidate groups to",
    "candidate_users": "the candidate users to",
}

_MOMENTS = frozenset({"due_date", "follow_up_date"})


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nobody"
    return "none" if value is None else str(value)
