"""The diagrams that are measured."""

from __future__ import annotations

from pathlib import Path

from tests.models import flows, model

FIXTURES = Path(__file__).parent.parent / "fixtures"

ONE_TASK = FIXTURES / "one_task.bpmn"
TEN_TASKS = FIXTURES / "ten_tasks.bpmn"
EACH_ITEM = FIXTURES / "multi_instance_parallel.bpmn"


def ten_user_tasks(extensions: str = "<extensionElements><zeebe:userTask/></extensionElements>") -> bytes:
    """Ten tasks of people, one after the other."""
    ids = [f"task_{number}" for number in range(1, 11)]
    tasks = "".join(f'<userTask id="{id}" name="{id}">{extensions}</userTask>' for id in ids)
    way = " -> ".join(["start", *ids, "end"])
    return model(f'<startEvent id="start"/>{tasks}<endEvent id="end"/>', way, id="ten_user_tasks")


def hundred_elements(salt: int) -> bytes:
    """100 elements as an editor writes them: tasks, decisions, events, a sub-process, and the drawing.

    Blocks of five (a choice, two tasks with a timer on one, a join) stand one after the other. There are 38
    expressions, about as many for an element as in bpmn_samples/. `salt` makes them new ones, which nobody has compiled
    before.
    """
    blocks = [_block(number, salt) for number in range(19)]
    way = " -> ".join(["start", *(f"choose_{n} -> ship_{n} -> join_{n}" for n in range(19)), "review", "end"])
    review = '<subProcess id="review"><startEvent id="r1"/><userTask id="r2"/><endEvent id="r3"/>{}</subProcess>'
    blocks.append(review.format(flows("r1 -> r2 -> r3")))
    drawn = model(f'<startEvent id="start"/>{"".join(blocks)}<endEvent id="end"/>', way).decode()
    return drawn.replace("</definitions>", f"{_drawing(drawn)}</definitions>").encode()


def _block(number: int, salt: int) -> str:
    task = (
        '<serviceTask id="{id}" name="Ship the order"><extensionElements>'
        '<zeebe:taskDefinition type="ship" retries="3"/><zeebe:taskHeaders><zeebe:header key="by" value="road"/>'
        "</zeebe:taskHeaders>{mapping}</extensionElements></serviceTask>"
    )
    n = salt * 100 + number
    mapping = f'<zeebe:ioMapping><zeebe:input source="=order.items[item &gt; {n}]" target="items"/></zeebe:ioMapping>'
    return (
        f'<exclusiveGateway id="choose_{number}" default="choose_{number}_to_ship_{number}"/>'
        + task.format(id=f"ship_{number}", mapping=mapping)
        + task.format(id=f"collect_{number}", mapping="")
        + f'<boundaryEvent id="late_{number}" attachedToRef="ship_{number}"><timerEventDefinition>'
        "<timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>"
        f'<exclusiveGateway id="join_{number}"/>'
        f'<sequenceFlow id="heavy_{number}" sourceRef="choose_{number}" targetRef="collect_{number}">'
        f'<conditionExpression>=order.weight &gt; {n} and order.country = "DE"</conditionExpression></sequenceFlow>'
        + flows(f"collect_{number} -> join_{number}", f"late_{number} -> join_{number}")
    )


def _drawing(text: str) -> str:
    """A shape for every element, an edge for every flow."""
    from xml.etree import ElementTree as ET

    shapes = []
    for element in ET.fromstring(text).iter():
        id, tag = element.get("id"), element.tag.partition("}")[2]
        if tag == "sequenceFlow":
            shapes.append(
                f'<di:BPMNEdge id="{id}_di" bpmnElement="{id}"><d:waypoint x="10" y="20"/><d:waypoint x="90" y="20"/>'
                "</di:BPMNEdge>"
            )
        elif id is not None and tag != "process":
            shapes.append(
                f'<di:BPMNShape id="{id}_di" bpmnElement="{id}"><dc:Bounds x="160" y="80" width="100" height="80"/>'
                "</di:BPMNShape>"
            )
    return (
        '<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" '
        'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:d="http://www.omg.org/spec/DD/20100524/DI">'
        f'<di:BPMNPlane bpmnElement="process">{"".join(shapes)}</di:BPMNPlane></di:BPMNDiagram>'
    )
