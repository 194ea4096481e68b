"""What the clock sets off. The clock stands still until a story moves it."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from engine.machine.commands import CreateInstance, FailJob, ResumeInstance, SuspendInstance
from engine.machine.commands import encode_follow_up as encode
from engine.runtime.background.leadership import GRACE
from engine.runtime.background.upkeep import FORGOTTEN_AFTER
from engine.runtime.clock import FakeClock
from engine.runtime.runtime import Options, Runtime
from engine.store.arrays import time_parameter
from tests.models import job, model
from tests.runtime.conftest import fixture
from tests.runtime.stage import HOUR, MINUTE, Stage

pytestmark = pytest.mark.anyio


@pytest.fixture
def stage(still: Runtime, database_url: str) -> Stage:
    return Stage(still, database_url)


async def pass_time(stage: Stage, milliseconds: int) -> None:
    """Let time pass, and what is due then happen."""
    clock = stage.runtime.clock
    assert isinstance(clock, FakeClock)
    clock.advance(milliseconds)
    await stage.runtime.tick()


# ---- Timers of instances -------------------------------------------------------------------------------------


async def test_a_timer_fires_at_its_time_and_not_before(stage: Stage) -> None:
    await stage.deploy("timer_catch_duration")
    key = await stage.start("timer_catch_duration")
    (due,) = stage.column("SELECT (extract(epoch FROM due_at) * 1000)::bigint FROM timer")
    wait = due - stage.runtime.clock.now()
    assert wait == 21 * 24 * HOUR
    await pass_time(stage, wait - 1)
    assert not stage.has_ended(key)
    await pass_time(stage, 1)
    assert stage.has_ended(key)
    assert stage.leftovers() == {}


async def test_a_feel_duration_is_a_duration(stage: Stage) -> None:
    await stage.deploy("timer_catch_expression")
    key = await stage.start("timer_catch_expression", delay="PT10M")
    await pass_time(stage, 10 * MINUTE)
    assert stage.has_ended(key)


async def test_a_negative_duration_fires_at_once(stage: Stage) -> None:
    await stage.deploy("timer_catch_expression")
    key = await stage.start("timer_catch_expression", delay="-PT10M")
    await stage.runtime.tick()
    assert stage.has_ended(key)


async def test_a_timer_of_work_that_is_done_does_not_fire(stage: Stage) -> None:
    await stage.deploy("boundary_timer_interrupting")
    key = await stage.start("boundary_timer_interrupting")
    assert await stage.work("work") == 1
    await pass_time(stage, 2 * HOUR)
    assert "handle" not in stage.path(key)
    assert stage.leftovers() == {}


async def test_a_cycle_fires_so_often_and_does_not_drift(stage: Stage) -> None:
    await stage.deploy("boundary_timer_cycle")
    await stage.start("boundary_timer_cycle")
    for _ in range(5):
        await pass_time(stage, HOUR + MINUTE)
    handled = stage.column("SELECT started_at FROM element_instance WHERE element_id = 'remind' ORDER BY key")
    assert len(handled) == 3


async def test_dates_that_were_missed_are_made_up_for(stage: Stage) -> None:
    await stage.deploy("boundary_timer_cycle")
    key = await stage.start("boundary_timer_cycle")
    await pass_time(stage, 10 * HOUR)
    assert stage.path(key).count("remind") == 3


async def test_of_two_timers_due_at_once_an_event_gateway_takes_one(stage: Stage) -> None:
    await stage.deploy("event_based_gateway_two_timers")
    key = await stage.start("event_based_gateway_two_timers")
    await pass_time(stage, 10 * HOUR)
    ends = stage.column("SELECT count(*) FROM timer")
    assert ends == [0]
    assert len([each for each in stage.path(key) if each in ("first", "second")]) == 1


async def test_a_thousand_timers_due_at_once_all_fire(stage: Stage) -> None:
    await stage.deploy("timer_catch_expression")
    for _ in range(12):
        await asyncio.gather(*[stage.start("timer_catch_expression", delay="PT1H") for _ in range(100)])
    await pass_time(stage, HOUR)
    assert stage.running("timer_catch_expression") == []


async def test_a_suspended_instance_is_left_alone_until_it_is_resumed(stage: Stage) -> None:
    await stage.deploy("timer_catch_expression")
    suspended, other = [await stage.start("timer_catch_expression", delay="PT1H") for _ in range(2)]
    await stage.runtime.execute(SuspendInstance(process_instance_key=suspended))
    await pass_time(stage, 2 * HOUR)
    assert stage.has_ended(other)
    assert not stage.has_ended(suspended)
    await stage.runtime.execute(ResumeInstance(process_instance_key=suspended))
    await stage.runtime.tick()
    assert stage.has_ended(suspended)


async def test_timers_outlive_the_server(database_url: str, clock: FakeClock) -> None:
    async with Runtime.open(database_url, Options(background=False), clock) as runtime:
        stage = Stage(runtime, database_url)
        await stage.deploy("timer_catch_duration")
        key = await stage.start("timer_catch_duration")
    clock.advance(30 * 24 * HOUR)
    async with Runtime.open(database_url, Options(background=False), clock) as runtime:
        await runtime.tick()
        assert Stage(runtime, database_url).has_ended(key)


async def test_without_the_leader_timers_fire_a_little_later(
    stage: Stage, database_url: str, clock: FakeClock
) -> None:
    await stage.deploy("timer_catch_expression")
    key = await stage.start("timer_catch_expression", delay="PT1H")
    await stage.runtime.tick()  # takes the lead
    async with Runtime.open(database_url, Options(background=False), clock) as other:
        clock.advance(HOUR)
        await other.tick()
        assert not stage.has_ended(key)
        clock.advance(GRACE)
        await other.tick()
        assert stage.has_ended(key)


async def test_a_running_server_fires_timers_by_itself(runtime: Runtime, database_url: str) -> None:
    stage = Stage(runtime, database_url)
    await stage.deploy("timer_catch_expression")
    started = await stage.start("timer_catch_expression", delay="PT0.05S")
    ended = await runtime.completion(started, timeout=5)
    assert ended is not None


# ---- Start timers -------------------------------------------------------------------------------------------------


async def test_a_start_timer_starts_an_instance_at_its_date(stage: Stage) -> None:
    await stage.deploy("timer_start_date")
    await pass_time(stage, 4 * 365 * 24 * HOUR)
    assert stage.instances("timer_start_date") == []
    await pass_time(stage, 2 * 365 * 24 * HOUR)
    (key,) = stage.instances("timer_start_date")
    assert stage.path(key)[:1] == stage.column("SELECT element_id FROM start_subscription")
    await pass_time(stage, 365 * 24 * HOUR)
    assert stage.instances("timer_start_date") == [key]


async def test_a_start_cycle_starts_so_many(stage: Stage) -> None:
    await stage.deploy("timer_start_cycle")
    for expected in (1, 2, 3, 3):
        await pass_time(stage, HOUR)
        assert len(stage.instances("timer_start_cycle")) == expected


async def test_start_dates_that_were_missed_are_made_up_for(stage: Stage) -> None:
    await stage.deploy("timer_start_cycle")
    await pass_time(stage, 10 * HOUR)
    assert len(stage.instances("timer_start_cycle")) == 3


async def test_a_cron_start_counts_from_now(stage: Stage) -> None:
    """Weekdays at nine: after a week in which nobody looked it starts once, and goes on."""
    await stage.deploy("timer_start_cron")  # on Wednesday, 1 January 2025
    await pass_time(stage, 9 * HOUR)
    assert len(stage.instances("timer_start_cron")) == 1
    await pass_time(stage, 7 * 24 * HOUR)
    assert len(stage.instances("timer_start_cron")) == 2
    await pass_time(stage, 24 * HOUR)
    assert len(stage.instances("timer_start_cron")) == 3


async def test_a_new_version_replaces_the_start_timers_of_the_old_one(stage: Stage) -> None:
    await stage.deploy("timer_start_cycle")
    await pass_time(stage, HOUR)
    name, content = fixture("timer_start_cycle.bpmn")
    await stage.runtime.deploy([(name, content.replace(b"R3/PT1H", b"R/PT3H"))])
    await pass_time(stage, 2 * HOUR)
    assert len(stage.instances("timer_start_cycle")) == 1
    await pass_time(stage, HOUR)
    assert len(stage.instances("timer_start_cycle")) == 2


async def test_servers_do_not_start_a_date_twice(stage: Stage, database_url: str, clock: FakeClock) -> None:
    await stage.deploy("timer_start_cycle")
    async with Runtime.open(database_url, Options(background=False), clock) as other:
        for expected in (1, 2, 3):
            clock.advance(HOUR)
            await asyncio.gather(stage.runtime.tick(), other.tick())
            assert len(stage.instances("timer_start_cycle")) == expected


# ---- Jobs ------------------------------------------------------------------------------------------------------------


async def test_the_job_of_a_worker_that_does_not_answer_goes_to_another(stage: Stage) -> None:
    await stage.deploy("one_task")
    await stage.start("one_task")
    activate = stage.runtime.activate_jobs
    (first,) = await activate("work", "dies", timeout=MINUTE, max_jobs=1, request_timeout=-1)
    await pass_time(stage, MINUTE - 1)
    assert await activate("work", "lives", timeout=MINUTE, max_jobs=1, request_timeout=-1) == []
    await pass_time(stage, 1)
    (second,) = await activate("work", "lives", timeout=MINUTE, max_jobs=1, request_timeout=-1)
    assert (second.key, second.retries, second.worker) == (first.key, first.retries, "lives")
    assert stage.rows("SELECT job_key, attempt, worker, outcome FROM job_attempt") == [
        (first.key, 1, "dies", "timed out")
    ]


async def test_a_waiting_worker_gets_the_job_that_timed_out(stage: Stage) -> None:
    await stage.deploy("one_task")
    await stage.start("one_task")
    activate = stage.runtime.activate_jobs
    (first,) = await activate("work", "dies", timeout=MINUTE, max_jobs=1, request_timeout=-1)
    waiting = asyncio.create_task(activate("work", "lives", timeout=MINUTE, max_jobs=1))
    await asyncio.sleep(0)
    await pass_time(stage, MINUTE)
    assert [job.key for job in await waiting] == [first.key]


async def test_a_failed_job_comes_back_after_its_back_off(stage: Stage) -> None:
    await stage.deploy("one_task")
    await stage.start("one_task")
    (failed,) = await stage.jobs("work")
    await stage.runtime.execute(
        FailJob(job_key=failed.key, retries=2, message="no paper", retry_back_off=MINUTE)
    )
    await pass_time(stage, MINUTE - 1)
    assert await stage.jobs("work") == []
    await pass_time(stage, 1)
    (again,) = await stage.jobs("work")
    assert (again.key, again.retries) == (failed.key, 2)


# ---- What another process left behind --------------------------------------------------------------------------


async def test_a_follow_up_that_was_left_behind_is_carried_out(stage: Stage, clock: FakeClock) -> None:
    """A process stored the start of an instance and died before it carried it out."""
    await stage.deploy("none_events")
    command = CreateInstance(process_id="none_events")
    key = stage.runtime.keys.key(7)
    async with stage.runtime.database.borrow() as connection:
        await connection.execute(
            "INSERT INTO pending_command (part, key, command, created_at) VALUES (7, %s, %s, %s)",
            [key, encode(command), time_parameter(clock.now())],
        )
    await stage.runtime.tick()
    assert stage.instances("none_events") == []
    await pass_time(stage, FORGOTTEN_AFTER)
    assert len(stage.instances("none_events")) == 1
    assert stage.leftovers() == {}


async def test_a_follow_up_of_a_newer_version_keeps_no_other_waiting(stage: Stage, clock: FakeClock) -> None:
    await stage.deploy("none_events")
    unknown = msgspec.msgpack.encode({"command": "DoWhatNobodyKnowsYet"})
    async with stage.runtime.database.borrow() as connection:
        for command in (unknown, encode(CreateInstance(process_id="none_events"))):
            await connection.execute(
                "INSERT INTO pending_command (part, key, command, created_at) VALUES (7, %s, %s, %s)",
                [stage.runtime.keys.key(7), command, time_parameter(clock.now())],
            )
    await pass_time(stage, FORGOTTEN_AFTER)
    assert len(stage.instances("none_events")) == 1
    assert stage.leftovers() == {"pending commands": 1}


async def test_two_servers_carry_out_a_leftover_once(
    stage: Stage, database_url: str, clock: FakeClock
) -> None:
    await stage.deploy("none_events")
    command = encode(CreateInstance(process_id="none_events"))
    async with stage.runtime.database.borrow() as connection:
        for _ in range(20):
            key = stage.runtime.keys.key(7)
            await connection.execute(
                "INSERT INTO pending_command (part, key, command, created_at) VALUES (7, %s, %s, %s)",
                [key, command, time_parameter(clock.now())],
            )
    clock.advance(FORGOTTEN_AFTER)
    async with Runtime.open(database_url, Options(background=False), clock) as other:
        await asyncio.gather(stage.runtime.tick(), other.tick())
    assert len(stage.instances("none_events")) == 20
    assert stage.leftovers() == {}


async def test_a_timer_inside_a_loop_fires_each_time_round(stage: Stage) -> None:
    loop = model(
        '<startEvent id="start"/><exclusiveGateway id="again"/>'
        '<intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        "</timerEventDefinition></intermediateCatchEvent>" + job("work"),
        "start -> again -> wait -> work -> again",
    )
    await stage.runtime.deploy([("loop.bpmn", loop)])
    key = await stage.start("process")
    for _ in range(3):
        await pass_time(stage, HOUR)
        assert await stage.work("work") == 1
    assert stage.path(key).count("wait") == 4
