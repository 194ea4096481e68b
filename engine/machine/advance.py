"""Command → events. The two ways into the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.machine import events as ev
from engine.machine import suspending
from engine.machine.apply import instance_of
from engine.machine.handlers import HANDLERS
from engine.machine.starting import check_start, start_instance
from engine.machine.work import NewKey, Work

if TYPE_CHECKING:
    from engine.machine.commands import Command, CreateInstance
    from engine.machine.graph import Catalog, Graph
    from engine.machine.state import Instance


class Outcome:
    """What one command did: its events, in order, and the commands for others that follow from it."""

    __slots__ = ("events", "follow_ups", "instance", "result")

    def __init__(self, work: Work) -> None:
        self.instance = work.instance
        self.events = work.events
        self.follow_ups = work.follow_ups
        self.result = work.result


def create(graph: Graph, command: CreateInstance, key: int, now: int, new_key: NewKey, catalog: Catalog) -> Outcome:
    """Start an instance of a process, under `key`, at `now` (milliseconds since the epoch).

    Raises Rejection where the command names what the process has not.
    """
    check_start(graph, command)
    created = ev.InstanceCreated(
        key,
        graph.definition_key,
        command.tenant,
        command.parent_key,
        command.parent_element_key,
        command.root_key,
        command.business_id,
        command.tags,
    )
    m = Work(instance_of(graph, created, now), now, new_key, catalog)
    m.accept(command)
    m.events.append(created)
    start_instance(m, command)
    return _finished(m)


def advance(instance: Instance, command: Command, now: int, new_key: NewKey, catalog: Catalog) -> Outcome:
    """Carry out one command on an instance. Raises Rejection, with nothing changed, where it cannot be."""
    m = Work(instance, now, new_key, catalog)
    m.accept(command)
    if not suspending.keep(m, command):
        HANDLERS[type(command)](m, command)
    return _finished(m)


def _finished(m: Work) -> Outcome:
    m.run()
    if m.instance.suspended_at is not None:
        suspending.let_go(m)
    if m.events:  # without any (a preview, a question passed on) no trace is left
        m.instance.version += 1
        m.instance.changes[m.instance] = None
    return Outcome(m)
