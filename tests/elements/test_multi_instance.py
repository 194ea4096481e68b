"""Multi-instance: an activity once for each item of a collection, at the same time or one after the other."""

from __future__ import annotations

import pytest

from engine.machine import commands as c
from engine.machine import events as ev
from engine.machine.state import Incident, Job, Timer
from tests.models import job, loop, mappings, model, tags
from tests.story import Story, play

COLLECT = 'outputCollection="results" outputElement="=result"'
PARALLEL, SEQUENTIAL = "multi_instance_parallel.bpmn", "multi_instance_sequential.bpmn"


def each(inside: str, extensions: str = "", more: str = "", *ways: str, **variables: object) -> Story:
    """A process of one service task `work` with these loop characteristics."""
    elements = tags("startEvent", "start") + job("work", extensions, inside) + tags("endEvent", "end") + more
    return play(model(elements, "start -> work -> end", *ways), **variables)


def complete_item(story: Story, item: object, **variables: object) -> None:
    """The worker completes the job of one item."""
    (found,) = [job for job in story.waits(Job) if job.element.variables["item"].value == item]
    story.do(c.CompleteJob(job_key=found.key, variables=variables))


# ---- Parallel --------------------------------------------------------------------------------------------------------


def test_every_item_has_a_job_with_its_locals() -> None:
    story = play(PARALLEL, items=["a", "b", "c"])
    assert story.jobs == ["work", "work", "work"]

    locals_of = [{n: v.value for n, v in job.element.variables.items()} for job in story.waits(Job)]
    assert [(found["item"], found["loopCounter"]) for found in locals_of] == [("a", 1), ("b", 2), ("c", 3)]


def test_results_keep_the_order_of_the_items() -> None:
    story = play(PARALLEL, items=["a", "b", "c"])
    for item in ("c", "a", "b"):
        assert story.state == "ACTIVE"
        complete_item(story, item, result=item.upper())

    assert story.variables["results"] == ["A", "B", "C"]
    assert story.path[-1] == "end"
    assert story.state == "COMPLETED"


def test_result_of_one_item_does_not_hide_that_of_another() -> None:
    story = each(loop(COLLECT), mappings(outputs={"result": "answer"}), items=[1, 2])
    complete_item(story, 2, answer="two")
    complete_item(story, 1, answer="one")
    assert story.variables["results"] == ["one", "two"]
    assert "result" not in story.variables


def test_missing_result_is_null_though_another_item_has_one() -> None:
    story = play(PARALLEL, items=[1, 2])
    story.complete(result="one")
    story.complete()
    assert story.variables["results"] == ["one", None]


def test_part_of_a_local_result_is_collected() -> None:
    story = each(loop('outputCollection="totals" outputElement="=order.total"'), items=[1, 2])
    story.complete(order={"total": 5})
    story.complete(order={"total": 6})
    assert story.variables["totals"] == [5, 6]
    assert "order" not in story.variables


def test_empty_collection_is_skipped_with_an_empty_result() -> None:
    for file in (PARALLEL, SEQUENTIAL):
        story = play(file, items=[])
        assert story.variables["results"] == []
        assert story.path == ["start", "work", "end"]
        assert story.state == "COMPLETED"


def test_nothing_is_collected_where_nothing_is_asked_for() -> None:
    story = play("multi_instance_no_output.bpmn", items=[1, 2])
    story.complete()
    story.complete()
    assert set(story.variables) == {"items"}


def test_input_element_may_be_left_out() -> None:
    story = each(loop().replace('inputElement="item"', ""), items=["a"])
    assert story.waits(Job)[0].element.variables.keys() == {"loopCounter"}


def test_collection_is_fixed_when_the_activity_begins() -> None:
    story = play(SEQUENTIAL, items=[1, 2])
    story.set_variables(items=[1, 2, 3, 4])
    story.complete(result=1)
    story.complete(result=2)
    assert story.variables["results"] == [1, 2]


@pytest.mark.parametrize("items", [None, 3, "abc", {"a": 1}])
def test_collection_that_is_no_list_is_an_incident(items: object) -> None:
    story = play(PARALLEL, items=items)
    assert story.incidents == [("work", "EXTRACT_VALUE_ERROR")]

    story.set_variables(items=[1])
    story.resolve()
    assert story.jobs == ["work"]


# ---- Sequential ------------------------------------------------------------------------------------------------------


def test_items_come_one_after_the_other() -> None:
    story = play(SEQUENTIAL, items=["a", "b", "c"])
    for item in ("a", "b", "c"):
        assert [job.element.variables["item"].value for job in story.waits(Job)] == [item]
        story.complete(result=item.upper())

    assert story.variables["results"] == ["A", "B", "C"]
    assert story.state == "COMPLETED"


def test_failed_item_holds_up_the_next() -> None:
    story = play(SEQUENTIAL, items=["a", "b"])
    story.fail(retries=0)
    assert len(story.jobs) == 1

    story.do(c.UpdateJob(job_key=story.job().key, retries=1))
    story.resolve()
    story.complete(result=1)
    assert [job.element.variables["item"].value for job in story.waits(Job)] == ["b"]


# ---- Completion condition --------------------------------------------------------------------------------------------


def test_condition_ends_the_rest() -> None:
    story = play("multi_instance_completion_condition.bpmn", items=["a", "b", "c"])
    complete_item(story, "c", result="C")
    assert story.state == "ACTIVE"
    complete_item(story, "a", result="A")

    assert story.variables["results"] == ["A", None, "C"]
    assert story.terminated == ["work"]
    assert story.state == "COMPLETED"


def test_condition_ends_a_sequence() -> None:
    story = play("multi_instance_sequential_completion_condition.bpmn", items=["a", "b", "c", "d"])
    story.complete(result="bad")
    story.complete(result="good")
    assert story.jobs == []
    assert story.variables["results"] == ["bad", "good", None, None]
    assert story.state == "COMPLETED"


@pytest.mark.parametrize(
    ("condition", "completed"),
    [
        ("numberOfCompletedInstances = 1", 1),
        ("numberOfActiveInstances = 1", 2),
        ("numberOfInstances = 3", 1),
        ("numberOfCompletedInstances / numberOfInstances >= 0.6", 2),
        ("numberOfTerminatedInstances > 0", 3),
        ("loopCounter = 2", 2),
        ('item = "b"', 2),
        ("stop", 1),
        ("false", 3),
    ],
)
def test_condition_sees_the_numbers_and_the_completing_instance(condition: str, completed: int) -> None:
    story = each(loop(condition=condition), items=["a", "b", "c"], stop=False)
    done = 0
    while story.jobs:
        story.complete(stop=True)
        done += 1
    assert done == completed
    assert story.state == "COMPLETED"


def test_condition_that_is_no_boolean_is_an_incident_of_the_inner_instance() -> None:
    story = each(loop(COLLECT, condition="enough"), items=[1, 2])
    story.complete(result=1)
    assert story.incidents == [("work", "EXTRACT_VALUE_ERROR")]
    assert len(story.jobs) == 1

    story.set_variables(enough=True)
    story.resolve()
    assert story.variables["results"] == [1, None]
    assert story.state == "COMPLETED"


# ---- Around the whole ------------------------------------------------------------------------------------------------


def test_boundary_event_ends_all_items() -> None:
    story = play("multi_instance_boundary.bpmn", items=[1, 2, 3])
    assert len(story.waits(Timer)) == 1
    complete_item(story, 2, result=2)
    story.forward("PT1H")

    assert story.path[-2:] == ["one_hour", "end_late"]
    assert "results" not in story.variables
    assert story.jobs == []
    assert story.state == "COMPLETED"


def test_error_of_one_item_is_caught_at_the_whole() -> None:
    catch = '<boundaryEvent id="caught" attachedToRef="work"><errorEventDefinition/></boundaryEvent>'
    story = each(loop(), "", catch, items=[1, 2, 3])
    story.throw("work", "ANY")
    assert story.path[-1] == "caught"
    assert story.terminated == ["work"] * 4
    assert story.state == "COMPLETED"


def test_non_interrupting_boundary_event_comes_once_for_all() -> None:
    remind = (
        '<boundaryEvent id="remind" attachedToRef="work" cancelActivity="false"><timerEventDefinition>'
        "<timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>"
    )
    story = each(loop(), "", remind, items=[1, 2, 3])
    story.forward("PT2H")
    assert story.path.count("remind") == 1
    assert story.jobs == ["work"] * 3


def test_flows_leave_the_whole_once() -> None:
    story = play(PARALLEL, items=[1, 2, 3])
    for _ in range(3):
        story.complete()
    assert story.flows == ["start_to_work", "work_to_end"]


# ---- Mappings --------------------------------------------------------------------------------------------------------


def test_mappings_run_for_each_item() -> None:
    story = play("multi_instance_mappings.bpmn", items=[1, 2, 3])
    assert [job.element.variables["doubled"].value for job in story.waits(Job)] == [2, 4, 6]
    for _ in range(3):
        story.complete(noise=1)
    assert story.variables["results"] == [3, 5, 7]
    assert "noise" not in story.variables


def test_input_mapping_may_fail_for_one_item() -> None:
    story = each(loop(), mappings(inputs={"x": "assert(item, item > 0)"}), items=[1, -1, 2])
    assert story.incidents == [("work", "IO_MAPPING_ERROR")]
    assert len(story.jobs) == 2


def test_output_mapping_fails_for_the_last_of_a_thousand_items() -> None:
    checked = mappings(outputs={"result": "assert(answer, answer <= limit)"})
    story = each(loop(COLLECT), checked, items=list(range(1000)), limit=998)
    for waiting in story.waits(Job):
        story.do(c.CompleteJob(job_key=waiting.key, variables={"answer": waiting.element.loop_counter - 1}))
    (incident,) = story.waits(Incident)
    assert (incident.type.name, incident.element.loop_counter) == ("IO_MAPPING_ERROR", 1000)
    assert story.state == "ACTIVE"

    story.set_variables(limit=999)
    story.resolve()
    assert story.variables["results"] == list(range(1000))
    assert story.state == "COMPLETED"


# ---- Many ------------------------------------------------------------------------------------------------------------


def test_twelve_hundred_items_are_begun_in_portions() -> None:
    story = play(PARALLEL, items=list(range(1200)))
    (record,) = story.recorded.values()
    begun = [sum(isinstance(event, ev.ElementActivating) for event in entry.events) for entry in record.log]
    assert sum(begun) == 1202
    assert max(begun) < 600

    assert [job.element.loop_counter for job in story.waits(Job)] == list(range(1, 1201))
    for waiting in reversed(story.waits(Job)):
        story.do(c.CompleteJob(job_key=waiting.key, variables={"result": waiting.element.loop_counter}))
    assert story.variables["results"] == list(range(1, 1201))
    assert story.state == "COMPLETED"


def passing(characteristics: str) -> bytes:
    """A process of one manual task for each item."""
    task = f'<manualTask id="pass">{characteristics}</manualTask>'
    return model(tags("startEvent", "start") + task + tags("endEvent", "end"), "start -> pass -> end")


def test_many_items_that_pass_at_once() -> None:
    story = play(passing(loop('outputCollection="seen" outputElement="=item"')), items=list(range(1200)))
    assert story.variables["seen"] == list(range(1200))
    assert story.state == "COMPLETED"


def test_condition_ends_a_collection_that_is_not_all_begun() -> None:
    story = play(passing(loop(condition="loopCounter = 10")), items=list(range(1200)))
    assert story.completed.count("pass") == 11
    assert story.state == "COMPLETED"


def test_cancellation_of_a_collection_that_is_not_all_begun() -> None:
    story = play(PARALLEL, items=list(range(1200)))
    story.cancel()
    assert story.jobs == []
    assert story.state == "TERMINATED"


# ---- Over other activities -------------------------------------------------------------------------------------------


def test_over_a_sub_process() -> None:
    story = play("multi_instance_subprocess.bpmn", items=["a", "b"])
    assert story.jobs == ["prepare", "prepare"]
    story.complete("prepare")
    assert story.jobs == ["prepare", "work"]
    story.complete("work", result=1)
    story.complete("prepare")
    story.complete("work", result=2)
    assert len(story.variables["results"]) == 2
    assert story.state == "COMPLETED"


def test_over_a_call_activity() -> None:
    story = play("multi_instance_call_activity.bpmn", "call_activity_child.bpmn", items=["a", "b", "c"])
    children = story.instances("call_activity_child")
    assert [story.variables_of(child)["item"] for child in children] == ["a", "b", "c"]

    for waiting in reversed(story.waits(Job)):
        item = waiting.element.instance.root.variables["item"].value
        story.do(c.CompleteJob(job_key=waiting.key, variables={"result": item * 2}))
    assert story.variables["results"] == ["aa", "bb", "cc"]
    assert story.state == "COMPLETED"


def test_boundary_event_ends_all_calls() -> None:
    catch = '<boundaryEvent id="caught" attachedToRef="call"><errorEventDefinition/></boundaryEvent>'
    activity = (
        '<callActivity id="call"><extensionElements><zeebe:calledElement processId="call_activity_child"/>'
        f"</extensionElements>{loop()}</callActivity>"
    )
    xml = model(tags("startEvent", "start") + activity + catch, "start -> call", id="parent")
    story = play(xml, "call_activity_child.bpmn", items=[1, 2, 3])
    story.throw("child_work", "ANY")
    assert {child.root.state.name for child in story.instances("call_activity_child")} == {"TERMINATED"}
    assert story.path_of("parent")[-1] == "caught"
    assert story.state == "COMPLETED"


def test_over_a_user_task() -> None:
    extensions = f"<extensionElements><zeebe:userTask/>{mappings(outputs={'result': 'approved'})}</extensionElements>"
    task = f'<userTask id="approve">{extensions}{loop(COLLECT)}</userTask>'
    story = play(model(tags("startEvent", "start") + task, "start -> approve"), items=["ada", "grace"])
    story.complete_task("approve", approved=True)
    story.complete_task("approve", approved=False)
    assert story.variables["results"] == [True, False]
    assert story.state == "COMPLETED"


def test_nested_collections() -> None:
    books = [{"pages": [1, 2]}, {"pages": []}, {"pages": [3]}]
    story = play("multi_instance_nested.bpmn", books=books)
    assert story.jobs == ["scan_page"] * 3
    for waiting in story.waits(Job):
        page = waiting.element.variables["page"].value
        story.do(c.CompleteJob(job_key=waiting.key, variables={"text": f"p{page}"}))
    assert story.variables["texts"] == [["p1", "p2"], [], ["p3"]]
    assert story.state == "COMPLETED"


def test_sixty_times_twenty() -> None:
    def over(items: str, item: str, collection: str, element: str) -> str:
        return loop(f'outputCollection="{collection}" outputElement="={element}"').replace("items", items).replace(
            '"item"', f'"{item}"'
        )

    inner = f'<manualTask id="pass">{over("ys", "y", "sums", "x + y")}</manualTask>'
    sub = f'<subProcess id="each">{over("xs", "x", "all", "sums")}{inner}</subProcess>'
    story = play(model(tags("startEvent", "start") + sub, "start -> each"), xs=list(range(60)), ys=list(range(20)))
    assert story.variables["all"] == [[x + y for y in range(20)] for x in range(60)]
    assert story.state == "COMPLETED"


# ---- A number instead of a collection --------------------------------------------------------------------------------

COUNTED = (
    '<multiInstanceLoopCharacteristics isSequential="{}"><loopCardinality>=times</loopCardinality>'
    "</multiInstanceLoopCharacteristics>"
)


@pytest.mark.parametrize(("sequential", "jobs"), [("false", ["work"] * 3), ("true", ["work"])])
def test_a_cardinality_says_how_often(sequential: str, jobs: list[str]) -> None:
    story = each(COUNTED.format(sequential), times=3)
    assert story.jobs == jobs

    numbers = []
    while story.jobs:
        numbers.append(story.job().element.variables["loopCounter"].value)
        story.complete()

    assert numbers == [1, 2, 3]
    assert story.state == "COMPLETED"


@pytest.mark.parametrize("times", ["many", -1, 10**9, 1.5, None])
def test_a_cardinality_that_cannot_be_is_an_incident(times: object) -> None:
    story = each(COUNTED.format("false"), times=times)
    assert story.incidents == [("work", "EXTRACT_VALUE_ERROR")]

    story.set_variables(times=0)
    story.resolve()

    assert story.state == "COMPLETED"
