"""An instance as it was: at every step the replay of the log is what a server read from the rows at that time."""

from __future__ import annotations

from typing import Any

import pytest

from engine.machine.commands import (
    CompleteJob,
    CompleteUserTask,
    FailJob,
    MigrateInstance,
    ModifyInstance,
    MoveInstruction,
    ResolveIncident,
    ResumeInstance,
    SetVariables,
    SuspendInstance,
    UpdateJob,
)
from engine.runtime import history
from engine.runtime.actor import ACTOR
from engine.runtime.clock import FakeClock
from engine.runtime.runtime import Runtime
from engine.store.load import load
from tests.runtime.stage import HOUR, MINUTE, Stage
from tests.story import snapshot

pytestmark = pytest.mark.anyio


class Witness:
    """Does something to an instance and remembers what the rows said after it."""

    def __init__(self, runtime: Runtime, url: str, clock: FakeClock) -> None:
        self.runtime = runtime
        self.stage = Stage(runtime, url)
        self.clock = clock
        self.key = 0
        self.seen: dict[int, dict[str, Any]] = {}  # snapshots by the number of the step

    async def start(self, *names: str, **variables: Any) -> None:
        await self.stage.deploy(*names)
        self.key = await self.stage.start(names[0], **variables)
        await self.look()

    async def do(self, command: Any) -> None:
        self.clock.advance(MINUTE)
        await self.runtime.execute(command)
        await self.look()

    async def look(self) -> None:
        """Remember what is there to be read, unless the instance has ended and nothing of it is open."""
        if self.stage.has_ended(self.key):
            return
        async with self.runtime.database.borrow() as connection:
            read = (await load(connection, [self.key], self.runtime.definitions.graph))[self.key]
        self.seen[read.version] = snapshot(read)

    async def work(self, type: str, **variables: Any) -> None:
        self.clock.advance(MINUTE)
        await self.stage.work(type, **variables)
        await self.look()

    def one(self, query: str) -> int:
        key: int = self.stage.column(f"{query} WHERE process_instance_key = %s AND ended_at IS NULL", self.key)[0]
        return key

    def last(self) -> int:
        version: int = self.stage.column("SELECT max(seq) FROM log WHERE process_instance_key = %s", self.key)[0]
        return version


@pytest.fixture
def witness(still: Runtime, database_url: str, clock: FakeClock) -> Witness:
    return Witness(still, database_url, clock)


async def assert_remembered(witness: Witness) -> None:
    """Each step, the last first and then from the beginning, is as it was seen."""
    assert len(witness.seen) > 1
    for seq in [*sorted(witness.seen, reverse=True), *sorted(witness.seen)]:
        past = await witness.runtime.history.as_of(witness.key, seq)
        assert past.instance is not None
        assert snapshot(past.instance) == witness.seen[seq], f"after step {seq}"


async def test_each_step_of_a_repair_is_as_it_was(witness: Witness) -> None:
    await witness.start("one_task", amount=12)
    job = witness.one("SELECT key FROM job")
    await witness.do(FailJob(job_key=job, retries=0, message="no paper"))
    await witness.do(SetVariables(element_instance_key=witness.key, variables={"amount": 7, "note": "mended"}))
    await witness.do(UpdateJob(job_key=job, retries=1))
    await witness.do(SuspendInstance(process_instance_key=witness.key))
    await witness.do(ResumeInstance(process_instance_key=witness.key))
    await witness.do(ResolveIncident(incident_key=witness.one("SELECT key FROM incident")))
    await witness.work("work")
    await assert_remembered(witness)


async def test_loops_scopes_and_their_results_are_as_they_were(witness: Witness) -> None:
    await witness.start("multi_instance_parallel", items=[1, 2, 3])
    for job in await witness.stage.jobs("work"):
        await witness.do(CompleteJob(job_key=job.key, variables={"result": job.key}))
    await assert_remembered(witness)


async def test_a_timer_and_a_moved_token_are_as_they_were(witness: Witness) -> None:
    await witness.start("migration_v1", orderId="A7")
    witness.clock.advance(2 * HOUR)
    await witness.runtime.tick()
    await witness.look()
    move = MoveInstruction(element_id="end", source_element_id="work")
    await witness.do(ModifyInstance(process_instance_key=witness.key, move=[move]))
    past = await witness.runtime.history.as_of(witness.key, witness.last())
    assert past.instance is not None
    assert past.instance.ended_at == witness.clock.now()
    assert {visit.node.id: visit.state.name for visit in past.visits.values()} == {
        "migration_v1": "COMPLETED",
        "start": "COMPLETED",
        "work": "TERMINATED",
        "late": "COMPLETED",
        "late_end": "COMPLETED",
        "end": "COMPLETED",
    }
    await assert_remembered(witness)


async def test_before_its_migration_an_instance_is_shown_in_the_definition_it_ran_on(witness: Witness) -> None:
    await witness.start("migration_v1", "migration_v2", orderId="A7")
    (target,) = witness.stage.column("SELECT key FROM process_definition WHERE process_id = 'migration_v2'")
    plan = await witness.runtime.propose_migration(
        witness.stage.column("SELECT process_definition_key FROM process_instance")[0], target
    )
    mapping = plan.mapping | {"work": "do_work", "late": "late"}
    await witness.do(
        MigrateInstance(process_instance_key=witness.key, target_process_definition_key=target, mapping=mapping)
    )
    ids = []
    for seq in (1, witness.last()):
        past = await witness.runtime.history.as_of(witness.key, seq)
        assert past.instance is not None
        ids.append(past.instance.graph.process_id)
    assert ids == ["migration_v1", "migration_v2"]
    await assert_remembered(witness)


async def test_what_has_ended_keeps_the_variables_it_had(witness: Witness) -> None:
    await witness.start("multi_instance_parallel", items=[1, 2])
    await witness.work("work", result=4)
    past = await witness.runtime.history.as_of(witness.key, witness.last())
    assert past.instance is not None
    assert not past.instance.elements
    replayed = {
        (visit.key, name, variable.text)
        for visit in past.visits.values()
        for name, variable in visit.variables.items()
    }
    stored = witness.stage.rows(
        "SELECT scope_key, name, value FROM variable WHERE process_instance_key = %s", witness.key
    )
    assert replayed == set(stored)
    assert len({scope for scope, _, _ in replayed}) > 2


async def test_the_path_counts_each_flow_and_goes_on_from_where_it_was(witness: Witness) -> None:
    await witness.start("user_task")
    before = await witness.runtime.history.path(witness.key, witness.last())
    await witness.do(CompleteUserTask(user_task_key=witness.one("SELECT key FROM user_task")))
    after = await witness.runtime.history.path(witness.key, witness.last())
    past = await witness.runtime.history.as_of(witness.key, witness.last())
    assert sum(before.values()) < sum(after.values())
    assert after == past.flows


async def test_a_replay_ends_where_it_would_become_too_long_and_says_so(
    witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await witness.start("one_task")
    for note in range(5):
        await witness.do(SetVariables(element_instance_key=witness.key, variables={"note": note}))
    first = await witness.runtime.history.as_of(witness.key, 1)
    monkeypatch.setattr(history, "LONGEST", first.replayed + 2)
    past = await witness.runtime.history.as_of(witness.key, witness.last())
    assert (past.seq, past.ends_early) == (3, True)


async def test_an_instance_without_a_log_has_no_past(witness: Witness) -> None:
    past = await witness.runtime.history.as_of(1 << 51, 10)
    assert (past.instance, past.seq, past.visits) == (None, 0, {})


async def test_the_log_names_the_user_who_asked(witness: Witness) -> None:
    await witness.start("one_task")
    ACTOR.set("ada")
    await witness.do(SetVariables(element_instance_key=witness.key, variables={"note": 1}))
    assert witness.stage.rows("SELECT command, actor FROM log ORDER BY seq") == [
        ("CreateInstance", None),
        ("SetVariables", "ada"),
    ]
