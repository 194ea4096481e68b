"""Event-based gateway: waits for several events; the first that comes decides the way."""

from __future__ import annotations

import pytest

from engine.bpmn import InvalidModel
from engine.machine.state import MessageSubscription, Subscription, Timer
from tests.models import job, model, tags
from tests.story import Story, deploy, play

PAID = (
    '<message id="paid" name="paid"><extensionElements><zeebe:subscription correlationKey="=orderId"/>'
    "</extensionElements></message>"
)

#: Start an instance, whatever their keys.
MESSAGES = "".join(f'<message id="{name}" name="{name}"/>' for name in ("mail", "phone"))


def gateway(events: str, *targets: str, roots: str = PAID, **variables: object) -> Story:
    """A gateway that waits for these events, each of which leads to an end `after_…`."""
    ends = tags("endEvent", *(f"after_{target}" for target in targets))
    ways = [f"wait -> {target} -> after_{target}" for target in targets]
    elements = tags("startEvent", "start") + '<eventBasedGateway id="wait"/>' + events + ends
    return play(model(elements, "start -> wait", *ways, roots=roots), **variables)


def catch(id: str, definition: str) -> str:
    """An intermediate catch event."""
    return f'<intermediateCatchEvent id="{id}">{definition}</intermediateCatchEvent>'


def timer(duration: str) -> str:
    """The definition of a timer event."""
    return f"<timerEventDefinition><timeDuration>{duration}</timeDuration></timerEventDefinition>"


ENOUGH = catch(
    "enough", "<conditionalEventDefinition><condition>=amount > 10</condition></conditionalEventDefinition>"
)


def test_message_comes_first() -> None:
    story = play("event_based_gateway.bpmn", orderId="o-1")
    assert story.active == ["wait"]
    story.message("payment_received", "o-1", amount=12)

    assert story.path == ["start", "wait", "paid", "ship"]
    assert story.waits(Timer) == []
    assert story.variables["amount"] == 12


def test_timer_comes_first() -> None:
    story = play("event_based_gateway.bpmn", orderId="o-1")
    story.forward("PT1H")

    assert story.path == ["start", "wait", "one_hour", "remind"]
    assert story.waits(MessageSubscription) == []
    assert story.message("payment_received", "o-1") == 0


def test_two_timers_due_at_once_take_one_way() -> None:
    story = play("event_based_gateway_two_timers.bpmn")
    story.forward("PT2H")

    assert len([id for id in story.path if id in ("first", "second")]) == 1
    assert story.state == "COMPLETED"


def test_receive_task_may_wait_behind_the_gateway() -> None:
    events = '<receiveTask id="receive" messageRef="paid"/>' + catch("late", timer("PT1H"))
    story = gateway(events, "receive", "late", orderId="o-1")
    story.message("paid", "o-1", amount=3)
    assert story.path == ["start", "wait", "receive", "after_receive"]
    assert story.variables == {"orderId": "o-1", "amount": 3}
    assert story.state == "COMPLETED"


def test_signal_and_condition_may_wait_behind_the_gateway() -> None:
    signal = catch("opened", '<signalEventDefinition signalRef="open"/>')
    roots = '<signal id="open" name="open"/>'

    story = gateway(signal + ENOUGH, "opened", "enough", roots=roots, amount=1)
    story.signal("open")
    assert story.path == ["start", "wait", "opened", "after_opened"]

    story = gateway(signal + ENOUGH, "opened", "enough", roots=roots, amount=1)
    story.set_variables(amount=11)
    assert story.path == ["start", "wait", "enough", "after_enough"]
    assert story.waits(Subscription) == []


def test_condition_that_is_true_already_decides_at_once() -> None:
    story = gateway(ENOUGH + catch("late", timer("PT1H")), "enough", "late", amount=11)
    assert story.path == ["start", "wait", "enough", "after_enough"]


def test_subscription_that_cannot_open_is_an_incident_of_the_gateway() -> None:
    events = catch("receive", '<messageEventDefinition messageRef="paid"/>') + catch("late", timer("PT1H"))
    story = gateway(events, "receive", "late")
    assert story.incidents == [("wait", "EXTRACT_VALUE_ERROR")]
    assert story.waits(Timer) == []

    story.set_variables(orderId="o-1")
    story.resolve()
    assert len(story.waits(Timer)) == 1
    story.message("paid", "o-1")
    assert story.path == ["start", "wait", "receive", "after_receive"]


def test_output_mapping_of_the_chosen_event_takes_the_payload() -> None:
    mapped = catch(
        "receive",
        '<extensionElements><zeebe:ioMapping><zeebe:output source="=amount" target="total"/></zeebe:ioMapping>'
        '</extensionElements><messageEventDefinition messageRef="paid"/>',
    )
    story = gateway(mapped + catch("late", timer("PT1H")), "receive", "late", orderId="o-1")
    story.message("paid", "o-1", amount=3)
    assert story.variables == {"orderId": "o-1", "total": 3}


def test_cancellation_closes_what_it_waits_for() -> None:
    story = play("event_based_gateway.bpmn", orderId="o-1")
    story.cancel()
    assert story.state == "TERMINATED"
    assert story.message("payment_received", "o-1") == 0


# ---- Where the process begins ----------------------------------------------------------------------------------------


def test_each_event_behind_the_gateway_starts_an_instance() -> None:
    story = deploy("event_based_gateway_instantiates.bpmn")
    story.message("phone", "any")
    story.message("mail", "other")  # with the same key it would wait until the first instance ends

    assert story.jobs == ["answer_phone", "answer_mail"]


def test_events_and_receive_tasks_behind_a_gateway_that_instantiates() -> None:
    mail = '<messageEventDefinition messageRef="mail"/>'
    monday = "<timerEventDefinition><timeCycle>R/P7D</timeCycle></timerEventDefinition>"
    story = deploy(
        model(
            '<eventBasedGateway id="either" instantiate="true"/>'
             f'<intermediateCatchEvent id="mail_came">{mail}</intermediateCatchEvent>'
             '<receiveTask id="called" messageRef="phone"/>'
             f'<intermediateCatchEvent id="monday">{monday}</intermediateCatchEvent>'
            + job("by_mail")
            + job("by_phone")
            + job("by_itself"),
            "either -> mail_came -> by_mail",
            "either -> called -> by_phone",
            "either -> monday -> by_itself",
            roots=MESSAGES,
        )
    )
    story.message("phone", "any")
    story.message("mail", "")
    story.start_timer("process")

    assert story.jobs == ["by_phone", "by_mail", "by_itself"]


def test_a_gateway_that_instantiates_begins_the_process() -> None:
    with pytest.raises(InvalidModel, match="Must have no incoming sequence flow: its events start the process"):
        deploy(
            model(
                tags("startEvent", "start")
                + '<eventBasedGateway id="either" instantiate="true"/>'
                + '<receiveTask id="a" messageRef="mail"/><receiveTask id="b" messageRef="phone"/>',
                "start -> either -> a",
                "either -> b",
                roots=MESSAGES,
            )
        )
