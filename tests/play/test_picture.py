"""What the page is told of a sandbox."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.sandbox import Sandbox, Source
from engine.sandbox import steps as s
from engine.sandbox.waiting import waiting
from tests.sandbox.playing import BEGINNING, food_order, sandbox
from web.play.picture import MOST_LISTED, Picture, form_of, picture_of
from web.play.playing import Played
from web.play.store import Stored

EMBEDDED = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
  <process id="ask" isExecutable="true">
    <extensionElements>
      <zeebe:userTaskForm id="how">{"type": "default", "components": []}</zeebe:userTaskForm>
    </extensionElements>
    <startEvent id="start"><extensionElements><zeebe:formDefinition formKey="camunda-forms:bpmn:how" />
      </extensionElements></startEvent>
    <userTask id="answer"><extensionElements>
      <zeebe:userTask /><zeebe:formDefinition externalReference="camunda-forms:bpmn:how" />
    </extensionElements></userTask>
    <sequenceFlow id="flow" sourceRef="start" targetRef="answer" />
  </process>
</definitions>"""


def picture(bench: Sandbox, instance: int | None = None) -> Picture:
    stored = Stored(1, "ada", "Draft", "draft", None, [], BEGINNING, [], 1)
    return picture_of(Played(stored, bench), instance)


def tokens(found: Picture) -> dict[str, dict[str, Any]]:
    return {each.pop("elementId"): each for each in msgspec.json.decode(found.diagram)["tokens"]}


def test_the_diagram_shows_where_tokens_are_and_have_been() -> None:
    bench = food_order()
    bench.take(s.SkipTimer(element="restaurant_is_late"))
    bench.take(s.FailJob(element="offer_voucher", retries=0))
    found = tokens(picture(bench))
    assert found["charge_card"] == {"active": 0, "incidents": 0, "completed": 1, "terminated": 0}
    assert found["await_meal"] == {"active": 1, "incidents": 0, "completed": 0, "terminated": 0}
    assert found["offer_voucher"] == {"active": 0, "incidents": 1, "completed": 0, "terminated": 0}
    assert "deliver_meal" not in found


def test_the_diagram_is_that_of_the_chosen_instance() -> None:
    bench = sandbox("call_activity.bpmn", "call_activity_child.bpmn")
    bench.take(s.Start(process="call_activity"))
    caller, called = bench.all_instances
    assert msgspec.json.decode(picture(bench).diagram)["process"] == "call_activity"
    assert msgspec.json.decode(picture(bench, called).diagram)["process"] == "call_activity_child"
    assert [(line.key, line.caller) for line in picture(bench).instances] == [(caller, None), (called, caller)]


def test_inner_instances_of_a_multi_instance_activity_are_its_tokens() -> None:
    bench = sandbox("multi_instance_parallel.bpmn")
    (graph,) = bench.shelf.latest()
    bench.take(s.Start(process=graph.process_id, variables={"items": [1, 2, 3]}))
    (element,) = {each.element for each in waiting(bench)}
    assert tokens(picture(bench))[element]["active"] == 3


def test_the_log_speaks_in_names_and_shortens_what_is_long() -> None:
    bench = food_order()
    (latest, *_, first) = picture(bench).log
    assert (first.text, first.path) == ("Start 'Food order'", ["Food order", "Order placed", "Charge card"])
    assert (latest.number, latest.text) == (3, "Complete job 'Send order to restaurant'")

    many = sandbox("multi_instance_parallel.bpmn")
    (graph,) = many.shelf.latest()
    many.take(s.Start(process=graph.process_id, variables={"items": list(range(150))}))
    found = picture(many)
    assert (len(found.waits), found.more_waits) == (MOST_LISTED, 50)
    assert found.log[0].path[-1].endswith(" more")


def test_messages_are_suggested_that_somebody_waits_for() -> None:
    assert picture(food_order()).names == [("message", "meal_ready")]


def test_forms_that_the_file_holds_itself() -> None:
    bench = Sandbox([Source("ask.bpmn", EMBEDDED)], BEGINNING)
    (way,) = picture(bench).starts
    assert way.form == '{"type": "default", "components": []}'
    bench.take(s.Start(process="ask", variables={"name": "Ada"}))
    (task,) = waiting(bench)
    assert form_of(bench, task) == (way.form, '{"name":"Ada"}')
