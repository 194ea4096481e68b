"""What stands around an activity is the same for all of them: boundary events, loops, mappings, listeners."""

from __future__ import annotations

import pytest

from engine.elements.registry import ELEMENTS
from tests.models import flows, job, listeners, loop, mappings, model, tags
from tests.story import Story, deploy

MESSAGE = '<message id="m" name="m"><extensionElements><zeebe:subscription correlationKey="=&quot;K&quot;"/>'
CALLED = model(tags("startEvent", "begin") + job("inside"), "begin -> inside", id="called")
INSIDE = tags("startEvent", "begin") + job("inside") + flows("begin -> inside")

#: Extension elements, attributes and content of each activity that waits for somebody, by its tag.
WAITING = {
    "adHocSubProcess": ('<zeebe:adHoc activeElementsCollection="=[&quot;inside&quot;]"/>', "", job("inside")),
    "businessRuleTask": ('<zeebe:taskDefinition type="x"/>', "", ""),
    "callActivity": ('<zeebe:calledElement processId="called"/>', "", ""),
    "receiveTask": ("", 'messageRef="m"', ""),
    "scriptTask": ('<zeebe:taskDefinition type="x"/>', "", ""),
    "sendTask": ('<zeebe:taskDefinition type="x"/>', "", ""),
    "serviceTask": ('<zeebe:taskDefinition type="x"/>', "", ""),
    "subProcess": ("", "", INSIDE),
    "transaction": ("", "", INSIDE),
    "userTask": ("<zeebe:userTask/>", "", ""),
}
PASSING = ("manualTask", "task")
LOOPS = {
    "once": "",
    "parallel": loop(),
    "sequential": loop(sequential=True),
    "standard loop": '<standardLoopCharacteristics loopMaximum="2"/>',
}


def activity(tag: str, extensions: str = "", characteristics: str = "") -> str:
    """An activity `x` of this tag."""
    own, attributes, content = WAITING.get(tag, ("", "", ""))
    extended = f"<extensionElements>{own}{extensions}</extensionElements>"
    return f'<{tag} id="x" {attributes}>{extended}{characteristics}{content}</{tag}>'


def begin(elements: str, *ways: str) -> Story:
    """A process with these elements and more that they need, started."""
    roots = f"{MESSAGE}</extensionElements></message>"
    elements = tags("startEvent", "start") + elements + job("next") + job("late")
    story = deploy(model(elements, *ways, roots=roots), CALLED)
    story.start("process", {"items": [1, 2]})
    return story


def finish(story: Story) -> None:
    """Do everything that `x` waits for, in as many rounds as it has."""
    for _ in range(4):
        if story.jobs and story.jobs[0] not in ("next", "late"):
            story.complete(story.jobs[0])
        elif story.tasks:
            story.complete_task()
        elif "x" in story.active:
            story.message("m", "K")


def test_every_activity_is_tried_here() -> None:
    activities = {tag for tag, cls in ELEMENTS.items() if cls.activity}
    assert activities == {*WAITING, *PASSING}


@pytest.mark.parametrize("around", LOOPS)
@pytest.mark.parametrize("tag", WAITING)
def test_a_boundary_event_ends_it(tag: str, around: str) -> None:
    timer = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
    boundary = f'<boundaryEvent id="too_late" attachedToRef="x">{timer}</boundaryEvent>'
    elements = activity(tag, characteristics=LOOPS[around]) + boundary
    story = begin(elements, "start -> x -> next", "too_late -> late")
    assert "x" in story.active
    story.forward("PT1H")

    assert story.active == ["late"]


@pytest.mark.parametrize("around", LOOPS)
@pytest.mark.parametrize("tag", WAITING)
def test_it_completes_once_all_its_rounds_are_done(tag: str, around: str) -> None:
    story = begin(activity(tag, characteristics=LOOPS[around]), "start -> x -> next")
    finish(story)

    assert story.active == ["next"]


@pytest.mark.parametrize("tag", [*WAITING, *PASSING])
def test_it_has_mappings_and_listeners(tag: str) -> None:
    around = mappings({"given": "1 + 1"}, {"taken": "given + 1"}) + listeners(("start", "first"), ("end", "last"))
    story = begin(activity(tag, around), "start -> x -> next")
    assert story.locals("x")["given"] == 2
    story.complete("x")  # the start listener
    finish(story)
    if "next" not in story.active:
        story.complete("x")  # the end listener

    assert story.active == ["next"]
    assert story.variables["taken"] == 3


@pytest.mark.parametrize("tag", [*WAITING, *PASSING])
def test_it_is_undone_by_its_handler(tag: str) -> None:
    undone = '<boundaryEvent id="undone" attachedToRef="x"><compensateEventDefinition/></boundaryEvent>'
    handler = job("undo").replace("<serviceTask", '<serviceTask isForCompensation="true"')
    tie = '<association id="tie" sourceRef="undone" targetRef="undo"/>'
    throw = '<endEvent id="throw"><compensateEventDefinition/></endEvent>'
    story = begin(activity(tag) + undone + handler + tie + throw, "start -> x -> throw")
    finish(story)

    if "undo" not in story.completed:  # `finish` may have done it already
        story.complete("undo")
    assert story.state == "COMPLETED"
    assert "undo" in story.completed


#: The other elements that listeners may stand around, but for start events (tests/machine/test_listeners.py).
OTHERS = {
    "complexGateway": "",
    "endEvent": "",
    "eventBasedGateway": "",
    "exclusiveGateway": "",
    "inclusiveGateway": "",
    "intermediateCatchEvent": '<messageEventDefinition messageRef="m"/>',
    "intermediateThrowEvent": "",
    "parallelGateway": "",
}


def test_every_other_element_is_tried_here() -> None:
    assert {*WAITING, *PASSING, *OTHERS, "boundaryEvent", "process", "startEvent"} == set(ELEMENTS)


@pytest.mark.parametrize("tag", [*WAITING, *PASSING, *OTHERS])
def test_listeners_run_before_and_after_it(tag: str) -> None:
    around = listeners(("start", "before"), ("end", "after"))
    if tag in OTHERS:
        x = f'<{tag} id="x"><extensionElements>{around}</extensionElements>{OTHERS[tag]}</{tag}>'
    else:
        x = activity(tag, around)
    ways = ["start -> x"] if tag == "endEvent" else ["start -> x -> next"]
    if tag == "eventBasedGateway":
        x += '<receiveTask id="a" messageRef="m"/><receiveTask id="b" messageRef="m"/>'
        ways = ["start -> x -> a", "x -> b"]
    story = begin(x, *ways)
    assert story.job("x").type == "before"
    story.complete("x")
    while "x" in story.active:
        finish(story)

    assert "x" in story.completed


def test_an_event_that_has_come_has_still_come_when_its_listener_has_run() -> None:
    listened = f"<extensionElements>{listeners(('start', 'before'), ('end', 'after'))}</extensionElements>"
    caught = f'<intermediateCatchEvent id="x">{listened}<messageEventDefinition messageRef="m"/>'
    other = '<receiveTask id="other" messageRef="m"/>'
    story = begin(
        f'<eventBasedGateway id="wait"/>{caught}</intermediateCatchEvent>{other}',
        "start -> wait -> x -> next",
        "wait -> other",
    )
    story.message("m", "K")
    story.complete("x")
    story.complete("x")

    assert story.active == ["next"]
