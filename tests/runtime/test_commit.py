"""Commands on a real database: what is answered is there, and a command that fails hurts nobody else."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from engine.machine.commands import (
    CancelInstance,
    Command,
    CompleteJob,
    CreateInstance,
    Rejection,
    ReportChildEnded,
    ResolveIncident,
    SetVariables,
)
from engine.runtime.clock import FakeClock
from engine.runtime.commits import batch as batches
from engine.runtime.errors import InternalError, Unavailable
from engine.runtime.runtime import Options, Runtime
from engine.store.keys import KeysExhausted
from tests.models import model
from tests.runtime.conftest import fixture
from tests.runtime.stage import HOUR, MINUTE, Stage

pytestmark = pytest.mark.anyio


@pytest.fixture
def stage(runtime: Runtime, database_url: str) -> Stage:
    return Stage(runtime, database_url)


async def outcome(runtime: Runtime, command: Command) -> object:
    """What a command is answered, an error too."""
    (result,) = await asyncio.gather(runtime.execute(command), return_exceptions=True)
    return result


# ---- What is answered is there ----------------------------------------------------------------------------------


async def test_an_instance_runs_from_start_to_end(stage: Stage) -> None:
    await stage.deploy("one_task")
    key = await stage.start("one_task", amount=12)
    (job,) = await stage.jobs("work")
    assert (job.process_instance_key, job.element_id, job.variables) == (key, "work", {"amount": "12"})

    await stage.runtime.execute(CompleteJob(job_key=job.key, variables={"done": True}))

    ended = await stage.runtime.completion(key, timeout=1)
    assert ended is not None
    assert (ended.completed, ended.variables) == (True, {"amount": "12", "done": "true"})
    assert stage.path(key) == ["start", "work", "end"]
    assert stage.leftovers() == {}


async def test_a_search_after_the_answer_sees_what_the_command_caused_elsewhere(stage: Stage) -> None:
    """The called instance ends, and with it the calling one, before the job's completion is answered."""
    await stage.deploy("call_activity", "call_activity_child")
    parent = await stage.start("call_activity")
    (child,) = stage.instances("call_activity_child")
    await stage.work("child_work")
    assert stage.has_ended(child)
    assert "after" in stage.path(parent)


async def test_many_commands_at_once_share_commits(stage: Stage) -> None:
    await stage.deploy("one_task")
    starts = [stage.runtime.execute(CreateInstance(process_id="one_task")) for _ in range(200)]
    started = await asyncio.gather(*starts)
    assert len({each.process_instance_key for each in started}) == 200
    assert stage.runtime.commits.commits < 20
    assert stage.count("process_instance") == 200


async def test_commands_on_one_instance_are_done_in_their_order(stage: Stage) -> None:
    await stage.deploy("one_task")
    key = await stage.start("one_task")
    commands = [SetVariables(element_instance_key=key, variables={"last": n}) for n in range(50)]
    await asyncio.gather(*map(stage.runtime.execute, commands))
    assert stage.variables(key) == {"last": 49}
    sequence = stage.column("SELECT seq FROM log WHERE process_instance_key = %s ORDER BY seq", key)
    assert sequence == list(range(1, 52))


async def test_an_instance_that_left_memory_goes_on_from_its_rows(database_url: str) -> None:
    async with Runtime.open(database_url) as first:
        stage = Stage(first, database_url)
        await stage.deploy("ten_tasks")
        key = await stage.start("ten_tasks", amount=12)
        await stage.work("step")
    async with Runtime.open(database_url, Options(cached_elements=0)) as second:
        stage = Stage(second, database_url)
        for number in range(2, 11):
            assert await stage.work("step", **{f"step_{number}": number}) == 1
    assert stage.has_ended(key)
    assert stage.variables(key) == {"amount": 12, **{f"step_{n}": n for n in range(2, 11)}}


# ---- A command that fails ----------------------------------------------------------------------------------------


async def test_a_command_for_what_does_not_exist_says_so(stage: Stage) -> None:
    for command in (
        CompleteJob(job_key=77),
        CancelInstance(process_instance_key=77),
        SetVariables(element_instance_key=77, variables={}),
        ResolveIncident(incident_key=2**63),
        CreateInstance(process_id="unknown"),
    ):
        rejection = await outcome(stage.runtime, command)
        assert isinstance(rejection, Rejection)
        assert rejection.kind == "NOT_FOUND"


async def test_a_completed_job_cannot_be_completed_again(stage: Stage) -> None:
    await stage.deploy("one_task", "ten_tasks")
    for process_id, type in (("one_task", "work"), ("ten_tasks", "step")):
        await stage.start(process_id)
        (job,) = await stage.jobs(type)
        await stage.runtime.execute(CompleteJob(job_key=job.key))
        before = stage.count("log")
        with pytest.raises(Rejection, match=f"'{job.key}'"):
            await stage.runtime.execute(CompleteJob(job_key=job.key))
        assert stage.count("log") == before


async def test_a_rejected_command_leaves_the_others_of_its_batch_alone(stage: Stage) -> None:
    await stage.deploy("one_task")
    commands = [CreateInstance(process_id="one_task" if n % 2 else "unknown") for n in range(20)]
    results = await asyncio.gather(*[outcome(stage.runtime, command) for command in commands])
    assert [isinstance(result, Rejection) for result in results] == [True, False] * 10
    assert stage.count("process_instance") == 10


async def test_what_postgresql_cannot_store_fails_alone(stage: Stage) -> None:
    """A NUL in a name reaches the database, which refuses the whole batch."""
    await stage.deploy("one_task")
    names = ["good", "b\0d", "better"]
    starts = [outcome(stage.runtime, CreateInstance(process_id="one_task", variables={name: 1})) for name in names]
    first, second, third = await asyncio.gather(*starts)
    assert isinstance(second, Rejection)
    assert second.kind == "INVALID_ARGUMENT"
    assert stage.count("process_instance") == 2
    assert {first.process_instance_key, third.process_instance_key} == set(stage.instances("one_task"))  # type: ignore[attr-defined]


async def test_a_long_line_of_commands_is_written_in_portions_and_committed_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PORTION", 2)
    await stage.deploy("one_task")
    key = await stage.start("one_task")
    before = stage.runtime.commits.commits
    await asyncio.gather(*[stage.runtime.execute(each) for each in settings(key, 7)])
    assert stage.runtime.commits.commits == before + 1
    assert stage.variables(key) == {"last": 7}
    assert stage.column("SELECT seq FROM log WHERE process_instance_key = %s", key) == list(range(1, 9))


@pytest.mark.parametrize("portion", [100, 2], ids=["together", "in portions"])
@pytest.mark.parametrize("failing", [2, 3, 6])
async def test_a_defect_of_the_engine_fails_one_command_of_an_instance(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, failing: int, portion: int
) -> None:
    """Those before and after it on the same instance count, although they were advanced together."""
    monkeypatch.setattr(batches, "PORTION", portion)
    await stage.deploy("one_task")
    key = await stage.start("one_task")
    advance = batches.machine.advance

    def fails(instance, command, *arguments):  # type: ignore[no-untyped-def]
        result = advance(instance, command, *arguments)
        if isinstance(command, SetVariables) and command.variables == {"last": failing}:
            raise ZeroDivisionError("a defect")
        return result

    monkeypatch.setattr(batches.machine, "advance", fails)
    results = await asyncio.gather(*[outcome(stage.runtime, command) for command in settings(key, 7)])
    assert [number for number, result in enumerate(results, 1) if result is not None] == [failing]
    assert isinstance(results[failing - 1], InternalError)
    assert stage.variables(key) == {"last": 7}
    assert stage.column("SELECT seq FROM log WHERE process_instance_key = %s", key) == list(range(1, 8))


def settings(key: int, count: int) -> list[SetVariables]:
    """Commands that each overwrite what the one before has set."""
    return [SetVariables(element_instance_key=key, variables={"last": n}) for n in range(1, count + 1)]


def failing(monkeypatch: pytest.MonkeyPatch, kind: type[Command], error: Exception, times: int) -> None:
    """Let the machine fail at a kind of command, after it has carried it out in memory, that many times."""
    advance = batches.machine.advance
    left = times

    def fails(instance, command, *arguments):  # type: ignore[no-untyped-def]
        nonlocal left
        result = advance(instance, command, *arguments)
        if isinstance(command, kind) and left:
            left -= 1
            raise error
        return result

    monkeypatch.setattr(batches.machine, "advance", fails)


async def test_a_follow_up_that_is_tried_again_is_not_lost(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys run out while the calling instance hears of the end of the called one."""
    await stage.deploy("call_activity", "call_activity_child")
    parent = await stage.start("call_activity")
    failing(monkeypatch, ReportChildEnded, KeysExhausted("used up"), times=1)
    await stage.work("child_work")
    assert "after" in stage.path(parent)
    assert stage.count("pending_command") == 0


async def test_a_follow_up_that_the_engine_fails_at_is_kept_for_later(
    still: Runtime, database_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(still, database_url)
    await stage.deploy("call_activity", "call_activity_child")
    parent = await stage.start("call_activity")
    failing(monkeypatch, ReportChildEnded, ZeroDivisionError("a defect"), times=1)
    await stage.work("child_work")
    assert stage.count("pending_command") == 1
    clock.advance(10 * MINUTE)
    await still.tick()
    assert "after" in stage.path(parent)
    assert stage.count("pending_command") == 0


async def test_without_keys_commands_are_refused_and_not_kept_waiting(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.deploy("one_task")
    key = await stage.start("one_task")

    async def no_keys() -> None:
        raise Unavailable("no keys")

    with monkeypatch.context() as without_keys:
        without_keys.setattr(stage.runtime.keys, "prepare", no_keys)
        starts = [outcome(stage.runtime, CreateInstance(process_id="one_task")) for _ in range(3)]
        cancel = outcome(stage.runtime, CancelInstance(process_instance_key=key))
        assert {type(result) for result in await asyncio.gather(*starts, cancel)} == {Unavailable}
    await stage.cancel(key)
    assert stage.has_ended(key)


async def test_a_participant_that_fails_after_commit_leaves_no_instance_locked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.deploy("one_task")
    key = await stage.start("one_task")

    def fails(batch: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(stage.runtime.jobs, "committed", fails)
    for number in range(3):
        await stage.runtime.execute(SetVariables(element_instance_key=key, variables={"last": number}))
    assert stage.variables(key) == {"last": 2}


async def test_who_sent_a_command_hears_of_a_defect_after_commit(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.deploy("one_task")

    def fails(*_: object) -> None:
        raise ZeroDivisionError("a defect")

    with monkeypatch.context() as broken:
        broken.setattr(stage.runtime.context.cache, "note", fails)
        assert isinstance(await outcome(stage.runtime, CreateInstance(process_id="one_task")), InternalError)
    key = await stage.start("one_task")
    await stage.cancel(key)
    assert stage.has_ended(key)


async def test_too_many_waiting_commands_are_refused(database_url: str) -> None:
    async with Runtime.open(database_url, Options(max_waiting=10)) as runtime:
        await Stage(runtime, database_url).deploy("one_task")
        starts = [outcome(runtime, CreateInstance(process_id="one_task")) for _ in range(30)]
        results = await asyncio.gather(*starts)
    refused = [result for result in results if isinstance(result, Unavailable)]
    assert len(refused) == 20


# ---- The database goes away --------------------------------------------------------------------------------------


async def test_lost_connections_are_made_again_and_nobody_notices(stage: Stage, database_url: str) -> None:
    await stage.deploy("one_task")
    key = await stage.start("one_task")
    disconnect_all(database_url)
    await stage.runtime.execute(SetVariables(element_instance_key=key, variables={"after": True}))
    await stage.work("work")
    assert stage.has_ended(key)
    assert stage.variables(key) == {"after": True}


def disconnect_all(url: str) -> None:
    """What a restart of the server does to everybody who is connected."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


async def until_somebody_waits_for_a_lock(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
    for _ in range(5_000):
        cursor = await connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        if await cursor.fetchone() is not None:
            return
    raise AssertionError("nobody waits")


async def test_a_blocked_instance_does_not_hold_up_others(stage: Stage, database_url: str) -> None:
    """Somebody else holds the lock of one instance; one lane waits for it, the other goes on."""
    await stage.deploy("one_task")
    key = await stage.start("one_task")
    async with await psycopg.AsyncConnection.connect(database_url) as other:
        await other.execute("SELECT 1 FROM process_instance WHERE key = %s FOR UPDATE", [key])
        blocked = asyncio.ensure_future(
            stage.runtime.execute(SetVariables(element_instance_key=key, variables={"late": 1}))
        )
        await until_somebody_waits_for_a_lock(other)
        assert await stage.start("one_task") != key
        assert not blocked.done()
        await other.rollback()
        await blocked
    assert stage.variables(key) == {"late": 1}


async def test_a_stopped_runtime_refuses_commands(database_url: str) -> None:
    async with Runtime.open(database_url) as runtime:
        assert runtime.available
    assert not runtime.available
    with pytest.raises(Unavailable):
        await runtime.execute(CreateInstance(process_id="one_task"))


async def test_jobs_in_progress_at_the_end_are_still_completed(database_url: str) -> None:
    """Closing lets what was sent before it be committed and answered."""
    async with Runtime.open(database_url) as runtime:
        stage = Stage(runtime, database_url)
        await stage.deploy("one_task")
        key = await stage.start("one_task")
        (job,) = await runtime.activate_jobs("work", "worker", HOUR, 1)
        completion = asyncio.ensure_future(runtime.execute(CompleteJob(job_key=job.key)))
        await asyncio.sleep(0.001)
    assert await outcome_of(completion) is None
    assert stage.has_ended(key)


async def test_a_process_that_runs_in_a_circle_keeps_nobody_from_anything(database_url: str) -> None:
    """Other commands are carried out meanwhile, and the runtime closes."""
    circle = model('<startEvent id="start"/><manualTask id="again"/>', "start -> again -> again", id="circle")
    async with Runtime.open(database_url) as runtime:
        stage = Stage(runtime, database_url)
        await runtime.deploy([("circle.bpmn", circle), fixture("one_task.bpmn")])
        await stage.start("circle")
        for _ in range(3):
            key = await stage.start("one_task")
            await stage.work("work")
            assert stage.has_ended(key)
    assert stage.count("pending_command") == 1


async def outcome_of(future: asyncio.Future[object]) -> object:
    (result,) = await asyncio.gather(future, return_exceptions=True)
    return result
