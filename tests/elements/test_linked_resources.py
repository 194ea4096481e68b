"""Linked resources: a job tells its worker which deployed files it is to use."""

import json

from tests.story import deploy, play


def test_the_worker_finds_the_key_in_a_header() -> None:
    story = deploy("linked_resources.bpmn")
    story.resources["clean_up"] = 77
    story.start("linked_resources")

    headers = json.loads(story.job("work").headers)
    assert json.loads(headers["linkedResources"]) == [
        {"resourceKey": "77", "resourceType": "RPA", "linkName": "script"}
    ]


def test_a_file_that_is_not_deployed_is_an_incident_until_it_is() -> None:
    story = play("linked_resources.bpmn")
    assert story.incidents == [("work", "RESOURCE_NOT_FOUND")]

    story.resources["clean_up"] = 77
    story.resolve()

    assert story.jobs == ["work"]
