"""Data objects and stores are variables; lanes offer their name; pools talk by messages."""

from tests.story import play


def test_what_a_task_writes_to_a_data_object_the_next_one_reads() -> None:
    story = play("data_objects.bpmn")
    story.complete("write", invoice={"number": 7, "amount": 12})

    assert story.locals("read") == {"invoice": {"number": 7, "amount": 12}}


def test_the_copy_of_a_reader_is_its_own() -> None:
    story = play("data_objects.bpmn")
    story.complete("write", invoice={"number": 7})
    story.complete("read", invoice="mine")

    assert story.variables["invoice"] == {"number": 7}


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
