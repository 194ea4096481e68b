"""Data objects and stores are variables; lanes offer their name; pools talk by messages."""

import pytest

from tests.models import flows, job, mappings, model, tags
from tests.story import play

READ = '<dataInputAssociation id="reads"><sourceRef>ref</sourceRef></dataInputAssociation>'
WRITTEN = '<dataOutputAssociation id="writes"><targetRef>ref</targetRef></dataOutputAssociation>'


def beside_data(elements: str, *ways: str, name: str = "invoice") -> bytes:
    """A process of these elements in which a data object `ref` of a name is drawn."""
    drawn = f'<dataObject id="data"/><dataObjectReference id="ref" dataObjectRef="data" name="{name}"/>'
    return model(drawn + tags("startEvent", "start") + elements, *ways)


def test_what_a_task_writes_to_a_data_object_the_next_one_reads() -> None:
    story = play("data_objects.bpmn")
    story.complete("write", invoice={"number": 7, "amount": 12})

    assert story.locals("read") == {"invoice": {"number": 7, "amount": 12}}


def test_the_copy_of_a_reader_is_its_own() -> None:
    story = play("data_objects.bpmn")
    story.complete("write", invoice={"number": 7})
    story.complete("read", invoice="mine")

    assert story.variables["invoice"] == {"number": 7}


def test_what_one_task_reads_and_writes_is_changed() -> None:
    story = play(beside_data(job("check", "", READ + WRITTEN), "start -> check"), invoice=1)
    story.complete("check", invoice=2)

    assert story.variables == {"invoice": 2}


def test_what_is_written_needs_no_output_mapping() -> None:
    story = play(beside_data(job("check", mappings(None, {"ok": "ok"}), WRITTEN), "start -> check"))
    story.complete("check", invoice=2, ok=True, more=1)

    assert story.variables == {"invoice": 2, "ok": True}


def test_what_is_not_known_is_not_written() -> None:
    story = play(beside_data(job("check", "", WRITTEN), "start -> check"), invoice=1)
    story.complete("check")

    assert story.variables == {"invoice": 1}


def test_a_sub_process_reads_and_writes() -> None:
    inside = tags("startEvent", "begin") + job("check") + flows("begin -> check")
    sub = f'<subProcess id="sub">{READ}{WRITTEN}{inside}</subProcess>'
    story = play(beside_data(sub, "start -> sub"), invoice=1)
    assert story.locals("sub") == {"invoice": 1}

    story.complete("check", invoice=2)

    assert story.variables == {"invoice": 2}


@pytest.mark.parametrize("name", ["Order form", "Order&#10;form", " Order  form ", "Invoice [paid]"])
def test_data_has_the_name_that_is_drawn(name: str) -> None:
    written = " ".join(name.replace("&#10;", " ").split())
    story = play(beside_data(job("check", "", READ), "start -> check", name=name), **{written: 1})

    assert story.locals("check") == {written: 1}


def test_a_transformation_writes_to_a_data_store() -> None:
    story = play("data_objects.bpmn")
    story.complete("write", invoice={"number": 7, "amount": 12})

    assert story.variables["archive"] == {"number": 7}


def test_the_innermost_lane_is_the_candidate_group() -> None:
    assert play("lanes.bpmn").task("decide").candidate_groups == ["boss"]


def test_candidates_of_its_own_come_before_the_lane() -> None:
    story = play("lanes.bpmn")
    story.complete_task("decide")

    assert story.task("ask").candidate_groups == ["experts"]


def test_pools_talk_without_a_worker_between_them() -> None:
    story = play("pools.bpmn", orderId="A7")
    assert story.jobs == ["pack"]

    story.complete("pack", parcel=1)

    assert story.state == "COMPLETED"
    assert story.variables["parcel"] == 1
