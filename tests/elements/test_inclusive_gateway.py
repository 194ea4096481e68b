"""Inclusive gateway: takes every flow whose condition is true; joins what can still arrive."""

from __future__ import annotations

from tests.models import job, model, tags, when
from tests.story import Story, play

CONDITIONS = {"giftWrap": False, "insured": False}
FORK = tags("startEvent", "start") + '<inclusiveGateway id="fork"/><inclusiveGateway id="join"/>'


def both_ways(elements: str, *ways: str, **variables: object) -> Story:
    """A fork to the jobs `a` and `b`, an inclusive join, the job `after`, and whatever else is between."""
    conditions = when("fork", "a", "true") + when("fork", "b", "true")
    jobs = job("a") + job("b") + job("after")
    return play(model(FORK + conditions + jobs + elements, "start -> fork", "join -> after", *ways), **variables)


# ---- Fork ------------------------------------------------------------------------------------------------------------


def test_one_condition_true() -> None:
    story = play("inclusive_gateway.bpmn", **CONDITIONS | {"insured": True})
    assert story.jobs == ["insure"]
    story.complete()
    assert story.jobs == ["ship"]


def test_all_conditions_true() -> None:
    story = play("inclusive_gateway.bpmn", giftWrap=True, insured=True)
    assert story.jobs == ["gift_wrap", "insure"]
    story.complete("gift_wrap")
    assert story.jobs == ["insure"]
    story.complete("insure")
    assert story.path == ["start", "extras", "gift_wrap", "insure", "join", "ship"]


def test_no_condition_true_takes_the_default() -> None:
    story = play("inclusive_gateway.bpmn", **CONDITIONS)
    assert story.jobs == ["plain"]
    story.complete()
    story.complete("ship")
    assert story.state == "COMPLETED"


def test_no_condition_true_and_no_default_is_an_incident() -> None:
    elements = FORK + tags("endEvent", "a", "b") + when("fork", "a", "wanted = 1") + when("fork", "b", "wanted = 2")
    story = play(model(elements, "start -> fork"), wanted=0)
    assert story.incidents == [("fork", "CONDITION_ERROR")]

    story.set_variables(wanted=2)
    story.resolve()
    assert story.path == ["start", "fork", "b"]


def test_condition_that_is_no_boolean_is_an_incident_and_no_flow_is_taken() -> None:
    elements = FORK + tags("endEvent", "a", "b") + when("fork", "a", "true") + when("fork", "b", "wanted")
    story = play(model(elements, "start -> fork"))
    assert story.incidents == [("fork", "EXTRACT_VALUE_ERROR")]
    assert story.flows == ["start_to_fork"]

    story.set_variables(wanted=True)
    story.resolve()
    assert story.path == ["start", "fork", "a", "b"]


# ---- Join ------------------------------------------------------------------------------------------------------------


def test_join_waits_for_a_branch_that_goes_round_again() -> None:
    story = play("inclusive_join_with_loop.bpmn")
    story.complete("print")
    story.complete("check", repeat=True)
    assert "join" not in story.path
    story.complete("check", repeat=False)
    assert story.path.count("join") == 1
    assert story.state == "COMPLETED"


def test_join_fires_when_the_missing_branch_ends_elsewhere() -> None:
    elements = '<exclusiveGateway id="which" default="which_to_join"/>' + tags("endEvent", "aside")
    elements += when("which", "aside", "stop")
    story = both_ways(elements, "a -> join", "b -> which -> join")
    story.complete("a")
    assert story.jobs == ["b"]

    story.complete("b", stop=True)
    assert story.path[-3:] == ["aside", "join", "after"]
    assert story.jobs == ["after"]


def test_join_waits_for_a_branch_that_its_boundary_event_may_still_lead_in() -> None:
    late = (
        '<boundaryEvent id="late" attachedToRef="b"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        "</timerEventDefinition></boundaryEvent>"
    ) + tags("endEvent", "aside")
    story = both_ways(late, "a -> join", "b -> aside", "late -> join")
    story.complete("a")
    assert story.jobs == ["b"]

    story.forward("PT1H")
    assert story.path[-3:] == ["late", "join", "after"]
    assert story.path.count("join") == 1


def test_join_fires_when_an_interrupted_branch_leads_elsewhere() -> None:
    late = (
        '<boundaryEvent id="late" attachedToRef="b"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        "</timerEventDefinition></boundaryEvent>"
    ) + tags("endEvent", "aside")
    story = both_ways(late, "a -> join", "b -> join", "late -> aside")
    story.complete("a")
    assert story.jobs == ["b"]

    story.forward("PT1H")
    assert story.jobs == ["after"]
    story.complete("after")
    assert story.state == "COMPLETED"


def test_join_waits_for_a_non_interrupting_boundary_event() -> None:
    reminder = (
        '<boundaryEvent id="remind" attachedToRef="b" cancelActivity="false"><timerEventDefinition>'
        "<timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>"
    )
    story = both_ways(reminder + job("mail"), "a -> join", "b -> join", "remind -> mail -> join")
    story.complete("a")
    story.forward("PT1H")
    story.complete("b")
    assert story.jobs == ["mail"]
    story.complete("mail")
    assert story.jobs == ["after"]
    assert story.instance.root.tokens == {}


def test_join_waits_for_a_link() -> None:
    link = '<intermediateThrowEvent id="away"><linkEventDefinition name="over"/></intermediateThrowEvent>'
    link += '<intermediateCatchEvent id="here"><linkEventDefinition name="over"/></intermediateCatchEvent>'
    story = both_ways(link, "a -> join", "b -> away", "here -> join")
    story.complete("a")
    assert story.jobs == ["b"]
    story.complete("b")
    assert story.path[-4:] == ["away", "here", "join", "after"]


def test_join_fires_twice_for_two_tokens_of_one_flow() -> None:
    elements = tags("exclusiveGateway", "merge")
    story = both_ways(elements + job("c"), "a -> merge", "b -> merge", "merge -> join", "c -> join")
    story.complete("a")
    story.complete("b")
    assert story.jobs == ["after", "after"]
    assert story.instance.root.tokens == {}


def test_join_fires_again_for_what_was_left_over() -> None:
    elements = tags("parallelGateway", "split") + tags("exclusiveGateway", "merge") + job("c") + job("d")
    ways = ["a -> split", "split -> c -> merge", "split -> d -> merge", "merge -> join", "b -> join"]
    story = both_ways(elements, *ways)
    story.complete("a")
    story.complete("c")
    story.complete("d")
    assert story.instance.root.tokens == {"merge_to_join": 2}

    story.complete("b")
    assert story.jobs == ["after", "after"]
    assert story.instance.root.tokens == {}
    story.complete("after")
    story.complete("after")
    assert story.state == "COMPLETED"


def test_join_waits_for_a_token_that_waits_at_another_join() -> None:
    elements = tags("parallelGateway", "split", "meet") + job("c") + job("d")
    story = both_ways(elements, "a -> join", "b -> split", "split -> c -> meet", "split -> d -> meet", "meet -> join")
    story.complete("b")
    story.complete("c")
    story.complete("a")
    assert story.jobs == ["d"]
    story.complete("d")
    assert story.path[-3:] == ["meet", "join", "after"]


def test_join_in_a_loop_fires_once_per_round() -> None:
    elements = '<exclusiveGateway id="again" default="again_to_end"/>' + tags("endEvent", "end")
    elements += tags("exclusiveGateway", "entry") + when("again", "entry", "repeat")
    conditions = when("fork", "a", "true") + when("fork", "b", "true")
    xml = model(
        FORK + conditions + job("a") + job("b") + elements,
        "start -> entry -> fork",
        "a -> join",
        "b -> join",
        "join -> again -> end",
    )
    story = play(xml, repeat=True)
    story.complete("a")
    story.complete("b")
    assert story.jobs == ["a", "b"]
    story.complete("b", repeat=False)
    story.complete("a")
    assert story.path.count("join") == 2
    assert story.state == "COMPLETED"


def test_join_does_not_wait_for_a_token_that_waits_for_the_join_itself() -> None:
    """Round the loop, what waits at `both` could come by `late`; but it does not move before the join has fired."""
    content = tags("startEvent", "start") + tags("exclusiveGateway", "round") + job("a") + job("b") + job("c")
    content += (
        '<exclusiveGateway id="again" default="again_to_after"/>'
        + tags("parallelGateway", "split", "both")
        + '<inclusiveGateway id="join"/>'
        + job("after")
    )
    content += '<boundaryEvent id="late" attachedToRef="b"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
    content += "</timerEventDefinition></boundaryEvent>"
    ways = ["start -> round -> split -> a -> both", "split -> b -> join -> both -> again -> after", "late -> c -> join"]
    story = play(model(content + when("again", "round", "more = true"), *ways), more=True)
    for round in range(3):
        story.complete("a", more=round < 2)
        story.complete("b")

    assert story.path.count("join") == 3
    assert story.jobs == ["after"]


def test_joins_in_different_scopes_do_not_wait_for_each_other() -> None:
    inner = (
        '<subProcess id="inside"><startEvent id="inside_start"/><inclusiveGateway id="inside_fork"/>'
        '<inclusiveGateway id="inside_join"/>'
        + job("c")
        + job("d")
        + when("inside_fork", "c", "true")
        + when("inside_fork", "d", "true")
        + '<sequenceFlow id="f1" sourceRef="inside_start" targetRef="inside_fork"/>'
        '<sequenceFlow id="f2" sourceRef="c" targetRef="inside_join"/>'
        '<sequenceFlow id="f3" sourceRef="d" targetRef="inside_join"/></subProcess>'
    )
    story = both_ways(inner, "a -> join", "b -> inside -> join")
    story.complete("a")
    story.complete("b")
    story.complete("c")
    assert story.jobs == ["d"]
    story.complete("d")
    assert story.path[-3:] == ["inside_join", "join", "after"]


def test_single_flow_in_is_no_join() -> None:
    elements = tags("startEvent", "start") + tags("inclusiveGateway", "pass") + tags("endEvent", "end")
    story = play(model(elements, "start -> pass -> end"))
    assert story.path == ["start", "pass", "end"]
    assert story.state == "COMPLETED"
