"""What a file compiles to: nodes, flows and what stands around them; what is only drawn is passed over."""

from __future__ import annotations

import pytest

from engine.bpmn import compile_model
from engine.machine.graph import Graph
from tests.models import definitions, job, listeners, loop, mappings, model, tags, when
from tests.story import play

START = tags("startEvent", "start")


def compiled(xml: bytes) -> Graph:
    """The only process of a file."""
    (graph,) = compile_model(xml).processes
    return graph


def test_nodes_and_flows_know_each_other() -> None:
    graph = compiled(model(START + job("work") + tags("endEvent", "end"), "start -> work -> end"))
    work = graph.nodes["work"]
    assert (graph.process.start, graph.process_id) == (graph.nodes["start"], "process")
    assert [flow.source.id for flow in work.incoming] == ["start"]
    assert [flow.target.id for flow in work.outgoing] == ["end"]
    assert work.type == "SERVICE_TASK"


def test_what_is_only_drawn_is_passed_over() -> None:
    drawn = (
        '<textAnnotation id="note"><text>hello</text></textAnnotation><association id="a" sourceRef="note" '
        'targetRef="start"/><group id="g"/><documentation>words</documentation>'
    )
    diagram = (
        '<b:BPMNDiagram xmlns:b="http://www.omg.org/spec/BPMN/20100524/DI" id="diagram">'
        '<b:BPMNPlane id="plane" bpmnElement="process"/></b:BPMNDiagram>'
    )
    xml = model(START + drawn).replace(b"</definitions>", diagram.encode() + b"</definitions>")
    assert set(compiled(xml).nodes) == {"process", "start"}


def test_extensions_of_others_are_passed_over() -> None:
    foreign = '<x:color xmlns:x="urn:other" fill="red"/><zeebe:unheardOf a="b"/>'
    graph = compiled(model(START + job("work", foreign), "start -> work"))
    assert graph.nodes["work"].behavior.job.type == "work"


def test_every_executable_process_of_a_file_is_compiled_and_no_other() -> None:
    processes = "".join(
        f'<process id="p{n}" isExecutable="{str(n != 2).lower()}"><startEvent id="s{n}"/></process>' for n in (1, 2, 3)
    )
    found = compile_model(definitions(processes)).processes
    assert [graph.process_id for graph in found] == ["p1", "p3"]


@pytest.mark.parametrize("text", ["=amount > 1", " = amount > 1 ", "amount > 1", "\n  =amount > 1\n"])
def test_condition_is_read_with_and_without_its_sign(text: str) -> None:
    flow = when("choose", "a", "X").replace("=X<", f"{text}<")
    ends = tags("exclusiveGateway", "choose") + tags("endEvent", "a")
    graph = compiled(model(START + ends + flow, "start -> choose"))
    condition = graph.flows["choose_to_a"].condition
    assert condition is not None
    assert condition.evaluate({"amount": 2}) is True


def test_loop_stands_around_its_activity() -> None:
    boundary = '<boundaryEvent id="late" attachedToRef="work"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
    boundary += "</timerEventDefinition></boundaryEvent>"
    around = mappings({"x": "1"}) + listeners(("start", "before"))
    graph = compiled(model(START + job("work", around, loop()) + boundary, "start -> work"))
    body, inner = graph.nodes["work"], graph.inner["work"]
    assert (body.type, inner.type, body.inner_node) == ("MULTI_INSTANCE_BODY", "SERVICE_TASK", inner)
    assert [event.id for event in body.boundary] == ["late"]
    assert (len(body.inputs), len(body.listeners)) == (0, 0)
    assert (len(inner.inputs), len(inner.listeners)) == (1, 1)


def test_gateway_with_one_flow_in_does_not_hold_tokens() -> None:
    elements = START + tags("parallelGateway", "fork", "join") + tags("endEvent", "end")
    double = '<sequenceFlow id="again" sourceRef="fork" targetRef="join"/>'
    graph = compiled(model(elements + double, "start -> fork -> join -> end"))
    assert (graph.nodes["fork"].joins, graph.nodes["join"].joins) == (False, True)
    assert [flow.id for flow in graph.flows.values() if flow.held] == ["again", "fork_to_join"]


def test_join_knows_from_where_a_token_can_still_come() -> None:
    elements = START + tags("inclusiveGateway", "fork", "join") + job("a") + job("b") + tags("endEvent", "end")
    conditions = when("fork", "a", "true") + when("fork", "b", "true")
    graph = compiled(model(elements + conditions, "start -> fork", "a -> join", "b -> join", "join -> end"))
    assert graph.nodes["join"].reach == {
        "a_to_join": frozenset({"a", "fork", "start"}),
        "b_to_join": frozenset({"b", "fork", "start"}),
    }


def test_version_tag_and_start_form_belong_to_the_process() -> None:
    form = '<extensionElements><zeebe:formDefinition formId="f"/></extensionElements>'
    tag = '<extensionElements><zeebe:versionTag value="1.2"/></extensionElements>'
    graph = compiled(model(f'{tag}<startEvent id="start">{form}</startEvent>'))
    assert (graph.version_tag, graph.start_form_id) == ("1.2", "f")


def test_starts_from_outside_are_listed() -> None:
    events = (
        '<startEvent id="paid"><messageEventDefinition messageRef="m"/></startEvent>'
        '<startEvent id="opened"><signalEventDefinition signalRef="s"/></startEvent>'
        '<startEvent id="daily"><timerEventDefinition><timeCycle>R/P1D</timeCycle></timerEventDefinition></startEvent>'
    )
    roots = '<message id="m" name="=&quot;pa&quot; + &quot;id&quot;"/><signal id="s" name="open"/>'
    graph = compiled(model(START + events, roots=roots))
    assert [(start.element_id, start.kind, start.name) for start in graph.starts] == [
        ("paid", "message", "paid"),
        ("opened", "signal", "open"),
        ("daily", "timer", ""),
    ]


def test_flows_may_be_drawn_without_ids() -> None:
    flow = '<sequenceFlow sourceRef="start" targetRef="work"/>'
    story = play(model(tags("startEvent", "start") + job("work") + tags("endEvent", "end", "start_to_work") + flow * 2))

    assert story.flows == ["start_to_work_again", "start_to_work_again_again"]
    assert story.jobs == ["work", "work"]
