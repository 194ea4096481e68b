"""Jobs find workers: pushed to those who wait, left in the rows for those who come, never lost with one who went."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from engine.machine.commands import (
    AssignUserTask,
    CancelInstance,
    Command,
    CompleteJob,
    CompleteUserTask,
    CreateInstance,
    FailJob,
    JobResult,
    Rejection,
    ResolveIncident,
    ResumeInstance,
    SuspendInstance,
    ThrowJobError,
    UpdateJob,
    UpdateUserTask,
)
from engine.machine.lifecycle import JobState
from engine.runtime.clock import FakeClock
from engine.runtime.commits.batch import Batch
from engine.runtime.results import ActivatedJob
from engine.runtime.runtime import Options, Runtime
from tests.models import job, listeners, model
from tests.runtime.stage import HOUR, MINUTE, Stage

pytestmark = pytest.mark.anyio


@pytest.fixture
def stage(runtime: Runtime, database_url: str) -> Stage:
    return Stage(runtime, database_url)


def waiting(
    stage: Stage, name: str = "worker", max_jobs: int = 1, seconds: int = 5, lease: bool = False
) -> asyncio.Task[list[ActivatedJob]]:
    """A worker that waits for jobs of the type `work`."""
    request = stage.runtime.activate_jobs(
        "work", name, HOUR, max_jobs, request_timeout=seconds * 1000, with_lease=lease
    )
    return asyncio.ensure_future(request)


async def until_waiting(stage: Stage, count: int) -> None:
    """Until that many requests have looked at the rows and wait."""
    for _ in range(10_000):
        state = stage.runtime.jobs._types.get("work")
        if state is not None and state.dry and len(state.waiting) == count:
            return
        await asyncio.sleep(0.001)
    raise AssertionError("the workers do not wait")


def job_row(stage: Stage, key: int, *columns: str) -> tuple[object, ...]:
    (row,) = stage.rows(f"SELECT {', '.join(columns)} FROM job WHERE key = %s", key)
    return row


# ---- Pushed ------------------------------------------------------------------------------------------------------


async def test_a_waiting_worker_gets_the_job_from_the_batch_that_creates_it(stage: Stage) -> None:
    await stage.deploy("one_task")
    worker = waiting(stage)
    await until_waiting(stage, 1)
    key = await stage.start("one_task", amount=12, name="Ada")
    (pushed,) = await worker
    assert (pushed.process_instance_key, pushed.variables) == (key, {"amount": "12", "name": '"Ada"'})
    state = job_row(stage, pushed.key, "state", "worker", "attempt", "updated_at = created_at")
    assert state == (JobState.ACTIVATED, "worker", 1, True)


async def test_a_pushed_job_is_the_same_as_a_polled_one(stage: Stage) -> None:
    await stage.deploy("one_task", "service_task_details")
    worker = waiting(stage)
    await until_waiting(stage, 1)
    await stage.start("one_task", amount=12)
    (pushed,) = await worker
    await stage.start("one_task", amount=12)
    (polled,) = await stage.jobs("work")
    different = {name for name in ActivatedJob.__struct_fields__ if getattr(pushed, name) != getattr(polled, name)}
    keys = {"key", "process_instance_key", "root_process_instance_key", "element_instance_key"}
    assert different <= keys | {"deadline"}


async def listened(stage: Stage, event: str, assignee: str = "") -> None:
    """Deploy a process of a user task with two listeners of an event, both jobs of the type `work`."""
    people = f'<zeebe:assignmentDefinition assignee="{assignee}" candidateGroups="sales"/>'
    inside = f"<zeebe:userTask/>{people}{listeners((event, 'work'), (event, 'work'), kind='task')}"
    task = f'<userTask id="approve"><extensionElements>{inside}</extensionElements></userTask>'
    file = model(f'<startEvent id="start"/>{task}', "start -> approve", id="listened")
    await stage.runtime.deploy([("listened.bpmn", file)])


async def task_of_new_instance(stage: Stage) -> int:
    instance = await stage.start("listened")
    (key,) = stage.column("SELECT key FROM user_task WHERE process_instance_key = %s", instance)
    return int(key)


DUE = "2027-01-31T08:00:00.000Z"
MOVES: dict[str, tuple[Callable[[int], Command], dict[str, object], list[str]]] = {
    "assigning": (
        lambda key: AssignUserTask(user_task_key=key, assignee="ada"),
        {"assignee": "ada"},
        ["assignee"],
    ),
    "updating": (
        lambda key: UpdateUserTask(
            user_task_key=key, changes={"due_date": DUE, "candidate_groups": ["sales"], "priority": 80}
        ),
        {"due_date": DUE, "candidate_groups": ["sales"], "priority": 80},
        ["due_date", "priority"],
    ),
    "completing": (lambda key: CompleteUserTask(user_task_key=key, variables={"ok": True}), {}, []),
}


@pytest.mark.parametrize("event", MOVES)
async def test_a_listener_sees_the_task_as_it_will_be_and_what_changes(stage: Stage, event: str) -> None:
    """The same, whether its job is pushed or polled."""
    command, asked, changed = MOVES[event]
    await listened(stage, event)
    moves = [asyncio.ensure_future(stage.runtime.execute(command(await task_of_new_instance(stage))))]
    (polled,) = await stage.runtime.activate_jobs("work", "worker", HOUR, 1, request_timeout=5_000)
    worker = waiting(stage)
    await until_waiting(stage, 1)
    moves.append(asyncio.ensure_future(stage.runtime.execute(command(await task_of_new_instance(stage)))))
    (pushed,) = await worker

    assert polled.user_task is not None
    assert pushed.user_task == msgspec.structs.replace(polled.user_task, key=pushed.user_task.key)
    assert {name: getattr(polled.user_task, name) for name in asked} == asked
    assert polled.user_task.changed_attributes == changed
    for move in moves:
        move.cancel()


async def test_a_later_listener_sees_what_an_earlier_one_corrected(stage: Stage) -> None:
    await listened(stage, "creating", assignee="ada")
    await stage.start("listened")
    (first,) = await stage.jobs("work")
    assert first.user_task is not None
    assert (first.user_task.assignee, first.user_task.changed_attributes) == ("ada", [])
    corrected = JobResult(corrections={"assignee": "grace", "priority": 90})
    await stage.runtime.execute(CompleteJob(job_key=first.key, result=corrected))
    (second,) = await stage.jobs("work")
    assert second.user_task is not None
    assert (second.user_task.assignee, second.user_task.priority) == ("grace", 90)
    assert second.user_task.changed_attributes == ["assignee", "priority"]


async def test_the_jobs_of_a_batch_are_spread_over_those_who_wait(stage: Stage) -> None:
    await stage.deploy("one_task")
    workers = [waiting(stage, f"worker {n}", max_jobs=10) for n in range(4)]
    await until_waiting(stage, 4)
    await asyncio.gather(*[stage.start("one_task") for _ in range(8)])
    shares = [len(jobs) for jobs in await asyncio.gather(*workers)]
    left = len(await stage.jobs("work"))
    assert sum(shares) + left == 8
    assert min(shares) >= 1


async def test_a_worker_gets_no_more_than_it_asked_for(stage: Stage) -> None:
    await stage.deploy("one_task")
    worker = waiting(stage, max_jobs=2)
    await until_waiting(stage, 1)
    await asyncio.gather(*[stage.start("one_task") for _ in range(5)])
    assert len(await worker) <= 2
    assert len(await worker) + len(await stage.jobs("work")) == 5


async def test_workers_are_served_in_the_order_they_came(stage: Stage) -> None:
    await stage.deploy("one_task")
    first = waiting(stage, "first")
    await until_waiting(stage, 1)
    second = waiting(stage, "second")
    await until_waiting(stage, 2)
    await stage.start("one_task")
    await first
    assert not second.done()
    await stage.start("one_task")
    await second


async def test_only_the_variables_asked_for_are_sent(stage: Stage) -> None:
    await stage.deploy("one_task")
    request = stage.runtime.activate_jobs("work", "worker", HOUR, 1, fetch_variables=["b"])
    worker = asyncio.ensure_future(request)
    await until_waiting(stage, 1)
    await stage.start("one_task", a=1, b=2)
    (pushed,) = await worker
    assert pushed.variables == {"b": "2"}
    await stage.start("one_task", a=1, b=2)
    (polled,) = await stage.runtime.activate_jobs("work", "worker", HOUR, 1, fetch_variables=["b"], request_timeout=-1)
    assert polled.variables == {"b": "2"}


async def test_a_failed_job_goes_to_the_next_who_waits(stage: Stage) -> None:
    await stage.deploy("one_task")
    await stage.start("one_task")
    (failed,) = await stage.jobs("work")
    worker = waiting(stage, "another")
    await until_waiting(stage, 1)
    await stage.runtime.execute(FailJob(job_key=failed.key, retries=2, message="no paper"))
    (again,) = await worker
    assert (again.key, again.retries, again.worker) == (failed.key, 2, "another")
    attempts = stage.rows("SELECT attempt, worker, outcome, message FROM job_attempt")
    assert attempts == [(1, "worker", "failed", "no paper")]


async def test_a_worker_that_goes_away_leaves_its_place(stage: Stage) -> None:
    await stage.deploy("one_task")
    gone, stays = waiting(stage, "gone"), waiting(stage, "stays")
    await until_waiting(stage, 2)
    gone.cancel()
    await stage.start("one_task")
    (job_of_other,) = await stays
    assert job_of_other.worker == "stays"


async def test_a_job_whose_worker_goes_away_as_it_comes_is_given_to_another(stage: Stage) -> None:
    """The batch is on its way to COMMIT when the client disconnects."""
    await stage.deploy("one_task")
    worker = waiting(stage, "gone")
    await until_waiting(stage, 1)
    commit = stage.runtime.jobs.committed

    def goes_first(batch: object) -> None:
        worker.cancel()
        asyncio.get_running_loop().call_soon(commit, batch)

    stage.runtime.jobs.committed = goes_first  # type: ignore[assignment, method-assign]
    await stage.start("one_task")
    stage.runtime.jobs.committed = commit  # type: ignore[method-assign]
    (again,) = await waiting(stage, "next")
    assert again.worker == "next"


@pytest.mark.parametrize("request_timeout", [-1, 0])
async def test_a_job_whose_worker_goes_away_as_it_is_taken_is_given_to_another(
    stage: Stage, request_timeout: int
) -> None:
    """The batch has yet to look at the rows when the client disconnects, whether it would have waited or not."""
    await stage.deploy("one_task")
    await stage.start("one_task")
    request = stage.runtime.activate_jobs("work", "gone", HOUR, 1, request_timeout=request_timeout)
    worker = asyncio.ensure_future(request)
    take = stage.runtime.jobs.take

    async def goes_first(batch: Batch) -> None:
        worker.cancel()
        await take(batch)

    stage.runtime.jobs.take = goes_first  # type: ignore[method-assign]
    with pytest.raises(asyncio.CancelledError):
        await worker
    stage.runtime.jobs.take = take  # type: ignore[method-assign]
    (again,) = await waiting(stage, "next")
    assert again.worker == "next"


async def test_no_job_comes_when_time_is_over(stage: Stage) -> None:
    assert await stage.runtime.activate_jobs("nothing", "worker", HOUR, 1, request_timeout=1) == []
    assert stage.runtime.jobs._types == {}


# ---- Polled ------------------------------------------------------------------------------------------------------


async def test_the_highest_priority_comes_first_and_then_the_oldest(still: Runtime, database_url: str) -> None:
    stage = Stage(still, database_url)
    await stage.deploy("one_task")
    assert isinstance(stage.runtime.clock, FakeClock)
    keys = []
    for _ in range(4):
        keys.append(await stage.start("one_task"))
        stage.runtime.clock.advance(MINUTE)
    (third,) = stage.column("SELECT key FROM job WHERE process_instance_key = %s", keys[2])
    await stage.runtime.execute(UpdateJob(job_key=third, priority=10))
    jobs = await stage.jobs("work")
    assert [each.process_instance_key for each in jobs] == [keys[2], keys[0], keys[1], keys[3]]


async def test_the_innermost_variable_wins(stage: Stage) -> None:
    await stage.deploy("subprocess_locals")
    await stage.start("subprocess_locals", total=1)
    for type in stage.column("SELECT type FROM job"):
        (inner,) = await stage.jobs(type)
        assert "total" in inner.variables


async def test_a_collection_that_many_jobs_work_on_is_read_once(stage: Stage) -> None:
    """Read for each of a thousand jobs, it would cost as much as its square."""
    await stage.deploy("multi_instance_parallel")
    await stage.start("multi_instance_parallel", items=[1, 2, 3])
    first, *others = await stage.jobs("work")
    assert len(others) == 2
    assert all(other.variables["items"] is first.variables["items"] for other in others)


async def test_a_job_is_never_given_to_two_workers(stage: Stage) -> None:
    await stage.deploy("one_task")
    await asyncio.gather(*[stage.start("one_task") for _ in range(40)])
    polls = [stage.runtime.activate_jobs("work", f"worker {n}", HOUR, 10, request_timeout=-1) for n in range(8)]
    given = [job.key for jobs in await asyncio.gather(*polls) for job in jobs]
    assert len(given) == len(set(given)) == 40


async def test_another_tenant_gets_nothing(stage: Stage) -> None:
    await stage.deploy("one_task")
    request = stage.runtime.activate_jobs("work", "worker", HOUR, 1, request_timeout=100, tenants=["other"])
    other = asyncio.ensure_future(request)
    await stage.start("one_task")
    assert await other == []
    assert len(await stage.jobs("work")) == 1


async def test_a_suspended_instance_offers_no_jobs_until_it_is_resumed(stage: Stage) -> None:
    await stage.deploy("one_task")
    key = await stage.start("one_task")
    await stage.runtime.execute(SuspendInstance(process_instance_key=key))
    worker = waiting(stage)
    await until_waiting(stage, 1)
    await stage.runtime.execute(ResumeInstance(process_instance_key=key))
    (job_of_resumed,) = await worker
    assert job_of_resumed.process_instance_key == key


# ---- Locks -------------------------------------------------------------------------------------------------------


async def test_a_lock_that_ran_out_frees_the_job_and_the_late_lease_is_refused(
    still: Runtime, database_url: str
) -> None:
    stage = Stage(still, database_url)
    await stage.deploy("one_task")
    key = await stage.start("one_task")
    (slow,) = await still.activate_jobs("work", "slow", MINUTE, 1, request_timeout=-1, with_lease=True)
    assert isinstance(still.clock, FakeClock)
    still.clock.advance(MINUTE)
    await still.tick()
    (fast,) = await still.activate_jobs("work", "fast", MINUTE, 1, request_timeout=-1, with_lease=True)
    assert (fast.key, fast.retries) == (slow.key, slow.retries)
    with pytest.raises(Rejection, match="lease") as refused:
        await still.execute(CompleteJob(job_key=slow.key, lease_token=slow.lease_token))
    assert refused.value.kind == "INVALID_STATE"
    await still.execute(CompleteJob(job_key=fast.key, lease_token=fast.lease_token))
    assert stage.has_ended(key)
    assert stage.rows("SELECT worker, outcome FROM job_attempt") == [("slow", "timed out")]


async def test_a_lease_is_good_for_a_pushed_job_too(stage: Stage) -> None:
    await stage.deploy("one_task")
    worker = waiting(stage, lease=True)
    await until_waiting(stage, 1)
    key = await stage.start("one_task")
    (pushed,) = await worker
    assert pushed.lease_token
    await stage.runtime.execute(CompleteJob(job_key=pushed.key, lease_token=pushed.lease_token))
    assert stage.has_ended(key)


async def test_a_worker_may_ask_for_more_time(still: Runtime, database_url: str) -> None:
    stage = Stage(still, database_url)
    await stage.deploy("one_task")
    await stage.start("one_task")
    (slow,) = await still.activate_jobs("work", "slow", MINUTE, 1, request_timeout=-1)
    await still.execute(UpdateJob(job_key=slow.key, timeout=HOUR))
    assert isinstance(still.clock, FakeClock)
    still.clock.advance(10 * MINUTE)
    await still.tick()
    assert await stage.jobs("work") == []


async def test_more_time_for_a_job_that_nobody_has_is_refused(stage: Stage) -> None:
    await stage.deploy("one_task")
    await stage.start("one_task")
    (key,) = stage.column("SELECT key FROM job")
    with pytest.raises(Rejection, match="no worker has it"):
        await stage.runtime.execute(UpdateJob(job_key=key, timeout=HOUR))


async def test_changed_retries_leave_the_lock_with_its_worker(stage: Stage) -> None:
    await stage.deploy("one_task")
    await stage.start("one_task")
    (active,) = await stage.jobs("work")
    await stage.runtime.execute(UpdateJob(job_key=active.key, retries=7))
    assert job_row(stage, active.key, "state", "retries", "worker") == (JobState.ACTIVATED, 7, "worker")


# ---- How jobs end ------------------------------------------------------------------------------------------------


async def test_the_rows_tell_how_a_job_ended(stage: Stage) -> None:
    await stage.deploy("one_task")
    keys = [await stage.start("one_task") for _ in range(3)]
    completed, thrown, canceled = sorted(await stage.jobs("work"), key=lambda job: job.process_instance_key)
    await stage.runtime.execute(CompleteJob(job_key=completed.key))
    await stage.runtime.execute(ThrowJobError(job_key=thrown.key, code="out-of-paper", message="Sorry"))
    await stage.runtime.execute(CancelInstance(process_instance_key=keys[2]))
    columns = ("state", "worker", "error_code", "due_at", "ended_at IS NOT NULL")
    assert job_row(stage, completed.key, *columns) == (JobState.COMPLETED, "worker", None, None, True)
    assert job_row(stage, thrown.key, *columns) == (
        JobState.ERROR_THROWN, "worker", "out-of-paper", None, False,
    )  # fmt: skip
    assert job_row(stage, canceled.key, *columns) == (JobState.CANCELED, "worker", None, None, True)


async def test_without_retries_a_job_waits_until_its_incident_is_resolved(stage: Stage) -> None:
    await stage.deploy("one_task")
    key = await stage.start("one_task")
    (failed,) = await stage.jobs("work")
    await stage.runtime.execute(FailJob(job_key=failed.key, retries=0, message="broken"))
    assert await stage.jobs("work") == []
    (incident,) = stage.column("SELECT key FROM incident WHERE ended_at IS NULL")
    await stage.runtime.execute(UpdateJob(job_key=failed.key, retries=1))
    await stage.runtime.execute(ResolveIncident(incident_key=incident))
    assert await stage.work("work") == 1
    assert stage.has_ended(key)


async def test_a_job_carries_its_headers(stage: Stage) -> None:
    headers = '<zeebe:taskHeaders><zeebe:header key="to" value="Ada"/></zeebe:taskHeaders>'
    letter = model('<startEvent id="start"/>' + job("work", headers), "start -> work", id="letter")
    await stage.runtime.deploy([("letter.bpmn", letter)])
    await stage.start("letter")
    (active,) = await stage.jobs("work")
    assert active.headers == '{"to":"Ada"}'


# ---- Two processes -----------------------------------------------------------------------------------------------


async def test_a_worker_at_another_process_hears_of_a_job_soon(stage: Stage, database_url: str) -> None:
    await stage.deploy("one_task")
    async with Runtime.open(database_url, Options(lanes=1)) as other:
        there = Stage(other, database_url)
        worker = waiting(there, "there")
        await until_waiting(there, 1)
        key = await stage.start("one_task")
        (found,) = await worker
        await other.execute(CompleteJob(job_key=found.key))
    assert stage.has_ended(key)


async def test_a_start_that_waits_for_the_result_hears_of_an_end_at_another_process(
    stage: Stage, database_url: str
) -> None:
    await stage.deploy("one_task")
    started = await stage.runtime.execute(CreateInstance(process_id="one_task"))
    waits = asyncio.ensure_future(stage.runtime.completion(started.process_instance_key, timeout=5))
    async with Runtime.open(database_url, Options(lanes=1)) as other:
        assert await Stage(other, database_url).work("work", answer=42) == 1
    ended = await waits
    assert ended is not None
    assert ended.variables == {"answer": "42"}
