"""Migration: a running instance goes on in another definition."""

from typing import Any

import pytest

from engine.machine import commands as c
from engine.machine.migrating import propose
from tests.models import flows, job, loop, model, tags
from tests.story import Story, deploy


def running() -> Story:
    story = deploy("migration_v1.bpmn", "migration_v2.bpmn")
    story.start("migration_v1", {"orderId": "A7"})
    return story


def migrate(story: Story, mapping: dict[str, str], **options: bool) -> Any:
    return story.do(
        c.MigrateInstance(
            process_instance_key=story.instance.key,
            target_process_definition_key=story.graphs["migration_v2"].definition_key,
            mapping=mapping,
            **options,
        )
    )


def test_the_job_goes_on_and_leads_where_the_target_leads() -> None:
    story = running()
    migrate(story, {"work": "do_work", "late": "late"})
    assert story.jobs == ["do_work"]

    story.complete()

    assert story.jobs == ["check"]


def test_a_mapped_timer_keeps_its_date() -> None:
    story = running()
    story.forward("PT59M")
    migrate(story, {"work": "do_work", "late": "late"})

    story.forward("PT1M")

    assert "late" in story.path


def test_an_event_that_is_not_mapped_is_closed_and_opened_anew() -> None:
    story = running()
    story.forward("PT59M")
    migrate(story, {"work": "do_work"})

    story.forward("PT1H")
    assert "late" not in story.path

    story.forward("PT1H")
    assert "late" in story.path


def test_an_event_that_is_new_in_the_target_can_come() -> None:
    story = running()
    migrate(story, {"work": "do_work", "late": "late"})

    story.message("stop", "A7")

    assert story.tasks == ["ask"]


def test_what_is_active_must_be_mapped() -> None:
    story = running()

    with pytest.raises(c.Rejection, match="'work' is active and is not mapped"):
        migrate(story, {"late": "late"})

    assert story.instance.graph.process_id == "migration_v1"


def test_the_kind_must_be_the_same() -> None:
    story = running()

    with pytest.raises(c.Rejection, match="'work' is a SERVICE_TASK and cannot become 'ask', a USER_TASK"):
        migrate(story, {"work": "ask"})


def test_a_preview_says_what_is_in_the_way_and_changes_nothing() -> None:
    story = running()

    reasons = migrate(story, {"work": "ask"}, preview=True)

    assert reasons == ["'work' is a SERVICE_TASK and cannot become 'ask', a USER_TASK of another kind."]
    assert story.instance.graph.process_id == "migration_v1"


def test_the_proposed_mapping_takes_what_kept_its_id_and_type() -> None:
    story = running()

    assert propose(story.graphs["migration_v1"], story.graphs["migration_v2"]) == {"start": "start", "late": "late"}


# ---- The events around what is active ------------------------------------------------------------------------------


def test_an_event_must_go_on_waiting_for_the_same_kind_of_thing() -> None:
    story = running()

    with pytest.raises(c.Rejection, match="'late' waits for a timer, but 'stopped' does not"):
        migrate(story, {"work": "do_work", "late": "stopped"})


def deadlines(process: str, **hosts: str) -> bytes:
    """Two tasks at once; `hosts` says of each deadline of an hour (its id) to which task it belongs."""
    definition = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
    events = "".join(
        f'<boundaryEvent id="{id}" attachedToRef="{host}">{definition}</boundaryEvent>' for id, host in hosts.items()
    )
    tasks = tags("startEvent", "start") + tags("parallelGateway", "fork") + job("a") + job("b")
    return model(
        tasks + events + tags("endEvent", "end", "over"),
        "start -> fork -> a -> end",
        "fork -> b -> end",
        *(f"{id} -> over" for id in hosts),
        id=process,
    )


def test_an_event_must_stay_with_what_it_belongs_to() -> None:
    story = deploy(deadlines("old", late="a"), deadlines("new", late="b"))
    story.start("old")

    with pytest.raises(c.Rejection, match="'late' belongs to 'a', but 'late' does not to 'a'"):
        go_over(story, {"late": "late"})

    go_over(story)
    story.forward("PT1H")

    assert story.jobs == ["a"]


def test_an_event_of_another_activity_is_not_proposed() -> None:
    story = deploy(deadlines("old", late="a"), deadlines("new", late="b"))

    assert "late" not in propose(story.graphs["old"], story.graphs["new"])


def test_what_is_not_waited_for_may_go_elsewhere() -> None:
    """An error needs no subscription; its event is simply one of another task from now on."""
    definition = '<errorEventDefinition errorRef="failure"/>'

    def process(id: str, host: str) -> bytes:
        caught = f'<boundaryEvent id="caught" attachedToRef="{host}">{definition}</boundaryEvent>'
        elements = tags("startEvent", "start") + job("a") + job("b") + caught + tags("endEvent", "end", "over")
        ways = ("start -> a -> b -> end", "caught -> over")
        return model(elements, *ways, id=id, roots='<error id="failure" errorCode="failed"/>')

    story = deploy(process("old", "a"), process("new", "b"))
    story.start("old")
    go_over(story, {"caught": "caught"})
    story.complete("a")
    story.throw("b", "failed")

    assert "caught" in story.path


def test_two_events_cannot_become_one() -> None:
    story = deploy(deadlines("old", late="a", later="a"), deadlines("new", late="a"))
    story.start("old")

    with pytest.raises(c.Rejection, match="'late' and 'later' would both become 'late'"):
        go_over(story, {"later": "late"})


def test_what_has_come_does_not_come_again() -> None:
    late = (
        '<boundaryEvent id="late" attachedToRef="work" cancelActivity="false"><timerEventDefinition><timeDuration>PT1H'
        "</timeDuration></timerEventDefinition></boundaryEvent>"
    )
    story = both(job("work") + late + tags("endEvent", "over"), "start -> work -> end", "late -> over")
    story.forward("PT1H")
    go_over(story)
    story.forward("PT1H")

    assert story.path.count("late") == 1


def caught(id: str, definition: str) -> str:
    return f'<intermediateCatchEvent id="{id}">{definition}</intermediateCatchEvent>'


def test_a_choice_between_events_gets_those_that_are_new() -> None:
    one = caught("one", "<timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition>")
    two = caught("two", "<timerEventDefinition><timeDuration>PT3H</timeDuration></timerEventDefinition>")
    soon = caught("soon", "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>")
    start, end = tags("startEvent", "start") + tags("eventBasedGateway", "choice"), tags("endEvent", "end")
    ways = ("start -> choice -> one -> end", "choice -> two -> end")
    story = deploy(
        model(start + one + two + end, *ways, id="old"),
        model(start + one + two + soon + end, *ways, "choice -> soon -> end", id="new"),
    )
    story.start("old")
    go_over(story)
    story.forward("PT1H")

    assert story.state == "COMPLETED"
    assert "soon" in story.path


def watched(process: str, condition: str = "") -> bytes:
    """A task; with a condition, one that ends it when the condition comes true."""
    event = (
        '<boundaryEvent id="met" attachedToRef="work"><conditionalEventDefinition><condition>'
        f"{condition}</condition></conditionalEventDefinition></boundaryEvent>" + tags("endEvent", "over")
    )
    ways = ["start -> work -> end", "met -> over"] if condition else ["start -> work -> end"]
    start, end = tags("startEvent", "start"), tags("endEvent", "end")
    return model(start + job("work") + (event if condition else "") + end, *ways, id=process)


def test_a_new_condition_that_is_true_already_comes_at_once() -> None:
    story = deploy(watched("old"), watched("new", "=amount > 10"))
    story.start("old", {"amount": 12})
    go_over(story)

    assert story.jobs == []
    assert "met" in story.path


def test_a_preview_says_that_what_is_new_cannot_be_waited_for() -> None:
    """The correlation key of the new message needs a variable that the instance has not."""
    story = deploy("migration_v1.bpmn", "migration_v2.bpmn")
    story.start("migration_v1")
    mapping = {"work": "do_work", "late": "late"}
    (reason,) = migrate(story, mapping, preview=True)
    with pytest.raises(c.Rejection) as refused:
        migrate(story, mapping)

    assert reason.startswith("what the target waits for cannot be opened")
    assert refused.value.reason.endswith(reason)
    assert story.instance.graph.process_id == "migration_v1"


# ---- Whatever the instance is in the middle of -----------------------------------------------------------------------


def go_over(story: Story, mapping: dict[str, str] | None = None) -> None:
    """Migrate from process `old` to process `new`, by the proposed mapping and more."""
    source, target = story.graphs["old"], story.graphs["new"]
    mapping = {**propose(source, target), **(mapping or {})}
    story.do(
        c.MigrateInstance(
            process_instance_key=story.instance.key,
            target_process_definition_key=target.definition_key,
            mapping=mapping,
        )
    )


def both(elements: str, *ways: str, more: str = "", **variables: object) -> Story:
    """An instance of `old`, and `new`, which is the same and has more after it."""
    start = tags("startEvent", "start")
    old = model(start + elements + tags("endEvent", "end"), *ways, id="old")
    new = model(start + elements + more + tags("endEvent", "end"), *ways, id="new")
    story = deploy(old, new)
    story.start("old", variables)
    return story


def test_tokens_that_wait_at_a_join_still_wait() -> None:
    story = both(
        tags("parallelGateway", "fork", "join") + job("a") + job("b"),
        "start -> fork -> a -> join -> end",
        "fork -> b -> join",
    )
    story.complete("a")
    go_over(story)
    assert story.jobs == ["b"]
    story.complete("b")

    assert story.state == "COMPLETED"


def test_a_collection_that_is_half_done_goes_on() -> None:
    work = job("work", inside=loop('outputCollection="results" outputElement="=result"'))
    story = both(work, "start -> work -> end", items=[1, 2, 3])
    story.complete("work", result="a")
    go_over(story)
    story.complete("work", result="b")
    story.complete("work", result="c")

    assert story.state == "COMPLETED"
    assert story.variables["results"] == ["a", "b", "c"]


def test_a_collection_one_after_the_other_goes_on_where_it_was() -> None:
    work = job("work", inside=loop(sequential=True))
    story = both(work, "start -> work -> end", items=[1, 2])
    story.complete("work")
    go_over(story)
    assert story.locals("work").get("item", 2) == 2
    story.complete("work")

    assert story.state == "COMPLETED"


def test_a_called_process_reports_to_the_migrated_one() -> None:
    call = '<callActivity id="call"><extensionElements><zeebe:calledElement processId="child"/></extensionElements>'
    start = tags("startEvent", "start")
    elements = f"{start}{call}</callActivity>{job('next')}"
    old, new = (model(elements, "start -> call -> next", id=id) for id in ("old", "new"))
    story = deploy(old, new, model(start + job("work"), "start -> work", id="child"))
    story.start("old")
    go_over(story)
    story.complete("work")

    assert story.jobs == ["next"]


def test_what_is_suspended_and_what_is_stuck_is_migrated_as_it_is() -> None:
    story = both(job("work"), "start -> work -> end")
    story.fail("work", retries=0)
    story.suspend()
    go_over(story)
    story.resume()
    story.update_job("work", retries=1)
    story.resolve()
    story.complete("work")

    assert story.state == "COMPLETED"


def test_a_person_keeps_their_task() -> None:
    ask = '<userTask id="ask"><extensionElements><zeebe:userTask/></extensionElements></userTask>'
    story = both(ask, "start -> ask -> end")
    story.do(c.AssignUserTask(user_task_key=story.task().key, assignee="ada"))
    go_over(story)

    assert story.task("ask").assignee == "ada"
    story.complete_task()
    assert story.state == "COMPLETED"


def undone(activity: str) -> str:
    """The task `undo`, which compensates an activity."""
    event = f'<boundaryEvent id="undone" attachedToRef="{activity}"><compensateEventDefinition/></boundaryEvent>'
    undo = job("undo").replace("<serviceTask", '<serviceTask isForCompensation="true"')
    return event + undo + '<association id="tie" sourceRef="undone" targetRef="undo"/>'


def test_what_can_be_undone_can_still_be_undone() -> None:
    throw = '<intermediateThrowEvent id="throw"><compensateEventDefinition/></intermediateThrowEvent>'
    elements = job("work") + undone("work") + job("wait") + throw
    story = both(elements, "start -> work -> wait -> throw -> end")
    story.complete("work")
    go_over(story)
    story.complete("wait")

    assert story.jobs == ["undo"]


def test_what_was_completed_in_a_sub_process_is_undone_by_its_new_name() -> None:
    way = flows("in -> book -> out")
    inside = tags("startEvent", "in") + job("book") + undone("book") + tags("endEvent", "out") + way

    def process(id: str, journey: str) -> bytes:
        sub = f'<subProcess id="{journey}">{inside}</subProcess>'
        throw = f'<compensateEventDefinition activityRef="{journey}"/>'
        throw = f'<intermediateThrowEvent id="throw">{throw}</intermediateThrowEvent>'
        ends = tags("startEvent", "start") + tags("endEvent", "end")
        return model(ends + sub + job("wait") + throw, f"start -> {journey} -> wait -> throw -> end", id=id)

    story = deploy(process("old", "journey"), process("new", "trip"))
    story.start("old")
    story.complete("book")
    go_over(story, {"journey": "trip", "book": "book"})
    story.complete("wait")

    assert story.jobs == ["undo"]


def test_what_can_be_undone_must_stay_so() -> None:
    plain = tags("startEvent", "start") + job("work") + job("wait") + tags("endEvent", "end")
    way = "start -> work -> wait -> end"
    story = deploy(model(plain + undone("work"), way, id="old"), model(plain, way, id="new"))
    story.start("old")
    story.complete("work")

    with pytest.raises(c.Rejection, match="'work' can still be undone, but nothing in the target undoes 'work'"):
        go_over(story)


def test_a_start_that_waits_for_more_is_not_migrated_before_it_has_come() -> None:
    story = deploy("parallel_multiple_start.bpmn", "migration_v2.bpmn")
    story.message("order", "A7")
    with pytest.raises(c.Rejection, match="waits for what else begins the process"):
        migrate(story, {"start": "start"})
