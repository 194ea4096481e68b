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


def go_by(story: Story, mapping: dict[str, str], **options: bool) -> Any:
    """Migrate from process `old` to process `new` by this mapping."""
    return story.do(
        c.MigrateInstance(
            process_instance_key=story.instance.key,
            target_process_definition_key=story.graphs["new"].definition_key,
            mapping=mapping,
            **options,
        )
    )


def go_over(story: Story, mapping: dict[str, str] | None = None) -> None:
    """Migrate from process `old` to process `new`, by the proposed mapping and more."""
    go_by(story, {**propose(story.graphs["old"], story.graphs["new"]), **(mapping or {})})


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


def undone(activity: str, by: str = "undone") -> str:
    """The task `undo`, and the event by which it compensates an activity."""
    event = f'<boundaryEvent id="{by}" attachedToRef="{activity}"><compensateEventDefinition/></boundaryEvent>'
    undo = job("undo").replace("<serviceTask", '<serviceTask isForCompensation="true"')
    return event + undo + f'<association id="tie" sourceRef="{by}" targetRef="undo"/>'


def test_what_can_be_undone_can_still_be_undone() -> None:
    story = booked(undoable(BOOK, "book"), undoable(BOOK, "book", id="new"))
    go_over(story)
    story.complete("wait")

    assert story.jobs == ["undo"]


THROW = '<intermediateThrowEvent id="throw"><compensateEventDefinition/></intermediateThrowEvent>'
BOOK = job("book") + undone("book")
#: How a sub-process undoes itself.
UNDOING = (
    '<subProcess id="undoing" triggeredByEvent="true"><startEvent id="asked"><compensateEventDefinition/></startEvent>'
    + job("undo")
    + flows("asked -> undo")
    + "</subProcess>"
)


def sub(id: str, inside: str, way: str) -> str:
    """A sub-process in which this way leads from the start to the end."""
    begin, over = f"{id}_begins", f"{id}_ends"
    ends = tags("startEvent", begin) + tags("endEvent", over)
    return f'<subProcess id="{id}">{ends}{inside}{flows(f"{begin} -> {way} -> {over}")}</subProcess>'


def undoable(elements: str, way: str, *, id: str = "old", activity: str = "") -> bytes:
    """A way to the task `wait`, after which all of it is undone, or one activity."""
    ends = tags("startEvent", "start") + tags("endEvent", "end")
    throw = THROW.replace("Definition/", f'Definition activityRef="{activity}"/') if activity else THROW
    return model(ends + elements + job("wait") + throw, f"start -> {way} -> wait -> throw -> end", id=id)


def booked(old: bytes, new: bytes) -> Story:
    """An instance of `old` in which `book` is completed."""
    story = deploy(old, new)
    story.start("old")
    story.complete("book")
    return story


def refusal(story: Story, mapping: dict[str, str]) -> str:
    """Why the instance does not go over by this mapping, which a preview tells just so."""
    (reason,) = go_by(story, mapping, preview=True)
    with pytest.raises(c.Rejection) as refused:
        go_by(story, mapping)
    assert refused.value.reason.endswith(f", but {reason}")
    assert story.instance.graph is story.graphs["old"]
    assert isinstance(reason, str)
    return reason


@pytest.mark.parametrize(
    "more",
    [{"journey": "trip", "book": "book"}, {"book": "book"}, {"undone": "undone"}, {}],
    ids=["all", "activity", "compensation-event", "nothing"],
)
def test_what_was_completed_in_a_sub_process_is_undone_by_its_new_name(more: dict[str, str]) -> None:
    """What is over needs no mapping: it was completed where the target has it."""
    story = booked(
        undoable(sub("journey", BOOK, "book"), "journey"),
        undoable(sub("trip", BOOK, "book"), "trip", id="new", activity="trip"),
    )
    go_by(story, {"wait": "wait", **more})
    story.complete("wait")

    assert story.jobs == ["undo"]


def test_what_was_completed_is_undone_with_what_is_new_around_it() -> None:
    journey = sub("journey", BOOK, "book")
    story = booked(
        undoable(journey, "journey"),
        undoable(sub("holiday", journey, "journey"), "holiday", id="new", activity="holiday"),
    )
    go_over(story)
    story.complete("wait")

    assert story.jobs == ["undo"]


@pytest.mark.parametrize("more", [{"book": "order"}, {"undone": "unordered"}], ids=["activity", "compensation-event"])
def test_what_has_another_name_is_undone_if_it_or_its_compensation_event_is_mapped(more: dict[str, str]) -> None:
    order = job("order") + undone("order", "unordered")
    story = booked(undoable(BOOK, "book"), undoable(order, "order", id="new"))
    go_by(story, {"wait": "wait", **more})
    story.complete("wait")

    assert story.jobs == ["undo"]


def test_what_undoes_itself_is_found_by_what_starts_its_undoing() -> None:
    inside = job("book") + UNDOING
    story = booked(
        undoable(sub("journey", inside, "book"), "journey"), undoable(sub("trip", inside, "book"), "trip", id="new")
    )
    go_by(story, {"wait": "wait", "asked": "asked"})
    story.complete("wait")

    assert story.path[-2:] == ["asked", "undo"]


def test_what_can_be_undone_is_not_forgotten() -> None:
    order = job("order") + undone("order", "unordered")
    story = booked(undoable(BOOK, "book"), undoable(order, "order", id="new"))

    reason = refusal(story, {"wait": "wait"})

    assert reason == "'book' can still be undone, and is not mapped to an element of the target."


def test_what_can_be_undone_must_stay_so() -> None:
    story = booked(undoable(BOOK, "book"), undoable(job("book"), "book", id="new"))

    reason = refusal(story, {"wait": "wait", "book": "book"})

    assert reason == "'book' can still be undone, but nothing in the target undoes 'book'."


def test_what_can_be_undone_stays_with_its_compensation_event() -> None:
    order = job("order") + undone("order")
    story = booked(undoable(BOOK, "book"), undoable(job("book") + order, "book -> order", id="new"))

    reason = refusal(story, {"wait": "wait", "book": "book", "undone": "undone"})

    assert reason == "'undone' belongs to 'book', but 'undone' does not to 'book'."


def test_a_compensation_event_stays_one() -> None:
    definition = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
    late = f'<boundaryEvent id="late" attachedToRef="book">{definition}</boundaryEvent>'
    story = booked(undoable(BOOK, "book"), undoable(BOOK + late, "book", id="new"))

    reason = refusal(story, {"wait": "wait", "undone": "late"})

    assert reason == "'undone' waits for a compensation, but 'late' does not."


REST = sub("journey", job("rest"), "rest")
LATER = (
    '<subProcess id="later" triggeredByEvent="true"><startEvent id="begins"><errorEventDefinition/></startEvent>'
    + BOOK
    + flows("begins -> book")
    + "</subProcess>"
)


@pytest.mark.parametrize(
    ("elements", "way"),
    [
        (BOOK + REST, "book -> journey"),
        (sub("trip", BOOK, "book") + REST, "trip -> journey"),
        (sub("journey", job("rest") + LATER, "rest"), "journey"),
    ],
    ids=["outside", "in-another", "in-an-event-sub-process"],
)
def test_what_can_be_undone_stays_in_the_scope_that_is_active(elements: str, way: str) -> None:
    """What is thrown there reaches nothing else."""
    story = booked(
        undoable(sub("journey", BOOK + job("rest"), "book -> rest"), "journey"), undoable(elements, way, id="new")
    )

    reason = refusal(story, {"journey": "journey", "rest": "rest"})

    assert reason == "'book' lies in another scope than what 'book' was completed in."


def test_what_undoes_itself_does_not_come_to_be_undone_from_outside() -> None:
    """What was completed inside is left to it, and would be undone by nobody."""
    journey = sub("journey", job("book") + UNDOING, "book")
    plain = sub("journey", job("book"), "book") + undone("journey")
    story = booked(undoable(journey, "journey"), undoable(plain, "journey", id="new"))

    reason = refusal(story, {"wait": "wait"})

    assert reason == "'journey' is undone by the EVENT_SUB_PROCESS 'undoing', but 'journey' by the SERVICE_TASK 'undo'."


def test_a_start_that_waits_for_more_is_not_migrated_before_it_has_come() -> None:
    story = deploy("parallel_multiple_start.bpmn", "migration_v2.bpmn")
    story.message("order", "A7")
    with pytest.raises(c.Rejection, match="waits for what else begins the process"):
        migrate(story, {"start": "start"})
