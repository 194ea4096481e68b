"""Messages meet whoever waits for them: before, while and after it waits; once per process; in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from engine.machine.commands import CancelInstance, CreateInstance, PublishMessage, Rejection
from engine.runtime.clock import FakeClock
from engine.runtime.events.offers import MessageResult
from engine.runtime.runtime import Options, Runtime
from tests.models import job, model
from tests.runtime.conftest import fixture
from tests.runtime.stage import HOUR, MINUTE, Stage

pytestmark = pytest.mark.anyio

PAID = "payment_received"


@pytest.fixture
def stage(still: Runtime, database_url: str) -> Stage:
    return Stage(still, database_url)


def message(name: str, correlation_key: str = "=orderId") -> str:
    """A message of that name; its id is `message_name`."""
    return (
        f'<message id="message_{name}" name="{name}"><extensionElements>'
        f'<zeebe:subscription correlationKey="{correlation_key}"/></extensionElements></message>'
    )


def catch(id: str, name: str) -> str:
    return (
        f'<intermediateCatchEvent id="{id}"><messageEventDefinition messageRef="message_{name}"/>'
        "</intermediateCatchEvent>"
    )


# ---- To a subscription ----------------------------------------------------------------------------------------


async def test_a_message_reaches_who_waits(stage: Stage) -> None:
    await stage.deploy("message_catch")
    key = await stage.start("message_catch", orderId="A-1")
    result = await stage.publish(PAID, "A-1", amount=12)
    assert result.process_instance_key == key
    assert stage.has_ended(key)
    assert stage.variables(key) == {"orderId": "A-1", "amount": 12}
    assert stage.leftovers() == {}


async def test_a_message_whose_variables_no_instance_could_take_is_refused(stage: Stage) -> None:
    await stage.deploy("message_catch")
    key = await stage.start("message_catch", orderId="A-1")
    for send in (stage.publish(PAID, "A-1", amount=2**70), stage.correlate(PAID, "A-1", amount=2**70)):
        with pytest.raises(Rejection, match="'amount'"):
            await send
    assert not stage.has_ended(key)


async def test_only_name_and_correlation_key_together_match(stage: Stage) -> None:
    await stage.deploy("message_catch")
    key = await stage.start("message_catch", orderId="A-1")
    await stage.publish(PAID, "A-2")
    await stage.publish("payment_lost", "A-1")
    assert not stage.has_ended(key)


async def test_a_number_is_a_correlation_key_too(stage: Stage) -> None:
    await stage.deploy("message_catch")
    key = await stage.start("message_catch", orderId=17)
    await stage.publish(PAID, "17")
    assert stage.has_ended(key)


async def test_a_message_for_nobody_is_dropped_without_a_time_to_live(stage: Stage) -> None:
    await stage.deploy("message_catch")
    await stage.publish(PAID, "A-1")
    key = await stage.start("message_catch", orderId="A-1")
    assert not stage.has_ended(key)
    assert stage.count("message") == 0


async def test_a_message_waits_for_its_subscription_while_it_lives(stage: Stage) -> None:
    await stage.deploy("message_catch")
    await stage.publish(PAID, "A-1", ttl=HOUR, amount=12)
    key = await stage.start("message_catch", orderId="A-1")
    assert stage.has_ended(key)
    assert stage.variables(key)["amount"] == 12


async def test_a_message_past_its_time_reaches_nobody(stage: Stage, clock: FakeClock) -> None:
    await stage.deploy("message_catch")
    await stage.publish(PAID, "A-1", ttl=MINUTE)
    clock.advance(MINUTE)
    key = await stage.start("message_catch", orderId="A-1")
    assert not stage.has_ended(key)


async def test_messages_past_their_time_are_forgotten(stage: Stage, clock: FakeClock) -> None:
    await stage.deploy("message_catch")
    await stage.publish(PAID, "A-1", ttl=MINUTE)
    await stage.publish(PAID, "A-2", ttl=HOUR)
    await stage.start("message_catch", orderId="A-1")
    clock.advance(MINUTE)
    await stage.runtime.tick()
    assert stage.column("SELECT correlation_key FROM message") == ["A-2"]
    assert stage.count("message_correlation") == 0


async def test_the_largest_time_to_live_is_accepted(stage: Stage) -> None:
    await stage.deploy("message_catch")
    await stage.publish(PAID, "A-1", ttl=2**63 - 1)
    assert stage.has_ended(await stage.start("message_catch", orderId="A-1"))


async def test_buffered_messages_are_taken_in_the_order_they_came(stage: Stage, clock: FakeClock) -> None:
    await stage.deploy("message_catch")
    for number in range(3):
        await stage.publish(PAID, "A-1", ttl=HOUR, number=number)
        clock.advance(1)
    keys = [await stage.start("message_catch", orderId="A-1") for _ in range(4)]
    assert [stage.variables(key).get("number") for key in keys] == [0, 1, 2, None]


# ---- Once per process -----------------------------------------------------------------------------------------


async def test_one_message_reaches_a_process_once_the_oldest_subscription_first(
    stage: Stage, clock: FakeClock
) -> None:
    await stage.deploy("message_catch")
    keys = []
    for _ in range(3):
        keys.append(await stage.start("message_catch", orderId="A-1"))
        clock.advance(1)
    await stage.publish(PAID, "A-1", ttl=HOUR)
    assert [stage.has_ended(key) for key in keys] == [True, False, False]
    await stage.publish(PAID, "A-1")
    assert [stage.has_ended(key) for key in keys] == [True, True, False]


async def test_one_message_reaches_a_process_once_across_its_versions(stage: Stage) -> None:
    await stage.deploy("message_catch")
    first = await stage.start("message_catch", orderId="A-1")
    name, content = fixture("message_catch.bpmn")
    await stage.runtime.deploy([(name, content.replace(b"Waits for a message", b"Waits for one message"))])
    second = await stage.start("message_catch", orderId="A-1")
    await stage.publish(PAID, "A-1", ttl=HOUR)
    assert [stage.has_ended(key) for key in (first, second)] == [True, False]


async def test_one_message_may_reach_several_processes(stage: Stage) -> None:
    await stage.deploy("message_catch", "receive_task")
    keys = [await stage.start(each, orderId="A-1") for each in ("message_catch", "receive_task")]
    result = await stage.publish(PAID, "A-1")
    assert set(result.reached.values()) == set(keys)
    assert all(stage.has_ended(key) for key in keys)


async def test_a_buffered_message_may_reach_a_second_process_later(stage: Stage) -> None:
    await stage.deploy("message_catch", "receive_task")
    await stage.publish(PAID, "A-1", ttl=HOUR)
    assert stage.has_ended(await stage.start("message_catch", orderId="A-1"))
    assert stage.has_ended(await stage.start("receive_task", orderId="A-1"))
    assert not stage.has_ended(await stage.start("message_catch", orderId="A-1"))


async def test_messages_published_together_go_to_different_subscriptions(stage: Stage) -> None:
    await stage.deploy("message_catch")
    keys = [await stage.start("message_catch", orderId="A-1") for _ in range(5)]
    await asyncio.gather(*[stage.publish(PAID, "A-1", number=number) for number in range(5)])
    assert sorted(stage.variables(key)["number"] for key in keys) == [0, 1, 2, 3, 4]


# ---- Events that stay open -----------------------------------------------------------------------------------------


async def test_a_non_interrupting_event_takes_every_message(stage: Stage) -> None:
    await stage.deploy("boundary_message_non_interrupting")
    await stage.start("boundary_message_non_interrupting", orderId="A-1")
    for _ in range(3):
        await stage.publish("address_changed", "A-1")
    assert len(await stage.jobs("handle")) == 3


async def test_a_non_interrupting_event_takes_every_buffered_message(stage: Stage) -> None:
    await stage.deploy("boundary_message_non_interrupting")
    for _ in range(3):
        await stage.publish("address_changed", "A-1", ttl=HOUR)
    await stage.start("boundary_message_non_interrupting", orderId="A-1")
    assert len(await stage.jobs("handle")) == 3


async def test_an_interrupting_event_takes_one(stage: Stage) -> None:
    await stage.deploy("boundary_message_interrupting")
    for _ in range(3):
        await stage.publish("address_changed", "A-1", ttl=HOUR)
    key = await stage.start("boundary_message_interrupting", orderId="A-1")
    assert stage.path(key).count("caught") == 1
    assert len(await stage.jobs("work")) == 0


async def test_what_is_no_longer_waited_for_is_not_reached(stage: Stage) -> None:
    await stage.deploy("boundary_message_interrupting")
    await stage.start("boundary_message_interrupting", orderId="A-1")
    await stage.work("work")
    result = await stage.publish("address_changed", "A-1")
    assert result.process_instance_key is None


# ---- Message ids -------------------------------------------------------------------------------------------------


async def test_a_message_id_is_unique_while_its_message_lives(stage: Stage, clock: FakeClock) -> None:
    await stage.publish(PAID, "A-1", ttl=MINUTE, id="one")
    with pytest.raises(Rejection, match=r"'one'.*already published") as refused:
        await stage.publish(PAID, "A-1", ttl=MINUTE, id="one")
    assert refused.value.kind == "ALREADY_EXISTS"
    with pytest.raises(Rejection, match="already published"):
        await stage.publish(PAID, "A-1", id="one")
    clock.advance(MINUTE)
    await stage.publish(PAID, "A-1", ttl=MINUTE, id="one")


async def test_a_message_id_belongs_to_name_and_key(stage: Stage) -> None:
    await stage.publish(PAID, "A-1", ttl=MINUTE, id="one")
    await stage.publish(PAID, "A-2", ttl=MINUTE, id="one")
    await stage.publish("shipped", "A-1", ttl=MINUTE, id="one")
    assert stage.count("message") == 3


async def test_of_equal_messages_sent_at_once_one_is_published(stage: Stage) -> None:
    await stage.deploy("boundary_message_non_interrupting")
    await stage.start("boundary_message_non_interrupting", orderId="A-1")
    sent = [stage.publish("address_changed", "A-1", ttl=HOUR, id="one") for _ in range(10)]
    results = await asyncio.gather(*sent, return_exceptions=True)
    assert sum(isinstance(result, Rejection) for result in results) == 9
    assert len(await stage.jobs("handle")) == 1


# ---- Correlating -------------------------------------------------------------------------------------------------


async def test_correlating_answers_whom_it_reached(stage: Stage) -> None:
    await stage.deploy("message_catch")
    key = await stage.start("message_catch", orderId="A-1")
    assert (await stage.correlate(PAID, "A-1")).process_instance_key == key
    assert stage.has_ended(key)


async def test_correlating_with_nobody_is_an_error_and_leaves_nothing(stage: Stage) -> None:
    await stage.deploy("message_catch")
    with pytest.raises(Rejection, match=r"'payment_received'.*'A-1'.*nobody waits") as refused:
        await stage.correlate(PAID, "A-1")
    assert refused.value.kind == "NOT_FOUND"
    assert not stage.has_ended(await stage.start("message_catch", orderId="A-1"))


async def test_correlating_may_start_a_process(stage: Stage) -> None:
    await stage.deploy("message_start")
    result = await stage.correlate("order_placed", "A-1", amount=3)
    assert stage.instances("message_start") == [result.process_instance_key]


async def test_of_many_that_correlate_with_one_subscription_one_succeeds(stage: Stage) -> None:
    await stage.deploy("message_catch")
    await stage.start("message_catch", orderId="A-1")
    results = await asyncio.gather(
        *[stage.correlate(PAID, "A-1") for _ in range(10)], return_exceptions=True
    )
    assert [type(result) for result in results].count(Rejection) == 9
    assert stage.leftovers() == {}


# ---- Message start events ----------------------------------------------------------------------------------------


async def test_a_message_starts_a_process_with_its_variables(stage: Stage) -> None:
    await stage.deploy("message_start")
    await stage.publish("order_placed", amount=12)
    (key,) = stage.instances("message_start")
    assert stage.variables(key) == {"amount": 12}
    assert stage.path(key) == ["order_placed", "work"]


async def test_without_a_correlation_key_every_message_starts_one(stage: Stage) -> None:
    await stage.deploy("message_start")
    for _ in range(3):
        await stage.publish("order_placed")
    assert len(stage.instances("message_start")) == 3


async def test_with_a_correlation_key_one_runs_at_a_time(stage: Stage) -> None:
    await stage.deploy("message_start")
    for _ in range(3):
        await stage.publish("order_placed", "A-1")
    await stage.publish("order_placed", "A-2")
    assert len(stage.instances("message_start")) == 2


@pytest.mark.parametrize("ending", ["completed", "cancelled"])
async def test_when_it_ends_the_oldest_buffered_message_starts_the_next(
    stage: Stage, clock: FakeClock, ending: str
) -> None:
    await stage.deploy("message_start")
    for number in range(3):
        await stage.publish("order_placed", "A-1", ttl=HOUR, number=number)
        clock.advance(1)
    for number in range(3):
        (key,) = stage.running("message_start")
        assert stage.variables(key) == {"number": number}
        if ending == "completed":
            assert await stage.work("work") == 1
        else:
            await stage.cancel(key)
        clock.advance(1)
    assert stage.running("message_start") == []
    assert stage.leftovers() == {}


async def test_the_next_instance_runs_on_the_latest_version(stage: Stage) -> None:
    await stage.deploy("message_start")
    await stage.publish("order_placed", "A-1", ttl=HOUR)
    await stage.publish("order_placed", "A-1", ttl=HOUR)
    name, content = fixture("message_start.bpmn")
    await stage.runtime.deploy([(name, content.replace(b"Started by a message", b"A message starts it"))])
    assert len(stage.instances("message_start")) == 1  # a deployment does not use up the buffer
    await stage.work("work")
    versions = stage.column(
        "SELECT d.version FROM process_instance i JOIN process_definition d ON d.key = i.process_definition_key "
        "ORDER BY i.started_at, i.key"
    )
    assert versions == [1, 2]


async def test_a_new_version_without_the_message_is_not_started_by_it(stage: Stage) -> None:
    await stage.deploy("message_start")
    _, content = fixture("none_events.bpmn")
    await stage.runtime.deploy([("other.bpmn", content.replace(b'"none_events"', b'"message_start"'))])
    await stage.publish("order_placed")
    assert stage.instances("message_start") == []


async def test_a_catch_event_wins_over_the_start_event_of_its_process(stage: Stage) -> None:
    both = model(
        '<startEvent id="begin"/>'
        '<startEvent id="placed"><messageEventDefinition messageRef="message_placed"/></startEvent>'
        + catch("again", "placed")
        + '<endEvent id="end"/> <endEvent id="end_placed"/>',
        "begin -> again -> end",
        "placed -> end_placed",
        roots=message("placed"),
    )
    await stage.runtime.deploy([("both.bpmn", both)])
    key = await stage.start("process", orderId="A-1")
    await stage.publish("placed", "A-1", ttl=HOUR)
    assert stage.has_ended(key)
    assert stage.instances("process") == [key]
    await stage.publish("placed", "A-1")
    assert len(stage.instances("process")) == 2


async def test_one_correlation_key_is_one_lock_for_all_start_events_of_a_process(stage: Stage) -> None:
    two = model(
        '<startEvent id="a"><messageEventDefinition messageRef="by_mail"/></startEvent>'
        '<startEvent id="b"><messageEventDefinition messageRef="by_phone"/></startEvent>' + job("work"),
        "a -> work",
        "b -> work",
        roots='<message id="by_mail" name="by_mail"/><message id="by_phone" name="by_phone"/>',
    )
    await stage.runtime.deploy([("two.bpmn", two)])
    await stage.publish("by_mail", "A-1", ttl=HOUR)
    await stage.publish("by_phone", "A-1", ttl=HOUR)
    assert [stage.path(key)[0] for key in stage.instances("process")] == ["a"]
    await stage.work("work")
    assert [stage.path(key)[0] for key in stage.instances("process")] == ["a", "b"]


# ---- Before, while and after ----------------------------------------------------------------------------------------


@pytest.fixture
async def two_servers(database_url: str) -> AsyncIterator[tuple[Runtime, Runtime]]:
    async with Runtime.open(database_url) as one, Runtime.open(database_url, Options(lanes=3)) as other:
        yield one, other


async def test_a_message_that_comes_as_its_subscription_opens_is_never_missed(
    two_servers: tuple[Runtime, Runtime], database_url: str
) -> None:
    """200 pairs of a start and a message, at once, on two servers, in either order."""
    one, other = two_servers
    stage = Stage(one, database_url)
    await stage.deploy("message_catch")

    async def pair(number: int) -> None:
        servers = [one, other] if number % 2 else [other, one]
        start = CreateInstance(process_id="message_catch", variables={"orderId": str(number)})
        send = PublishMessage(name=PAID, correlation_key=str(number), time_to_live=HOUR)
        commands = [(servers[0], start), (servers[1], send)]
        await asyncio.gather(*[runtime.execute(command) for runtime, command in commands[:: 1 - number % 4 // 2 * 2]])

    for begin in range(0, 200, 40):
        await asyncio.gather(*map(pair, range(begin, begin + 40)))
    assert stage.running("message_catch") == []
    assert stage.count("correlated_message") == 200
    assert stage.leftovers() == {}


async def test_messages_without_a_buffer_are_delivered_once_each_while_subscriptions_come_and_go(
    two_servers: tuple[Runtime, Runtime], database_url: str
) -> None:
    """Many correlate with few subscriptions at once: as many succeed as there are instances, and all end."""
    one, other = two_servers
    stage = Stage(one, database_url)
    await stage.deploy("message_catch")
    keys = [await stage.start("message_catch", orderId="A-1") for _ in range(20)]
    reached: list[int | None] = []

    async def send(runtime: Runtime) -> None:
        for _ in range(60):
            try:
                result = await Stage(runtime, database_url).correlate(PAID, "A-1")
            except Rejection:
                return
            reached.append(result.process_instance_key)

    await asyncio.gather(*[send(runtime) for runtime in (one, other) * 4])
    assert sorted(key for key in reached if key) == sorted(keys)
    assert all(stage.has_ended(key) for key in keys)
    assert stage.leftovers() == {}


async def test_starts_by_message_never_overlap_on_two_servers(
    two_servers: tuple[Runtime, Runtime], database_url: str
) -> None:
    one, other = two_servers
    stage = Stage(one, database_url)
    await stage.deploy("message_start")
    messages = [PublishMessage(name="order_placed", correlation_key="A-1", time_to_live=HOUR) for _ in range(20)]
    await asyncio.gather(
        *[(one if number % 2 else other).execute(command) for number, command in enumerate(messages)]
    )
    for done in range(20):
        assert len(stage.instances("message_start")) == done + 1
        assert await stage.work("work") == 1
    assert stage.running("message_start") == []
    assert stage.leftovers() == {}


async def test_a_message_whose_receiver_is_cancelled_meanwhile_is_neither_lost_nor_doubled(
    two_servers: tuple[Runtime, Runtime], database_url: str
) -> None:
    """Each order is started, paid and cancelled at once; whoever was cancelled unpaid is started again."""
    one, other = two_servers
    stage = Stage(one, database_url)
    await stage.deploy("message_catch")

    async def order(number: int) -> None:
        key = await stage.start("message_catch", orderId=str(number))
        send = PublishMessage(name=PAID, correlation_key=str(number), time_to_live=HOUR)
        cancel = CancelInstance(process_instance_key=key)
        results = await asyncio.gather(other.execute(send), one.execute(cancel), return_exceptions=True)
        assert all(isinstance(result, MessageResult | Rejection | None) for result in results)
        await stage.start("message_catch", orderId=str(number))

    for begin in range(0, 120, 40):
        await asyncio.gather(*map(order, range(begin, begin + 40)))
    completed = stage.column(
        "SELECT v.value FROM process_instance i JOIN variable v ON v.scope_key = i.key "
        "WHERE i.state = 3 AND v.name = 'orderId'"
    )
    assert sorted(completed) == sorted(f'"{number}"' for number in range(120))
    assert stage.count("correlated_message") == 120
    assert stage.column("SELECT count(*) FROM pending_command") == [0]
