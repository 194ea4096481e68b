"""Every trigger in every position in which it may stand, interrupting or not: each cell of the table in docs/."""

from __future__ import annotations

import pytest

from engine.elements.registry import TRIGGERS
from tests.models import flows, job, model, tags
from tests.story import Story, deploy, play

ROOTS = (
    '<message id="m" name="m"><extensionElements><zeebe:subscription correlationKey="=&quot;K&quot;"/>'
    '</extensionElements></message><signal id="s" name="s"/><error id="e" errorCode="e"/>'
    '<escalation id="l" escalationCode="l"/>'
)
DEFINITIONS = {
    "cancel": "<cancelEventDefinition/>",
    "compensation": "<compensateEventDefinition/>",
    "conditional": "<conditionalEventDefinition><condition>=x = 1</condition></conditionalEventDefinition>",
    "error": '<errorEventDefinition errorRef="e"/>',
    "escalation": '<escalationEventDefinition escalationRef="l"/>',
    "link": '<linkEventDefinition name="there"/>',
    "message": '<messageEventDefinition messageRef="m"/>',
    "signal": '<signalEventDefinition signalRef="s"/>',
    "terminate": "<terminateEventDefinition/>",
    "timer": "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>",
}
POSITIONS = {cls.kind: cls.positions for cls in TRIGGERS.values()}
OUTSIDE = ("conditional", "message", "signal", "timer")  # what comes from outside of the process
THROWN = ("error", "escalation")


def come(story: Story, kind: str) -> None:
    """Let it come from outside."""
    if kind == "message":
        story.message("m", "K")
    elif kind == "signal":
        story.signal("s")
    elif kind == "timer":
        story.forward("PT1H")
    else:
        story.set_variables(x=1)


def thrower(kind: str, id: str = "throw") -> str:
    """What throws an error or escalation."""
    tag = "endEvent" if kind == "error" else "intermediateThrowEvent"
    return f'<{tag} id="{id}">{DEFINITIONS[kind]}</{tag}>'


def test_no_trigger_is_forgotten_here() -> None:
    assert set(DEFINITIONS) == set(POSITIONS)


@pytest.mark.parametrize("kind", [kind for kind in OUTSIDE if "catch" in POSITIONS[kind]])
def test_caught_in_between(kind: str) -> None:
    caught = f'<intermediateCatchEvent id="catch">{DEFINITIONS[kind]}</intermediateCatchEvent>'
    story = play(model(tags("startEvent", "start") + caught + job("work"), "start -> catch -> work", roots=ROOTS))
    assert story.active == ["catch"]
    come(story, kind)

    assert story.jobs == ["work"]


@pytest.mark.parametrize("kind", [kind for kind in OUTSIDE if "catch" in POSITIONS[kind]])
def test_caught_behind_an_event_based_gateway(kind: str) -> None:
    other = '<intermediateCatchEvent id="late"><timerEventDefinition><timeDuration>P9D</timeDuration>'
    caught = f'<intermediateCatchEvent id="catch">{DEFINITIONS[kind]}</intermediateCatchEvent>'
    elements = f'<eventBasedGateway id="wait"/>{caught}{other}</timerEventDefinition></intermediateCatchEvent>'
    story = play(
        model(
            tags("startEvent", "start") + elements + job("work"),
            "start -> wait -> catch -> work",
            "wait -> late",
            roots=ROOTS,
        )
    )
    come(story, kind)

    assert story.active == ["work"]


@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("kind", [kind for kind in OUTSIDE if "boundary" in POSITIONS[kind]])
def test_on_a_boundary(kind: str, interrupting: bool) -> None:
    attributes = f'attachedToRef="work" cancelActivity="{str(interrupting).lower()}"'
    boundary = f'<boundaryEvent id="caught" {attributes}>{DEFINITIONS[kind]}</boundaryEvent>'
    elements = tags("startEvent", "start") + job("work") + boundary + job("handle")
    story = play(model(elements, "start -> work", "caught -> handle", roots=ROOTS))
    come(story, kind)

    assert story.jobs == (["handle"] if interrupting else ["work", "handle"])


@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("kind", THROWN)
def test_thrown_within_and_caught_on_a_boundary(kind: str, interrupting: bool) -> None:
    if kind == "error" and not interrupting:
        return  # an error always interrupts; it is refused otherwise (tests/bpmn/test_refusals.py)
    inside = tags("startEvent", "begin") + thrower(kind)
    flow = "begin -> throw"
    if kind == "escalation":
        inside, flow = inside + job("after"), "begin -> throw -> after"
    attributes = f'attachedToRef="sub" cancelActivity="{str(interrupting).lower()}"'
    boundary = f'<boundaryEvent id="caught" {attributes}>{DEFINITIONS[kind]}</boundaryEvent>'
    sub = f'<subProcess id="sub">{inside}{flows(flow)}</subProcess>'
    elements = tags("startEvent", "start") + sub + boundary + job("handle")
    story = play(model(elements, "start -> sub", "caught -> handle", roots=ROOTS))

    assert sorted(story.jobs) == (["handle"] if interrupting else ["after", "handle"])


@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("kind", [*OUTSIDE, *THROWN])
def test_starts_an_event_sub_process(kind: str, interrupting: bool) -> None:
    if kind == "error" and not interrupting:
        return
    start = f'<startEvent id="caught" isInterrupting="{str(interrupting).lower()}">{DEFINITIONS[kind]}</startEvent>'
    sub = f'<subProcess id="aside" triggeredByEvent="true">{start}{job("handle")}{flows("caught -> handle")}'
    elements = tags("startEvent", "start") + job("work") + sub + "</subProcess>"
    if kind in THROWN:
        elements, way = elements + thrower(kind), "start -> work -> throw"
    else:
        way = "start -> work"
    story = play(model(elements, way, roots=ROOTS))
    if kind in THROWN:
        story.complete("work")
        assert story.jobs == ["handle"]
    else:
        come(story, kind)
        assert story.jobs == (["handle"] if interrupting else ["work", "handle"])


@pytest.mark.parametrize("kind", ["message", "signal"])
def test_starts_a_process(kind: str) -> None:
    start = f'<startEvent id="start">{DEFINITIONS[kind]}</startEvent>'
    story = deploy(model(start + job("work"), "start -> work", roots=ROOTS))
    come(story, kind)

    assert story.jobs == ["work"]


@pytest.mark.parametrize("tag", ["intermediateThrowEvent", "endEvent"])
@pytest.mark.parametrize("kind", ["message", "signal"])
def test_thrown_to_another_process(kind: str, tag: str) -> None:
    caught = f'<intermediateCatchEvent id="catch">{DEFINITIONS[kind]}</intermediateCatchEvent>'
    waits = model(tags("startEvent", "start") + caught + job("work"), "start -> catch -> work", id="a", roots=ROOTS)
    thrown = f'<{tag} id="throw">{DEFINITIONS[kind]}</{tag}>'
    story = play(waits, model(tags("startEvent", "start") + thrown, "start -> throw", id="b", roots=ROOTS))
    story.start("b")

    assert story.jobs == ["work"]
    assert story.instances("b")[0].ended_at is not None


@pytest.mark.parametrize("tag", ["intermediateThrowEvent", "endEvent"])
def test_compensation_is_thrown(tag: str) -> None:
    undo = '<serviceTask id="undo" isForCompensation="true"><extensionElements><zeebe:taskDefinition type="undo"/>'
    elements = (
        tags("startEvent", "start")
        + job("work")
        + f'<boundaryEvent id="undone" attachedToRef="work">{DEFINITIONS["compensation"]}</boundaryEvent>'
        + f'{undo}</extensionElements></serviceTask><association id="tie" sourceRef="undone" targetRef="undo"/>'
        + f'<{tag} id="throw">{DEFINITIONS["compensation"]}</{tag}>'
    )
    story = play(model(elements, "start -> work -> throw", roots=ROOTS))
    story.complete("work")
    assert story.jobs == ["undo"]
    story.complete("undo")

    assert story.state == "COMPLETED"


def test_a_multiple_event_may_wait_for_several_messages() -> None:
    roots = ROOTS + ROOTS.replace('id="m" name="m"', 'id="n" name="n"').split("<signal")[0]
    two = f'{DEFINITIONS["message"]}<messageEventDefinition messageRef="n"/>'
    either = f'<intermediateCatchEvent id="catch">{two}</intermediateCatchEvent>'
    both = f'<intermediateCatchEvent id="catch" parallelMultiple="true">{two}</intermediateCatchEvent>'
    way = "start -> catch -> work"
    one, all_of_them = (
        play(model(tags("startEvent", "start") + catch + job("work"), way, roots=roots)) for catch in (either, both)
    )
    one.message("n", "K")
    all_of_them.message("n", "K")
    assert (one.jobs, all_of_them.jobs) == (["work"], [])

    all_of_them.message("m", "K")

    assert all_of_them.jobs == ["work"]


@pytest.mark.parametrize("tag", ["intermediateThrowEvent", "endEvent"])
def test_a_multiple_event_throws_all_of_them(tag: str) -> None:
    caught = "".join(
        f'<intermediateCatchEvent id="{kind}">{DEFINITIONS[kind]}</intermediateCatchEvent>'
        for kind in ("message", "signal")
    )
    waits = model(
        tags("startEvent", "start") + caught + job("work") + job("note"),
        "start -> message -> work",
        "start -> signal -> note",
        id="a",
        roots=ROOTS,
    )
    thrown = f'<{tag} id="throw">{DEFINITIONS["message"]}{DEFINITIONS["signal"]}</{tag}>'
    story = play(waits, model(tags("startEvent", "start") + thrown, "start -> throw", id="b", roots=ROOTS))
    story.start("b")

    assert sorted(story.jobs) == ["note", "work"]


@pytest.mark.parametrize("position", ["boundary", "event sub-process"])
def test_a_parallel_multiple_event_around_work_waits_for_all(position: str) -> None:
    both = DEFINITIONS["message"] + DEFINITIONS["signal"]
    if position == "boundary":
        event = f'<boundaryEvent id="caught" attachedToRef="work" parallelMultiple="true">{both}</boundaryEvent>'
        elements, ways = event + job("handle"), ("start -> work", "caught -> handle")
    else:
        event = f'<startEvent id="caught" parallelMultiple="true">{both}</startEvent>'
        elements = f'<subProcess id="aside" triggeredByEvent="true">{event}{job("handle")}{flows("caught -> handle")}'
        elements, ways = f"{elements}</subProcess>", ("start -> work",)
    story = play(model(tags("startEvent", "start") + job("work") + elements, *ways, roots=ROOTS))
    story.message("m", "K", told=1)
    assert story.jobs == ["work"]
    story.signal("s", heard=2)

    assert story.jobs == ["handle"]
    assert story.active[-1] == "handle"
