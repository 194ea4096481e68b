"""Parallel gateway: takes all flows; joins once every incoming flow has been taken."""

from __future__ import annotations

from engine.machine import events as ev
from tests.models import job, model, tags
from tests.story import play


def test_fork_and_join() -> None:
    story = play("parallel_gateway.bpmn")
    assert story.jobs == ["pack", "bill"]

    story.complete("bill")
    assert story.jobs == ["pack"]
    assert story.active == ["pack"]
    story.complete("pack")
    assert story.path == ["start", "fork", "pack", "bill", "join", "ship"]
    story.complete("ship")
    assert story.state == "COMPLETED"


def test_flows_are_reported_as_they_are_taken() -> None:
    story = play("parallel_gateway.bpmn")
    story.complete("pack")
    assert story.flows == ["start_to_fork", "fork_to_pack", "fork_to_bill", "pack_to_join"]


def test_join_waits_though_one_flow_comes_twice_and_keeps_the_surplus() -> None:
    elements = tags("startEvent", "start") + tags("parallelGateway", "fork", "join") + tags("exclusiveGateway", "merge")
    elements += job("a") + job("b") + job("c") + job("after")
    ways = ["start -> fork", "fork -> a -> merge", "fork -> b -> merge", "merge -> join", "fork -> c -> join"]
    story = play(model(elements, *ways, "join -> after"))
    story.complete("a")
    story.complete("b")
    assert story.instance.root.tokens == {"merge_to_join": 2}

    story.complete("c")
    assert story.instance.root.tokens == {"merge_to_join": 1}
    assert story.jobs == ["after"]


def test_join_that_never_fires_keeps_its_scope_open() -> None:
    elements = tags("startEvent", "start") + tags("parallelGateway", "fork", "join") + tags("endEvent", "aside", "end")
    elements += job("a") + job("b") + job("never")
    ways = ["start -> fork", "fork -> a -> join", "fork -> b -> aside", "never -> join", "join -> end"]
    story = play(model(elements, *ways))
    story.complete("a")
    story.complete("b")
    assert story.state == "ACTIVE"
    assert story.active == []

    story.cancel()
    assert story.state == "TERMINATED"


def test_join_may_fire_again() -> None:
    elements = tags("startEvent", "start") + tags("parallelGateway", "fork", "join")
    elements += tags("exclusiveGateway", "a", "b") + job("after")
    ways = ["start -> fork", "fork -> a -> join", "fork -> b -> join", "join -> after"]
    double = '<sequenceFlow id="again_a" sourceRef="fork" targetRef="a"/>'
    double += '<sequenceFlow id="again_b" sourceRef="fork" targetRef="b"/>'
    story = play(model(elements + double, *ways))
    assert story.jobs == ["after", "after"]
    assert story.instance.root.tokens == {}


def test_gateway_that_joins_and_forks() -> None:
    elements = tags("startEvent", "start") + tags("parallelGateway", "fork", "both") + tags("endEvent", "c", "d")
    elements += job("a") + job("b")
    story = play(model(elements, "start -> fork", "fork -> a -> both", "fork -> b -> both", "both -> c", "both -> d"))
    story.complete("a")
    story.complete("b")
    assert story.path[-3:] == ["both", "c", "d"]
    assert story.state == "COMPLETED"


def test_two_flows_from_one_gateway_to_another_are_two_tokens() -> None:
    elements = tags("startEvent", "start") + tags("parallelGateway", "fork", "join") + tags("endEvent", "end")
    double = '<sequenceFlow id="again" sourceRef="fork" targetRef="join"/>'
    story = play(model(elements + double, "start -> fork -> join -> end"))
    consumed = [event.flow_ids for event in story.events if isinstance(event, ev.TokensConsumed)]
    assert [sorted(ids) for ids in consumed] == [["again", "fork_to_join"]]
    assert story.state == "COMPLETED"


def test_cancellation_takes_the_waiting_tokens_with_it() -> None:
    story = play("parallel_gateway.bpmn")
    story.complete("pack")
    story.cancel()
    assert story.state == "TERMINATED"
    assert story.jobs == []
