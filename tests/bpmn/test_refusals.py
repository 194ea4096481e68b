"""What has no meaning is refused at deployment, with the element, its line and the mend."""

from __future__ import annotations

import pytest

from engine.bpmn import InvalidModel, Problem, compile_model
from tests.models import definitions, flows, job, loop, model, tags, when

START = tags("startEvent", "start")
MESSAGE = '<message id="paid" name="paid"/>'
KEYED = MESSAGE.replace(
    "/>", '><extensionElements><zeebe:subscription correlationKey="=id"/></extensionElements></message>'
)


def problems(xml: bytes) -> list[Problem]:
    """What is wrong with a model."""
    try:
        compile_model(xml, "model.bpmn")
    except InvalidModel as invalid:
        return invalid.problems
    return []


def event(tag: str, id: str, definition: str, attributes: str = "") -> str:
    """An event with a definition."""
    return f'<{tag} id="{id}" {attributes}>{definition}</{tag}>'


def timer(tag: str, text: str) -> str:
    """The definition of a timer event; `tag` is timeDate, timeDuration or timeCycle."""
    return f"<timerEventDefinition><{tag}>{text}</{tag}></timerEventDefinition>"


def after_start(elements: str, *ways: str, roots: str = "") -> bytes:
    """A process that begins at `start`."""
    return model(START + elements, *ways, roots=roots)


def on_task(boundary: str, roots: str = "") -> bytes:
    """A process of one job `work` that an event is attached to."""
    return after_start(job("work") + boundary, "start -> work", roots=roots)


def script(attributes: str) -> str:
    """A script task with these attributes of its script."""
    return f'<scriptTask id="x"><extensionElements><zeebe:script {attributes}/></extensionElements></scriptTask>'


BOUNDARY = "boundaryEvent"
ON_WORK = 'attachedToRef="work"'
ONE_HOUR = timer("timeDuration", "PT1H")
UNDONE = (
    job("work")
    + event(BOUNDARY, "undone", "<compensateEventDefinition/>", ON_WORK)
    + '<task id="undo" isForCompensation="true"/><association id="tie" sourceRef="undone" targetRef="undo"/>'
)
UNDONE_AGAIN = (
    event(BOUNDARY, "again", "<compensateEventDefinition/>", ON_WORK)
    + '<task id="undo_2" isForCompensation="true"/><association id="tie_2" sourceRef="again" targetRef="undo_2"/>'
)
GATEWAY = '<eventBasedGateway id="wait"/>' + event("intermediateCatchEvent", "late", ONE_HOUR)

REFUSED = {
    # ---- The process -----------------------------------------------------------------------------------------------
    "nothing executable": (definitions('<process id="p"><startEvent id="s"/></process>'), "", "isExecutable"),
    "empty process": (model(""), "process", "is empty"),
    "no start event": (model(tags("task", "a", "b"), "a -> b -> a"), "process", "start event"),
    "two none start events": (model(tags("startEvent", "a", "b")), "process", "at most one none start event"),
    "process without id": (definitions('<process isExecutable="true"><startEvent id="s"/></process>'), "", "an id"),
    "duplicate id": (model(START + tags("task", "a", "a")), "a", "id of its own"),
    "element without id": (after_start("<task/>"), "process", "an id"),
    "two starts by one message": (
        model(
            event("startEvent", "a", '<messageEventDefinition messageRef="paid"/>')
            + event("startEvent", "b", '<messageEventDefinition messageRef="paid"/>'),
            roots=MESSAGE,
        ),
        "process",
        "by the message 'paid'",
    ),
    "process with a name that is too long": (
        model(START).replace(b'"process"', b'"%s"' % (b"p" * 801)),
        "p" * 80,
        "at most 800 bytes",
    ),
    "job type that is too long": (
        after_start(job("work").replace('type="work"', f'type="{"w" * 801}"')),
        "work",
        "its type to be at most 800 bytes",
    ),
    "message name that is too long": (
        after_start("", roots=MESSAGE.replace('name="paid"', f'name="{"é" * 401}"')),
        "paid",
        "but 'éééééééééééééééééééééééééééééééééééééééé…' has 802",
    ),
    "variable name that is too long": (
        after_start(script(f'expression="=1" resultVariable="{"v" * 801}"')),
        "x",
        "resultVariable to be at most 800 bytes",
    ),
    # ---- Flows -----------------------------------------------------------------------------------------------------
    "flow to nowhere": (after_start(flows("start -> nowhere")), "start_to_nowhere", "targetRef is 'nowhere'"),
    "flow across a border": (
        after_start(
            f'<subProcess id="sub">{tags("startEvent", "go")}{tags("task", "inner")}</subProcess>'
            + flows("start -> inner")
        ),
        "start_to_inner",
        "cross the border",
    ),
    "flow into a start event": (after_start(tags("task", "a"), "a -> start"), "start", "no incoming"),
    "flow out of an end event": (
        after_start(tags("endEvent", "end") + tags("task", "a"), "end -> a"),
        "end",
        "no outgoing",
    ),
    "flow into a boundary event": (
        after_start(job("work") + event(BOUNDARY, "late", ONE_HOUR, ON_WORK), "start -> work -> late"),
        "late",
        "no incoming",
    ),
    "condition that is no expression": (
        after_start(tags("exclusiveGateway", "choose") + tags("endEvent", "a") + when("choose", "a", "1 +")),
        "choose_to_a",
        "valid expression",
    ),
    # ---- Gateways --------------------------------------------------------------------------------------------------
    "exclusive gateway without conditions": (
        after_start(tags("exclusiveGateway", "choose") + tags("endEvent", "a", "b"), "choose -> a", "choose -> b"),
        "choose",
        "condition on the sequence flow",
    ),
    "default flow of another": (
        after_start('<exclusiveGateway id="choose" default="start_to_choose"/>', "start -> choose"),
        "choose",
        "default flow of its own",
    ),
    "two default flows": (
        after_start(
            '<exclusiveGateway id="choose" default="choose_to_a choose_to_b"/>' + tags("endEvent", "a", "b"),
            "choose -> a",
            "choose -> b",
        ),
        "choose",
        "default flow of its own",
    ),
    "parallel gateway with a condition": (
        after_start(tags("parallelGateway", "fork") + tags("endEvent", "a") + when("fork", "a", "true")),
        "fork",
        "no condition",
    ),
    "event gateway into a task": (
        after_start(GATEWAY + job("work"), "start -> wait", "wait -> late", "wait -> work"),
        "wait",
        "'wait_to_work' leads to 'work'",
    ),
    "event gateway with one way": (after_start(GATEWAY, "start -> wait -> late"), "wait", "at least two"),
    "event gateway with a condition": (
        after_start(
            GATEWAY + event("intermediateCatchEvent", "later", ONE_HOUR) + when("wait", "later", "true"),
            "start -> wait -> late",
        ),
        "wait",
        "no condition",
    ),
    # ---- Tasks -----------------------------------------------------------------------------------------------------
    "service task without a definition": (after_start('<serviceTask id="work"/>'), "work", "task definition"),
    "service task without a type": (after_start(job("work").replace('type="work"', "")), "work", "job type"),
    "type that is no expression": (
        after_start(job("work").replace('"work"/>', '"=1 +"/>')),
        "work",
        "valid expression",
    ),
    "script task without a result variable": (
        after_start(script('expression="=1"')),
        "x",
        "result variable",
    ),
    "script task without an expression": (
        after_start(script('resultVariable="y"')),
        "x",
        "expression",
    ),
    "receive task without a message": (after_start('<receiveTask id="x"/>', "start -> x"), "x", "message"),
    "receive task without a key": (
        after_start('<receiveTask id="x" messageRef="paid"/>', "start -> x", roots=MESSAGE),
        "x",
        "correlation key",
    ),
    "call activity without a target": (after_start('<callActivity id="call"/>'), "call", "called process"),
    "call activity with a strange binding": (
        after_start(
            '<callActivity id="call"><extensionElements><zeebe:calledElement processId="p" bindingType="x"/>'
            "</extensionElements></callActivity>"
        ),
        "call",
        "binding",
    ),
    "listener without a type": (
        after_start(
            job(
                "work",
                '<zeebe:executionListeners><zeebe:executionListener eventType="start"/></zeebe:executionListeners>',
            )
        ),
        "work",
        "job type of the listener",
    ),
    "listener of an unknown event": (
        after_start(
            job(
                "work",
                '<zeebe:executionListeners><zeebe:executionListener eventType="begin" type="x"/>'
                "</zeebe:executionListeners>",
            )
        ),
        "work",
        "'begin'",
    ),
    "mapping without a target": (
        after_start(job("work", '<zeebe:ioMapping><zeebe:input source="=1" target=""/></zeebe:ioMapping>')),
        "work",
        "target of a mapping",
    ),
    # ---- Loops -----------------------------------------------------------------------------------------------------
    "loop without a collection": (
        after_start(job("work", "", loop().replace('inputCollection="=items"', ""))),
        "work",
        "input collection",
    ),
    "loop with half an output": (
        after_start(job("work", "", loop('outputCollection="results"'))),
        "work",
        "output element",
    ),
    "loop with a wrong condition": (
        after_start(job("work", "", loop(condition="1 +"))),
        "work",
        "completion condition",
    ),
    "two loops": (
        after_start(job("work", "", loop() + '<standardLoopCharacteristics loopMaximum="2"/>')),
        "work",
        "at most one loop",
    ),
    "loop on an event": (
        after_start(event("intermediateCatchEvent", "x", ONE_HOUR + loop())),
        "x",
        "only an activity may be repeated",
    ),
    "loop on an event sub-process": (
        after_start(
            f'<subProcess id="sub" triggeredByEvent="true">{event("startEvent", "go", ONE_HOUR)}{loop()}</subProcess>',
        ),
        "sub",
        "only an activity may be repeated",
    ),
    # ---- Data ------------------------------------------------------------------------------------------------------
    "data association to nothing": (
        after_start('<task id="x"><dataOutputAssociation id="writes"/></task>'),
        "writes",
        "connect a data object",
    ),
    "data association to what is not there": (
        after_start(
            '<task id="x"><dataInputAssociation id="reads"><sourceRef>gone</sourceRef></dataInputAssociation></task>'
        ),
        "reads",
        "nothing has the id 'gone'",
    ),
    "data whose name no expression can have": (
        after_start(
            '<dataObjectReference id="data" name="a`b"/><task id="x"><dataInputAssociation id="reads">'
            "<sourceRef>data</sourceRef></dataInputAssociation></task>"
        ),
        "data",
        "a name without `",
    ),
    # ---- Sub-processes ---------------------------------------------------------------------------------------------
    "sub-process without a start": (after_start('<subProcess id="sub"/>', "start -> sub"), "sub", "start event"),
    "sub-process that starts by an event": (
        after_start(f'<subProcess id="sub">{event("startEvent", "go", ONE_HOUR)}</subProcess>', "start -> sub"),
        "sub",
        "none start event",
    ),
    "event sub-process with a flow": (
        after_start(
            f'<subProcess id="sub" triggeredByEvent="true">{event("startEvent", "go", ONE_HOUR)}</subProcess>',
            "start -> sub",
        ),
        "sub",
        "no sequence flows",
    ),
    "event sub-process without an event": (
        after_start(f'<subProcess id="sub" triggeredByEvent="true">{tags("startEvent", "go")}</subProcess>'),
        "sub",
        "an event that can come",
    ),
    "event sub-process with two starts": (
        after_start(
            f'<subProcess id="sub" triggeredByEvent="true">{event("startEvent", "a", ONE_HOUR)}'
            f"{event('startEvent', 'b', ONE_HOUR)}</subProcess>"
        ),
        "sub",
        "exactly one start event",
    ),
    # ---- Events ----------------------------------------------------------------------------------------------------
    "boundary event on a gateway": (
        after_start(tags("exclusiveGateway", "choose") + event(BOUNDARY, "late", ONE_HOUR, 'attachedToRef="choose"')),
        "late",
        "attached to an activity",
    ),
    "boundary event on nothing": (after_start(event(BOUNDARY, "late", ONE_HOUR)), "late", "attached to an activity"),
    "boundary event in another scope": (
        after_start(
            job("work") + f'<subProcess id="sub">{tags("startEvent", "go")}'
            f"{event(BOUNDARY, 'late', ONE_HOUR, ON_WORK)}</subProcess>"
        ),
        "late",
        "of its own scope",
    ),
    "boundary event without an event": (on_task(tags(BOUNDARY, "late")), "late", "attached"),
    "boundary event of no kind": (on_task(event(BOUNDARY, "late", "", ON_WORK)), "late", "event definition"),
    "error boundary that does not interrupt": (
        on_task(event(BOUNDARY, "e", "<errorEventDefinition/>", ON_WORK + ' cancelActivity="false"')),
        "e",
        "interrupting",
    ),
    "catch event of no kind": (after_start(tags("intermediateCatchEvent", "x")), "x", "event definition"),
    "timer that is thrown": (
        after_start(event("intermediateThrowEvent", "x", ONE_HOUR)),
        "x",
        "intermediate throw event",
    ),
    "error that is thrown in the middle": (
        after_start(event("intermediateThrowEvent", "x", "<errorEventDefinition/>")),
        "x",
        "intermediate throw event",
    ),
    "error end without a code": (after_start(event("endEvent", "x", "<errorEventDefinition/>")), "x", "a code"),
    "escalation without a code": (after_start(event("endEvent", "x", "<escalationEventDefinition/>")), "x", "a code"),
    "reference to nothing": (
        after_start(event("endEvent", "x", '<errorEventDefinition errorRef="nobody"/>')),
        "x",
        "'nobody'",
    ),
    "message without a name": (
        after_start(
            event("intermediateCatchEvent", "x", '<messageEventDefinition messageRef="m"/>'), roots='<message id="m"/>'
        ),
        "x",
        "name",
    ),
    "message throw without a message": (
        after_start(event("intermediateThrowEvent", "x", "<messageEventDefinition/>")),
        "x",
        "message",
    ),
    "message start whose name needs a variable": (
        model(
            event("startEvent", "x", '<messageEventDefinition messageRef="m"/>'),
            roots='<message id="m" name="=prefix + &quot;paid&quot;"/>',
        ),
        "x",
        "needs no variables",
    ),
    "message start whose name fails": (
        model(
            event("startEvent", "x", '<messageEventDefinition messageRef="m"/>'),
            roots='<message id="m" name="=assert(1, false)"/>',
        ),
        "x",
        "needs no variables",
    ),
    "event that refers to nothing": (
        after_start("<endEvent id='x'><eventDefinitionRef>gone</eventDefinitionRef></endEvent>"),
        "x",
        "nothing has the id 'gone'",
    ),
    "signal without a name": (
        after_start(event("endEvent", "x", '<signalEventDefinition signalRef="s"/>'), roots='<signal id="s"/>'),
        "x",
        "name",
    ),
    "timer of nothing": (
        after_start(event("intermediateCatchEvent", "x", "<timerEventDefinition/>")),
        "x",
        "timer definition",
    ),
    "duration that is none": (
        after_start(event("intermediateCatchEvent", "x", timer("timeDuration", "one hour"))),
        "x",
        "valid timer",
    ),
    "date that is none": (
        after_start(event("intermediateCatchEvent", "x", timer("timeDate", "2026-02-30T00:00:00Z"))),
        "x",
        "valid timer",
    ),
    "cron that cannot be": (model(event("startEvent", "x", timer("timeCycle", "0 0 0 30 2 *"))), "x", "valid timer"),
    "cron with a wrong field": (
        model(event("startEvent", "x", timer("timeCycle", "0 61 * * * *"))),
        "x",
        "valid timer",
    ),
    "condition that is missing": (
        after_start(event("intermediateCatchEvent", "x", "<conditionalEventDefinition/>")),
        "x",
        "condition",
    ),
    "link to nowhere": (
        after_start(event("intermediateThrowEvent", "x", '<linkEventDefinition name="a"/>')),
        "x",
        "catching link event",
    ),
    "link to two places": (
        after_start(
            event("intermediateThrowEvent", "x", '<linkEventDefinition name="a"/>')
            + event("intermediateCatchEvent", "y", '<linkEventDefinition name="a"/>')
            + event("intermediateCatchEvent", "z", '<linkEventDefinition name="a"/>')
        ),
        "x",
        "there are 2",
    ),
    "compensation event without a handler": (
        on_task(event(BOUNDARY, "undo", "<compensateEventDefinition/>", ON_WORK)),
        "undo",
        "tied to a handler",
    ),
    "compensation of an unknown activity": (
        after_start(event("endEvent", "x", '<compensateEventDefinition activityRef="nobody"/>')),
        "x",
        "'nobody'",
    ),
    "element of another kind": (after_start('<choreographyTask id="x"/>'), "x", "'choreographyTask'"),
    "event of another kind": (
        after_start(event("intermediateCatchEvent", "x", "<fancyEventDefinition/>")),
        "x",
        "'fancy",
    ),
    "compensation that reaches nothing": (
        after_start(
            job("work")
            + event("endEvent", "x", '<compensateEventDefinition activityRef="work"/>')
            + job("undo", tag="serviceTask"),
            "start -> work -> x",
        ),
        "x",
        "'work' is none",
    ),
    "compensation of the parent's activities": (
        after_start(
            UNDONE
            + '<subProcess id="sub">'
            + tags("startEvent", "begin")
            + event("endEvent", "x", '<compensateEventDefinition activityRef="work"/>')
            + flows("begin -> x")
            + "</subProcess>",
            "start -> work -> sub",
        ),
        "x",
        "it reaches what lies in its own scope",
    ),
    "two handlers of one activity": (
        after_start(UNDONE + UNDONE_AGAIN, "start -> work"),
        "again",
        "only handler of 'work'",
    ),
    "flow from a compensation event": (
        after_start(UNDONE + job("more"), "start -> work", "undone -> more"),
        "undone",
        "an association ties it",
    ),
    "flow into a handler": (
        after_start('<task id="undo" isForCompensation="true"/>', "start -> undo"),
        "undo",
        "Must have no sequence flows",
    ),
    "two boundary events for one error": (
        on_task(
            event(BOUNDARY, "a", '<errorEventDefinition errorRef="e"/>', ON_WORK)
            + event(BOUNDARY, "b", '<errorEventDefinition errorRef="e"/>', ON_WORK),
            roots='<error id="e" errorCode="declined"/>',
        ),
        "b",
        "Must not wait for the error 'declined': 'a' beside it does already",
    ),
    "two boundary events for any escalation": (
        on_task("".join(event(BOUNDARY, id, "<escalationEventDefinition/>", ON_WORK) for id in "ab")),
        "b",
        "Must not wait for any escalation",
    ),
    "two event sub-processes for one message": (
        after_start(
            "".join(
                f'<subProcess id="sub_{id}" triggeredByEvent="true">'
                + event("startEvent", id, '<messageEventDefinition messageRef="paid"/>')
                + "</subProcess>"
                for id in "ab"
            ),
            roots=KEYED,
        ),
        "b",
        "the message 'paid' with the correlation key 'id'",
    ),
    "event gateway that instantiates and has a way in": (
        after_start(
            '<eventBasedGateway id="x" instantiate="true"/>'
            + event("intermediateCatchEvent", "a", ONE_HOUR)
            + event("intermediateCatchEvent", "b", ONE_HOUR),
            "start -> x -> a",
            "x -> b",
        ),
        "x",
        "its events start the process",
    ),
    "parallel event gateway in the middle": (
        after_start(
            '<eventBasedGateway id="x" eventGatewayType="Parallel"/>'
            + event("intermediateCatchEvent", "a", ONE_HOUR)
            + event("intermediateCatchEvent", "b", ONE_HOUR),
            "start -> x -> a",
            "x -> b",
        ),
        "x",
        "Must not be parallel unless it instantiates",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused(case: str) -> None:
    xml, element_id, said = REFUSED[case]
    found = problems(xml)
    assert any(problem.element_id == element_id and said in problem.message for problem in found), found


LINES = b"""<?xml version="1.0"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
                  targetNamespace="pointsman">
  <bpmn:process id="process" isExecutable="true">
    <bpmn:startEvent id="start" />
    <bpmn:serviceTask id="charge" />
    <bpmn:task id="start" />
    <bpmn:sequenceFlow id="flow" sourceRef="start" targetRef="nowhere" />
  </bpmn:process>
</bpmn:definitions>
"""


def test_all_problems_are_told_at_once_with_their_lines() -> None:
    found = {(problem.element_id, problem.line) for problem in problems(LINES)}
    assert found == {("charge", 6), ("start", 7), ("flow", 8)}


def test_message_of_the_refusal_names_file_line_and_element() -> None:
    with pytest.raises(InvalidModel) as invalid:
        compile_model(LINES, "order.bpmn")
    assert str(invalid.value).startswith("'order.bpmn': line ")
    assert "line 6, element 'charge': Must have a task definition" in str(invalid.value)


def test_every_mend_is_a_sentence() -> None:
    for xml, _, _ in REFUSED.values():
        for problem in problems(xml):
            assert problem.message[0].isupper()
            assert problem.message.endswith((".", "…"))
            assert problem.line >= 1
