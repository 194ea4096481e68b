"""One transaction: many commands, carried out together.

    lock the instances of all commands, in key order         ┐
    delete the pending rows of those that are follow-ups     │ one round trip
    ask whether the catalog is current                       ┘
    read instances that are not in memory, catch up those that are behind
    participants: admit
    advance every command, create called instances             in memory
    participants: settle
    one statement per table, jobs for who asks, COMMIT         one round trip

A command that is rejected leaves no trace. If the machine fails in the middle of one, its instance leaves the batch
and the cache, and the other commands on it are tried again. Everything here ends with COMMIT or never was: what
others are to know of it, they learn from the commit loop afterwards.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from engine.machine import advance as machine
from engine.machine.commands import (
    Command,
    Continue,
    CreateInstance,
    Rejection,
    ReportCallFailed,
    encode_follow_up,
)
from engine.runtime.commits.intake import take_in
from engine.runtime.commits.queue import Entry
from engine.runtime.deployed.definitions import NotLoaded
from engine.runtime.errors import InternalError
from engine.runtime.results import InstanceStarted
from engine.store.keys import PART_SHIFT, KeysExhausted, part_of
from engine.store.rows import Rows
from engine.store.statements import INSERT_PENDING

if TYPE_CHECKING:
    from engine.machine.advance import Outcome
    from engine.machine.graph import Graph
    from engine.machine.state import Instance
    from engine.runtime.commits.context import Context
    from engine.runtime.postgres.sending import SendingConnection

logger = logging.getLogger(__name__)

#: Commands of one instance after which what they have changed is sent.
PORTION = 100

#: How long a follow-up that the engine cannot carry out is left alone (milliseconds).
PAUSE_AFTER_DEFECT = 60_000


class Batch:
    """The state of one transaction while it runs.

    `entries` are all its commands, those of one instance side by side; `services` those among them that belong to
    participants, `creates` those that start instances (`admit` finds `graph` and `instance_key` in each), and
    `by_instance` all others; `outcomes` is what each is answered, an exception where it was refused. `touched` are
    the instances that were read, changed or created; `follow_ups` are to be carried out after it, `again` to be tried
    once more.
    """

    def __init__(self, context: Context, connection: SendingConnection, entries: list[Entry]) -> None:
        self.context = context
        self.connection = connection
        self.now = context.clock.now()
        self.promises = context.jobs.new_promises()
        self.rows = Rows(self.now, partial(context.jobs.offer, self.promises, self.now))
        self.entries = entries
        self.services: list[Entry] = []
        self.outcomes: dict[Entry, object] = {}
        self.touched: dict[int, Instance] = {}
        self.again: list[Entry] = []
        self.follow_ups: list[Entry] = []
        self.committing = False
        self.by_instance: dict[int, list[Entry]] = {}
        self.creates: list[Entry] = []
        self._written_ahead: set[int] = set()  # instances of which rows are sent before all commands are done
        self._called: list[tuple[Entry, CreateInstance]] = []  # called instances, created in this same batch
        for entry in entries:
            self._sort_in(entry)

    def _sort_in(self, entry: Entry) -> None:
        command = entry.command
        if isinstance(command, CreateInstance):
            self.creates.append(entry)
        elif type(command) in self.context.service_commands:
            self.services.append(entry)
        else:
            self.by_instance.setdefault(entry.instance_key, []).append(entry)

    # ---- For participants -------------------------------------------------------------------------------------------

    def answer(self, entry: Entry, result: object) -> None:
        """What the sender gets after COMMIT, and after the follow-ups that the command caused.

        Done in `admit`, the command itself is not carried out.
        """
        self.outcomes[entry] = result

    def reject(self, entry: Entry, error: Exception) -> None:
        """The sender gets an error; done in `admit`, nothing of the command happens."""
        self.outcomes[entry] = error

    def defer(self, entry: Entry) -> None:
        """Done in `admit`, a start is tried again in a later batch, after what it must wait for."""
        self.creates.remove(entry)
        self._try_again([entry])

    def store(self, command: Command, cause: Entry | None = None) -> None:
        """Keep a follow-up in `pending_command`; it is carried out after COMMIT, and its cause answered after it."""
        key = self.context.keys.key(_part(command))
        ask = None if cause is None else cause.ask
        if ask is not None:
            ask.open += 1
        entry = Entry(command, ask, key)
        if not isinstance(command, CreateInstance):
            entry.instance_key = getattr(command, "process_instance_key", 0)
        self.follow_ups.append(entry)
        self.rows.add(INSERT_PENDING, (key >> PART_SHIFT, key, encode_follow_up(command), self.now))

    # ---- The steps --------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Everything between BEGIN and COMMIT."""
        await take_in(self)
        for participant in self.context.participants:
            await participant.admit(self)
        self._advance_all()
        await self._create_called()
        for instance in self.touched.values():
            self.rows.collect(instance)
        for participant in self.context.participants:
            await participant.settle(self)
        self.rows.write(self.connection)
        await self.context.jobs.take(self)

    # ---- In memory --------------------------------------------------------------------------------------------------

    def _advance_all(self) -> None:
        for key, entries in self.by_instance.items():
            instance = self.touched.get(key)
            if instance is None or instance.ended_at is not None:
                for entry in entries:
                    self.outcomes.setdefault(entry, not_found(entry.command))
            else:
                self._advance_line(instance, [entry for entry in entries if entry not in self.outcomes])
        for entry in self.creates:
            if entry not in self.outcomes:
                self._create(entry)

    def _advance_line(self, instance: Instance, entries: list[Entry]) -> None:
        """All commands of one instance, in portions: PostgreSQL writes one while the next is advanced.

        What waits for many instances is spread over the lanes; what waits for one would leave a processor idle.
        """
        for start in range(0, len(entries), PORTION):
            if start:
                self.rows.collect(instance)
                self.rows.write(self.connection)
                self.connection.push()
                self._written_ahead.add(instance.key)
            self._advance(instance, entries[start : start + PORTION])
            if instance.key not in self.touched:
                self._try_again(entries[start + PORTION :])
                return

    def _advance(self, instance: Instance, entries: list[Entry]) -> None:
        """Commands of one instance; only if the machine got through them all does any of them count."""
        context = self.context
        new_key = context.keys.maker(part_of(instance.key))
        done: list[tuple[Entry, Outcome, int]] = []
        refused: list[tuple[Entry, Rejection]] = []
        for entry in entries:
            try:
                outcome = machine.advance(instance, entry.command, self.now, new_key, context.definitions)
            except Rejection as rejection:
                refused.append((entry, rejection))
            except Exception as error:  # noqa: BLE001  (a defect must not hurt the rest of the batch)
                self._drop(instance, entries, entry, error)
                return
            else:
                done.append((entry, outcome, instance.version))
        for entry, why in refused:
            self.reject(entry, why)
        for entry, outcome, version in done:
            self._note(entry, outcome, version)
            self.answer(entry, outcome.result)

    def _drop(self, instance: Instance, entries: list[Entry], failed: Entry, error: Exception) -> None:
        """The machine failed in the middle of a command: what is in memory of the instance is of no use any more.

        Where some of its rows are on their way already, neither is the transaction.
        """
        if isinstance(error, NotLoaded):
            self.context.definitions.want(error.resource_key)
        if instance.key in self._written_ahead:
            raise error
        del self.touched[instance.key]
        self.context.cache.discard(instance.key)
        if isinstance(error, KeysExhausted):
            self.context.keys.grow()
            self._try_again(entries)
            return
        if isinstance(error, NotLoaded):
            self._try_again(entries)
            return
        self._fail(failed, error)
        self._try_again([entry for entry in entries if entry is not failed])

    def _fail(self, entry: Entry, error: Exception) -> None:
        """The engine failed at a command. A follow-up is not lost: it is kept, and tried again after a while."""
        name = type(entry.command).__name__
        logger.error("%s failed on instance %d", name, entry.instance_key, exc_info=error)
        reason = f"{name} failed by a defect of the engine ({error}); the log has the details."
        self.reject(entry, InternalError(reason))
        self._keep_pending(entry, self.now + PAUSE_AFTER_DEFECT)

    def _try_again(self, entries: list[Entry]) -> None:
        """After this batch, which has nothing of them."""
        self.again += entries
        for entry in entries:
            self._keep_pending(entry, self.now)

    def _keep_pending(self, entry: Entry, at: int) -> None:
        """A follow-up that is not carried out now: the row stays, which this transaction has deleted already."""
        if entry.pending_key:
            row = (part_of(entry.pending_key), entry.pending_key, encode_follow_up(entry.command), at)
            self.rows.add(INSERT_PENDING, row)

    def _create(self, entry: Entry) -> None:
        command, graph = entry.command, entry.graph
        assert isinstance(command, CreateInstance)
        assert graph is not None
        try:
            self._start(entry, command, graph, entry.instance_key)
        except Rejection as rejection:
            self.reject(entry, rejection)
        except KeysExhausted:
            self.context.keys.grow()
            self._try_again([entry])
        except NotLoaded as missing:
            self.context.definitions.want(missing.resource_key)
            self._try_again([entry])
        except Exception as error:  # noqa: BLE001  (a defect must not hurt the rest of the batch)
            self._fail(entry, error)
        else:
            self.answer(entry, started(entry))

    def _start(self, cause: Entry, command: CreateInstance, graph: Graph, key: int) -> None:
        context = self.context
        new_key = context.keys.maker(part_of(key))
        outcome = machine.create(graph, command, key, self.now, new_key, context.definitions)
        self.touched[key] = outcome.instance
        self._note(cause, outcome, outcome.instance.version, "CreateInstance")

    def _note(self, entry: Entry, outcome: Outcome, version: int, name: str = "") -> None:
        """Keep what a command did: its log row, if anything has happened to the instance, and its follow-ups."""
        if outcome.events:
            command = name or type(entry.command).__name__
            self.rows.log(outcome.instance, version, command, outcome.events, entry.actor)
        for follow_up in outcome.follow_ups:
            if isinstance(follow_up, CreateInstance):
                self._called.append((entry, follow_up))
            else:
                self.store(follow_up, None if isinstance(follow_up, Continue) else entry)

    async def _create_called(self) -> None:
        """Start called processes at once; a call that cannot be made is reported to its call activity."""
        while self._called:
            cause, command = self._called.pop(0)
            key = command.key or self.context.keys.key(self.context.keys.part)
            try:
                graph = await self.context.definitions.resolve(self.connection, command)
                self._start(cause, command, graph, key)
            except Rejection as rejection:
                self._call_failed(cause, command, rejection.reason)
            except NotLoaded as missing:
                await self.context.definitions.load_model(self.connection, missing.resource_key)
                self._called.append((cause, command))

    def _call_failed(self, cause: Entry, command: CreateInstance, reason: str) -> None:
        assert command.parent_key is not None
        assert command.parent_element_key is not None
        report = ReportCallFailed(
            process_instance_key=command.parent_key,
            element_instance_key=command.parent_element_key,
            reason=reason,
        )
        self.store(report, cause)


def started(entry: Entry) -> InstanceStarted:
    """The answer to a CreateInstance whose definition and key are known."""
    command, graph = entry.command, entry.graph
    assert isinstance(command, CreateInstance)
    assert graph is not None
    return InstanceStarted(
        process_instance_key=entry.instance_key,
        process_definition_key=graph.definition_key,
        process_id=graph.process_id,
        version=graph.version,
        tenant=command.tenant,
        business_id=command.business_id,
        tags=command.tags,
    )


def _part(command: Command) -> int:
    """Where the row of a follow-up lies: with the instance it is for, so that one node has both."""
    return part_of(getattr(command, "process_instance_key", 0) or getattr(command, "key", 0))


_WHAT = {
    "instance": "process instance",
    "element": "element instance",
    "job": "job",
    "user_task": "user task",
    "incident": "incident",
    "timer": "timer",
}


def not_found(command: Command) -> Rejection:
    """The answer to a command whose target is not there, or has ended with its instance."""
    name, what = type(command).__name__, _WHAT[command.target_kind]
    reason = f"Command '{name}' found no {what} with key '{command.target}': it does not exist or has ended."
    return Rejection("NOT_FOUND", reason)
