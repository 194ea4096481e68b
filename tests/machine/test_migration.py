"""Migration: a running instance goes on in another definition."""

import pytest

from engine.machine import commands as c
from engine.machine.migrating import propose
from tests.story import Story, deploy


def running() -> Story:
    story = deploy("migration_v1.bpmn", "migration_v2.bpmn")
    story.start("migration_v1", {"orderId": "A7"})
    return story


def migrate(story: Story, mapping: dict[str, str], **options: bool) -> object:
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
