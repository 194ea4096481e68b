"""An instance as it was at any moment: its log, replayed from the beginning by the machine's own `apply`.

The rows hold only how things stand now; the log holds how they came to it. `History.as_of` replays an instance up to a
step and keeps the replay, so that the next later step costs only what lies between; an earlier one begins anew. What a
replay costs is bounded by `LONGEST`: it ends there, and says so.
"""

from __future__ import annotations

from collections import OrderedDict

from engine.machine import events as ev
from engine.machine.apply import apply, instance_of, migrate_to
from engine.machine.graph import Graph
from engine.machine.state import ElementInstance, Incident, Instance
from engine.runtime.deployed.definitions import Definitions
from engine.runtime.postgres.database import Connection, Database
from engine.store.log import Step, read_steps

LONGEST = 200_000  # events that a replay goes through at most
PAGE = 200  # log rows read at a time; other requests are served in between
KEPT_REPLAYS = 4
KEPT_PATHS = 200


class Past:
    """An instance as it was after one of its steps, with everything that it had been through by then.

    `seq`, `at` (milliseconds since the epoch), `command` and `actor` are of that step; all are empty before the first.
    `visits` are its element instances by key, ended ones too, each with the variables that it had when it ended;
    `within` are the same by the key of their scope, in the order in which they began. `flows` counts how often each
    sequence flow was taken. `ends_early`: the step that was asked for lies beyond what is replayed.
    """

    def __init__(self, key: int) -> None:
        self.key = key
        self.seq = 0
        self.at = 0
        self.command = ""
        self.actor = ""
        self.instance: Instance | None = None
        self.visits: dict[int, ElementInstance] = {}
        self.within: dict[int, list[ElementInstance]] = {}
        self.flows: dict[str, int] = {}
        self.replayed = 0  # events
        self.ends_early = False

    @property
    def incidents(self) -> list[Incident]:
        """Those that were open."""
        waits = self.instance.waits.values() if self.instance else ()
        return [wait for wait in waits if isinstance(wait, Incident)]

    def replay(self, step: Step, graphs: dict[int, Graph]) -> None:
        """Go on by one step. `graphs` has every definition that its events name."""
        for event in step.events:
            if isinstance(event, ev.InstanceCreated):
                self.instance = instance_of(graphs[event.process_definition_key], event, step.at)
                self.visits[self.key] = self.instance.root
            elif self.instance is not None:
                self._replay(self.instance, event, step.at, graphs)
        if self.instance is not None:
            self.instance.changes.clear()  # nobody will write them
            self.instance.version = step.seq
        self.seq, self.at, self.command, self.actor = step.seq, step.at, step.command, step.actor
        self.replayed += len(step.events)

    def _replay(self, instance: Instance, event: ev.Event, at: int, graphs: dict[int, Graph]) -> None:
        if isinstance(event, ev.InstanceMigrated):
            migrate_to(instance, event, graphs[event.process_definition_key])
            return
        apply(instance, event, at)
        if isinstance(event, ev.ElementActivating):
            element = instance.elements[event.key]
            self.visits[event.key] = element
            self.within.setdefault(event.scope_key, []).append(element)
        elif isinstance(event, ev.SequenceFlowTaken):
            self.flows[event.flow_id] = self.flows.get(event.flow_id, 0) + 1


class History:
    """The past of instances. One for all requests of a server process."""

    def __init__(self, database: Database, definitions: Definitions) -> None:
        self._database = database
        self._definitions = definitions
        self._replays: OrderedDict[int, Past] = OrderedDict()
        self._paths: OrderedDict[int, tuple[int, dict[str, int]]] = OrderedDict()

    async def as_of(self, key: int, seq: int) -> Past:
        """The instance as it was after its step `seq`, or after the last one before that left a row in the log.

        The replay is kept and goes on with the next request: read what you need of it before you await anything else.
        Raises Unavailable.
        """
        past = self._replays.pop(key, None)  # nobody else goes on with it meanwhile
        if past is None or past.seq > seq:
            past = Past(key)
        await self._advance(past, seq)
        self._replays[key] = past
        while len(self._replays) > KEPT_REPLAYS:
            self._replays.popitem(last=False)
        return past

    async def _advance(self, past: Past, until: int) -> None:
        """Replay what lies between, page by page, but no more than `LONGEST` events in all."""
        past.ends_early = False
        async with self._database.borrow() as connection:
            while True:
                steps = await read_steps(connection, past.key, past.seq, until, PAGE)
                graphs = await self._graphs(connection, steps)
                for step in steps:
                    if past.replayed + len(step.events) > LONGEST:
                        past.ends_early = True
                        return
                    past.replay(step, graphs)
                if len(steps) < PAGE:
                    return

    async def _graphs(self, connection: Connection, steps: list[Step]) -> dict[int, Graph]:
        """The definitions that an instance started on or moved to in these steps."""
        named = {
            event.process_definition_key
            for step in steps
            for event in step.events
            if isinstance(event, ev.InstanceCreated | ev.InstanceMigrated)
        }
        if any(self._definitions.catalog.process(key) is None for key in named):
            await self._definitions.refresh(connection)
        return {key: await self._definitions.ensure(connection, key) for key in named}

    async def path(self, key: int, until: int) -> dict[str, int]:
        """How often an instance has taken each sequence flow up to a step; what was read before is not read again.

        Raises Unavailable.
        """
        seq, flows = self._paths.pop(key, (0, {}))
        if seq > until:
            seq, flows = 0, {}
        flows = dict(flows)
        async with self._database.borrow() as connection:
            while steps := await read_steps(connection, key, seq, until, PAGE):
                for step in steps:
                    for event in step.events:
                        if isinstance(event, ev.SequenceFlowTaken):
                            flows[event.flow_id] = flows.get(event.flow_id, 0) + 1
                seq = steps[-1].seq
        self._paths[key] = (seq, flows)
        while len(self._paths) > KEPT_PATHS:
            self._paths.popitem(last=False)
        return flows
