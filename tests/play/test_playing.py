"""A sandbox goes on at whatever server process it is asked for, and loses nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from engine.machine.commands import Rejection
from engine.sandbox import Source
from engine.sandbox import steps as s
from engine.sandbox.waiting import waiting
from tests.sandbox.playing import BEGINNING, MINUTE
from web.play.playing import Sandboxes
from web.play.store import Scenario, Store, Stored

pytestmark = pytest.mark.anyio

START = s.Start(process="food_order", variables={"orderId": "A-1"})
CHARGE = s.CompleteJob(element="charge_card")


async def test_each_step_is_seen_at_every_server_process(
    sandboxes: Sandboxes, elsewhere: Sandboxes, food_order: Stored
) -> None:
    await sandboxes.take(7, "ada", 1, START)
    await elsewhere.take(7, "ada", 2, CHARGE)
    played = await sandboxes.open(7, "ada")
    assert [each.element for each in waiting(played.bench)] == ["send_order"]
    assert played.stored.revision == 3


async def test_who_saw_an_older_state_is_told_and_changes_nothing(sandboxes: Sandboxes, food_order: Stored) -> None:
    await sandboxes.take(7, "ada", 1, START)
    with pytest.raises(Rejection, match="moved on in another tab"):
        await sandboxes.take(7, "ada", 1, START)
    assert len((await sandboxes.open(7, "ada")).bench.all_instances) == 1


async def test_a_step_that_is_refused_halfway_leaves_no_trace(
    sandboxes: Sandboxes, elsewhere: Sandboxes, food_order: Stored
) -> None:
    await sandboxes.take(7, "ada", 1, START)
    await sandboxes.take(7, "ada", 2, s.FailJob(element="charge_card", retries=0))
    with pytest.raises(Rejection):
        await sandboxes.take(7, "ada", 3, s.Resolve(element="charge_card", retries=-1))
    here, there = await sandboxes.open(7, "ada"), await elsewhere.open(7, "ada")
    assert waiting(here.bench) == waiting(there.bench)
    assert here.stored.revision == 3


async def test_going_back_to_a_step(sandboxes: Sandboxes, food_order: Stored) -> None:
    await sandboxes.take(7, "ada", 1, START)
    await sandboxes.take(7, "ada", 2, CHARGE)
    played = await sandboxes.back_to(7, "ada", 3, 1)
    assert [each.element for each in waiting(played.bench)] == ["charge_card"]
    assert (await sandboxes.back_to(7, "ada", 4, 0)).bench.all_instances == {}


async def test_running_on_tells_why_it_stops(sandboxes: Sandboxes, food_order: Stored) -> None:
    await sandboxes.take(7, "ada", 1, START)
    await sandboxes.take(7, "ada", 2, CHARGE)
    played = await sandboxes.run_on(7, "ada", 3)
    assert [type(step) for step in played.stored.steps] == [s.Start, s.CompleteJob, s.CompleteJob]
    assert played.told == "'Wait for the meal' waits for the message 'meal_ready'."


async def test_a_sandbox_is_its_owners_alone(sandboxes: Sandboxes, food_order: Stored) -> None:
    with pytest.raises(Rejection, match="no such sandbox of yours"):
        await sandboxes.open(7, "grace")
    await sandboxes.store.delete(7, "grace")
    assert [each.key for each in await sandboxes.store.sandboxes("ada")] == [7]
    assert await sandboxes.store.sandboxes("grace") == []


async def test_a_later_draft_keeps_the_steps_that_fit_it(sandboxes: Sandboxes, food_order: Stored) -> None:
    await sandboxes.take(7, "ada", 1, START)
    played = await sandboxes.take(7, "ada", 2, CHARGE)
    (old,) = played.stored.sources
    new = Source(old.name, old.content.replace(b'"charge_card"', b'"take_money"'))
    renewed = await sandboxes.renew(played.stored._replace(sources=[new]))
    assert renewed.told == "The last step does not fit the draft."
    assert [each.element for each in waiting((await sandboxes.open(7, "ada")).bench)] == ["take_money"]


async def test_steps_that_an_engine_does_not_take_any_more_are_left_out(store: Store, food_order: Stored) -> None:
    await store.create(food_order._replace(key=9, steps=[START, CHARGE, CHARGE, CHARGE]))
    played = await Sandboxes(store).open(9, "ada")
    assert played.told == "The last 2 steps do not fit this version of the engine any more."
    assert [each.element for each in waiting(played.bench)] == ["send_order"]


async def test_a_scenario_brings_its_own_beginning(sandboxes: Sandboxes, food_order: Stored) -> None:
    played = await sandboxes.take(7, "ada", 1, START)
    later = BEGINNING + 90 * MINUTE
    played, verdict = await sandboxes.run_scenario(played.stored, later, played.bench.taken)
    assert verdict.passed
    assert (await sandboxes.open(7, "ada")).bench.now == later


async def test_a_sandbox_that_nobody_uses_is_removed(store: Store, food_order: Stored, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE play_sandbox SET used_at = %s", [datetime.now(UTC) - timedelta(days=15)])
    await store.create(food_order._replace(key=8))
    assert [each.key for each in await store.sandboxes("ada")] == [8]


async def test_a_scenario_is_kept_under_its_name(sandboxes: Sandboxes, food_order: Stored) -> None:
    store = sandboxes.store
    played = await sandboxes.take(7, "ada", 1, START)
    scenario = Scenario("food_order", " Charged ", BEGINNING, played.bench.taken, "ada", datetime.now(UTC))
    await store.keep(scenario)
    await store.keep(scenario._replace(changed_by="grace"))
    (kept,) = await store.scenarios("food_order")
    assert (kept.name, kept.changed_by, kept.taken) == ("Charged", "grace", played.bench.taken)

    await store.delete_scenario("food_order", "Charged")
    with pytest.raises(Rejection, match="no scenario 'Charged' any more"):
        await store.scenario("food_order", "Charged")


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
async def test_a_scenario_needs_a_name(store: Store, name: str) -> None:
    with pytest.raises(Rejection, match="Expected a name for the scenario"):
        await store.keep(Scenario("food_order", name, BEGINNING, [], "ada", datetime.now(UTC)))
