"""Receive tasks and event-based gateways that stand where the process begins."""

from __future__ import annotations

import pytest

from engine.bpmn import InvalidModel
from tests.models import job, loop, model, tags
from tests.story import Story, deploy

MESSAGES = "".join(f'<message id="{name}" name="{name}"/>' for name in ("vote", "mail", "phone"))


def votes(characteristics: str) -> Story:
    """A process that begins with the first vote."""
    receive = f'<receiveTask id="receive" messageRef="vote" instantiate="true">{characteristics}</receiveTask>'
    return deploy(model(receive + job("count"), "receive -> count", roots=MESSAGES))


def test_the_message_of_a_receive_task_starts_an_instance() -> None:
    story = deploy("receive_task_instantiates.bpmn")
    story.message("order", "A7", amount=12)

    assert story.path == ["receive", "work"]
    assert story.variables["amount"] == 12


def test_each_event_behind_the_gateway_starts_an_instance() -> None:
    story = deploy("event_based_gateway_instantiates.bpmn")
    story.message("phone", "any")
    story.message("mail", "other")  # with the same key it would wait until the first instance ends

    assert story.jobs == ["answer_phone", "answer_mail"]


def test_a_looping_receive_task_takes_as_many_messages_of_a_key() -> None:
    story = votes(loop('outputCollection="votes" outputElement="=vote"'))
    story.message("vote", "A7", items=["Ann", "Bob", "Cyd"], vote="yes")
    assert story.active == ["receive"] * 3

    story.message("vote", "A7", vote="no")
    story.message("vote", "B8", items=["Dan", "Eve"], vote="late")
    story.message("vote", "A7", vote="maybe")

    assert story.jobs == ["count"]
    assert story.variables["votes"] == ["yes", "no", "maybe"]
    assert len(story.recorded) == 2


def test_so_does_a_sequence() -> None:
    story = votes(loop(sequential=True))
    story.message("vote", "A7", items=[1, 2])
    assert story.active == ["receive"] * 2

    story.message("vote", "A7")

    assert story.jobs == ["count"]


def test_so_does_a_standard_loop() -> None:
    story = votes('<standardLoopCharacteristics loopMaximum="2"/>')
    story.message("vote", "A7")
    story.message("vote", "A7")

    assert story.jobs == ["count"]
    assert len(story.recorded) == 1


def test_one_message_starts_every_process_that_begins_with_it() -> None:
    receive = '<receiveTask id="receive" messageRef="vote" instantiate="true"/>'
    start = '<startEvent id="start"><messageEventDefinition messageRef="vote"/></startEvent>'
    story = deploy(
        model(receive + job("count"), "receive -> count", id="a", roots=MESSAGES),
        model(start + job("note"), "start -> note", id="b", roots=MESSAGES),
    )

    assert story.message("vote", "A7") == 2
    assert story.jobs == ["count", "note"]


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
