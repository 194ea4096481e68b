"""Ad-hoc sub-process: what is done in it, and in which order, is decided while it runs."""

import pytest

from engine.machine import commands as c
from tests.models import flows, job, listeners, mappings, model, tags
from tests.story import Story, play


def test_the_wanted_activities_run_at_the_same_time() -> None:
    story = play("ad_hoc.bpmn", wanted=["blood", "x_ray"])

    assert story.jobs == ["blood", "x_ray"]


def test_a_flow_inside_leads_on() -> None:
    story = play("ad_hoc.bpmn", wanted=["x_ray"])
    story.complete("x_ray")

    assert story.jobs == ["read_x_ray"]


def test_it_completes_when_all_that_was_activated_is_done() -> None:
    story = play("ad_hoc.bpmn", wanted=["blood", "x_ray"])
    story.complete("blood", finding="low iron")
    story.complete("x_ray")
    story.complete("read_x_ray", finding="no fracture")

    assert story.state == "COMPLETED"
    assert story.variables["findings"] == ["low iron", "no fracture"]


def test_with_nothing_wanted_it_waits_until_somebody_activates_something() -> None:
    story = play("ad_hoc.bpmn", wanted=[])
    assert story.active == ["examine"]

    activate(story, "blood", urgent=True)

    assert story.jobs == ["blood"]
    assert story.job().element.scope is not None
    assert story.job().element.scope.variables["urgent"].value is True


def test_an_activity_that_a_flow_leads_to_cannot_be_activated() -> None:
    story = play("ad_hoc.bpmn", wanted=[])

    with pytest.raises(c.Rejection, match="those are: blood, x_ray"):
        activate(story, "read_x_ray")


def test_an_unknown_wanted_activity_is_an_incident() -> None:
    story = play("ad_hoc.bpmn", wanted=["hearing"])
    assert story.incidents == [("examine", "EXTRACT_VALUE_ERROR")]

    story.set_variables(wanted=["blood"])
    story.resolve()

    assert story.jobs == ["blood"]


def test_the_completion_condition_cancels_what_still_runs() -> None:
    story = play("ad_hoc_condition.bpmn", wanted=["blood", "blood", "x_ray"])
    story.complete("blood", finding=1)
    story.complete("blood", finding=2)

    assert story.state == "COMPLETED"
    assert "x_ray" in story.terminated


def test_a_worker_decides_what_comes_next() -> None:
    story = play("ad_hoc_job.bpmn")
    assert story.jobs == ["examine"]

    answer(story, activate_elements=[{"elementId": "blood", "variables": {"urgent": True}}])
    assert story.jobs == ["blood"]

    story.complete("blood", finding="fine")
    assert story.jobs == ["examine"]

    answer(story, completion_condition_fulfilled=True)
    assert story.state == "COMPLETED"
    assert story.variables["findings"] == ["fine"]


def test_a_worker_that_names_what_is_not_there_is_refused_and_keeps_its_job() -> None:
    story = play("ad_hoc_job.bpmn")

    with pytest.raises(c.Rejection, match="those are: blood, x_ray"):
        answer(story, activate_elements=[{"elementId": "hearing"}])

    assert story.jobs == ["examine"]


def activate(story: Story, element_id: str, **variables: object) -> None:
    key = story.element("examine").key
    wanted = [{"elementId": element_id, "variables": variables}]
    story.do(c.ActivateAdHocActivities(element_instance_key=key, elements=wanted))


def answer(story: Story, **result: object) -> None:
    story.do(c.CompleteJob(job_key=story.job("examine").key, result=c.JobResult(**result)))  # type: ignore[arg-type]


def test_it_knows_what_may_be_activated() -> None:
    told = play(
        model(
            tags("startEvent", "start")
            + '<adHocSubProcess id="agent"><extensionElements><zeebe:taskDefinition type="agent"/></extensionElements>'
            + '<serviceTask id="order" name="Order"><documentation>Orders it.</documentation><extensionElements>'
            + '<zeebe:taskDefinition type="order"/><zeebe:properties><zeebe:property name="cost" value="high"/>'
            + "</zeebe:properties>"
            + mappings({"item": 'fromAi(toolCall.item, "What to order", "string", {enum: ["a", 1]}, {required: true})'})
            + "</extensionElements></serviceTask>"
            + job("look")
            + job("then")
            + flows("look -> then")
            + "</adHocSubProcess>",
            "start -> agent",
        )
    ).locals("agent")["adHocSubProcessElements"]

    assert told == [
        {
            "elementId": "order",
            "elementName": "Order",
            "documentation": "Orders it.",
            "properties": {"cost": "high"},
            "parameters": [
                {
                    "name": "toolCall.item",
                    "description": "What to order",
                    "type": "string",
                    "schema": {"enum": ["a", 1]},
                    "options": {"required": True},
                }
            ],
        },
        {"elementId": "look"},
    ]


# ---- Event sub-processes in it ---------------------------------------------------------------------------------------

QUESTION = '<signal id="question" name="question"/>'


def listening(*, interrupting: bool, wanted: str = '["look", "order"]', of_a_job: bool = False) -> Story:
    """An ad-hoc sub-process `visit` of two jobs, in which somebody may ask a question."""
    asked = (
        f'<subProcess id="asked" triggeredByEvent="true"><startEvent id="ask" isInterrupting="{int(interrupting)}">'
        f'<signalEventDefinition signalRef="question"/></startEvent>{job("reply")}{flows("ask -> reply")}</subProcess>'
    )
    decided = '<zeebe:taskDefinition type="visit"/>' if of_a_job else ""
    details = f"activeElementsCollection='={wanted}' outputCollection='seen' outputElement='=found'"
    visit = f'<adHocSubProcess id="visit"><extensionElements><zeebe:adHoc {details}/>{decided}</extensionElements>'
    elements = tags("startEvent", "start") + f"{visit}{job('look')}{job('order')}{asked}</adHocSubProcess>"
    return play(model(elements + tags("endEvent", "end"), "start -> visit -> end", roots=QUESTION))


def test_an_event_sub_process_listens_once_for_all_activities() -> None:
    story = listening(interrupting=False)
    story.signal("question")
    assert story.jobs == ["look", "order", "reply"]

    for element_id in ("look", "order"):
        story.complete(element_id, found=element_id)
    assert story.active == ["visit", "asked", "reply"]
    story.complete("reply")

    assert story.state == "COMPLETED"
    assert story.variables["seen"] == ["look", "order"]


def test_an_event_sub_process_listens_while_nothing_is_activated() -> None:
    story = listening(interrupting=False, wanted="[]")
    story.signal("question")

    assert story.jobs == ["reply"]


def test_an_interrupting_event_sub_process_ends_all_activities_and_completes_it() -> None:
    story = listening(interrupting=True)
    story.complete("look", found="scratches")
    story.signal("question")
    assert story.jobs == ["reply"]
    with pytest.raises(c.Rejection, match="interrupted 'visit'"):
        story.do(
            c.ActivateAdHocActivities(
                element_instance_key=story.element("visit").key, elements=[{"elementId": "look", "variables": {}}]
            )
        )

    story.complete("reply")

    assert story.state == "COMPLETED"
    assert story.variables["seen"] == ["scratches"]


def test_a_worker_is_asked_again_after_an_event_sub_process() -> None:
    story = listening(interrupting=False, of_a_job=True)
    story.complete("visit")
    story.signal("question")
    assert story.jobs == ["reply"]

    story.complete("reply")

    assert story.jobs == ["visit"]


def test_a_worker_is_not_asked_any_longer_once_it_is_interrupted() -> None:
    story = listening(interrupting=True, of_a_job=True)
    story.signal("question")
    assert story.jobs == ["reply"]

    story.complete("reply")

    assert story.state == "COMPLETED"


def test_what_was_found_is_kept_where_the_end_of_the_rest_takes_its_time() -> None:
    task = "<extensionElements><zeebe:userTask/>" + listeners(("canceling", "tell"), kind="task")
    visit = '<adHocSubProcess id="visit"><extensionElements><zeebe:adHoc activeElementsCollection="=wanted" '
    visit += 'outputCollection="seen" outputElement="=found"/></extensionElements>'
    elements = f'{visit}{job("look")}<userTask id="ask">{task}</extensionElements></userTask>'
    elements += "<completionCondition>=true</completionCondition></adHocSubProcess>"
    story = play(model(tags("startEvent", "start") + elements, "start -> visit"), wanted=["look", "ask"])
    story.complete("look", found="scratches")
    assert story.jobs == ["ask"]

    story.complete("ask")

    assert story.state == "COMPLETED"
    assert story.variables["seen"] == ["scratches"]
