"""Jobs over REST: activated, completed, failed, and what a lock means."""

from __future__ import annotations

import itertools
import json
import socket
import threading
from typing import Any, BinaryIO

import pytest

from tests.server import Api


@pytest.fixture(scope="module")
def api(shared_api: Api) -> Api:
    shared_api.deploy("one_task.bpmn", "boundary_error_catch_all.bpmn")
    return shared_api


@pytest.fixture(autouse=True)
def cleared(api: Api) -> Any:
    """Each test has all jobs to itself."""
    yield
    for instance in api.search("/process-instances", state="ACTIVE"):
        api.post(f"/process-instances/{instance['processInstanceKey']}/cancellation")


def activate(api: Api, **request: Any) -> list[dict[str, Any]]:
    body = {"type": "work", "timeout": 60_000, "maxJobsToActivate": 10, "worker": "w", "requestTimeout": -1}
    jobs: list[dict[str, Any]] = api.post("/jobs/activation", body | request)["jobs"]
    return jobs


def test_a_job_goes_to_one_worker_only(api: Api) -> None:
    api.start("one_task")
    [job] = activate(api)
    assert activate(api) == []
    [row] = api.search("/jobs", jobKey=job["jobKey"])
    assert (row["state"], row["worker"]) == ("ACTIVATED", "w")
    assert row["deadline"] is not None


def test_no_more_jobs_than_wanted_are_activated_and_all_in_time(api: Api) -> None:
    keys = {api.start("one_task") for _ in range(5)}
    batches = [activate(api, maxJobsToActivate=2) for _ in range(4)]
    assert [len(batch) for batch in batches] == [2, 2, 1, 0]
    assert {job["processInstanceKey"] for job in itertools.chain(*batches)} == keys


def test_a_waiting_worker_gets_the_job_when_it_is_made(api: Api) -> None:
    got: list[dict[str, Any]] = []

    def wait() -> None:
        with Api(api.url) as other:
            got.extend(activate(other, requestTimeout=20_000))

    waiting = threading.Thread(target=wait)
    waiting.start()
    key = api.start("one_task", a=1)
    waiting.join()
    assert [(job["processInstanceKey"], job["variables"]) for job in got] == [(key, {"a": 1})]


def test_only_the_variables_that_are_wanted_are_fetched(api: Api) -> None:
    api.start("one_task", a=1, b=2)
    [job] = activate(api, fetchVariable=["b"])
    assert job["variables"] == {"b": 2}


POLL = b'{"type": "work", "timeout": 60000, "maxJobsToActivate": 1, "requestTimeout": 60000}'
LONG_POLL = (
    b"POST /v2/jobs/activation HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\n\r\n%b" % (len(POLL), POLL)
)
TOPOLOGY = b"GET /v2/topology HTTP/1.1\r\nhost: localhost\r\n\r\n"


def connection(api: Api) -> socket.socket:
    """A connection to the server on which requests follow one another without waiting for answers."""
    host, port = api.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def reach(api: Api) -> None:
    """Let the server take what other connections have sent before."""
    api.get("/topology")


#: What is sent on one connection, the parts of each one after the other.
BEHIND = {
    "nothing behind": [LONG_POLL],
    "one request behind": [LONG_POLL, TOPOLOGY],
    "one request at once": [LONG_POLL + TOPOLOGY],
    "another poll behind": [LONG_POLL, LONG_POLL],
    "several requests behind": [LONG_POLL + TOPOLOGY, TOPOLOGY, LONG_POLL],
    "nonsense behind": [LONG_POLL, b"how are you?\r\n\r\n"],
}


@pytest.mark.parametrize("parts", BEHIND.values(), ids=BEHIND)
def test_a_worker_that_hangs_up_gets_no_jobs(api: Api, parts: list[bytes]) -> None:
    with connection(api) as gone:
        for part in parts:
            gone.sendall(part)
            reach(api)
    api.start("one_task")
    assert len(activate(api, requestTimeout=20_000)) == 1


@pytest.mark.parametrize("parts", [[LONG_POLL + TOPOLOGY * 20], [LONG_POLL, TOPOLOGY, TOPOLOGY * 19]])
def test_requests_behind_a_worker_that_waits_wait_for_its_job(api: Api, parts: list[bytes]) -> None:
    with connection(api) as wire, wire.makefile("rb") as answers:
        for part in parts:
            wire.sendall(part)
            reach(api)
        key = api.start("one_task")
        [job] = json.loads(body_of(answers))["jobs"]
        assert job["processInstanceKey"] == key
        for _ in range(20):
            assert b"gatewayVersion" in body_of(answers)


def body_of(answers: BinaryIO) -> bytes:
    """The body of the next answer."""
    head = dict(line.strip().lower().partition(b": ")[::2] for line in iter(answers.readline, b"\r\n"))
    return answers.read(int(head[b"content-length"]))


def test_a_failed_job_is_tried_again_until_no_retries_are_left(api: Api) -> None:
    key = api.start("one_task")
    [job] = activate(api)
    failure = {"retries": 1, "errorMessage": "busy", "variables": {"hint": "later"}}
    api.post(f"/jobs/{job['jobKey']}/failure", failure)
    [again] = activate(api)
    assert (again["jobKey"], again["retries"]) == (job["jobKey"], 1)
    api.post(f"/jobs/{job['jobKey']}/failure", {"errorMessage": "broken"})
    [incident] = api.search("/incidents", processInstanceKey=key)
    assert (incident["errorType"], incident["errorMessage"]) == ("JOB_NO_RETRIES", "broken")
    resolution = f"/incidents/{incident['incidentKey']}/resolution"
    api.post(resolution, status=409)
    api.request("PATCH", f"/jobs/{job['jobKey']}", {"changeset": {"retries": 2, "priority": 7}})
    api.post(resolution)
    [again] = activate(api)
    assert (again["retries"], again["priority"]) == (2, 7)


def test_a_job_that_backs_off_is_not_to_be_had(api: Api) -> None:
    api.start("one_task")
    [job] = activate(api)
    api.post(f"/jobs/{job['jobKey']}/failure", {"retries": 1, "retryBackOff": 60_000})
    assert activate(api) == []
    [row] = api.search("/jobs", jobKey=job["jobKey"])
    assert (row["state"], row["hasFailedWithRetriesLeft"]) == ("FAILED", True)
    [instance] = api.search("/process-instances", hasRetriesLeft=True)
    assert instance["processInstanceKey"] == job["processInstanceKey"]


def test_an_error_is_caught_by_the_model(api: Api) -> None:
    key = api.start("boundary_error_catch_all")
    [job] = activate(api)
    error = {"errorCode": "any", "errorMessage": "why", "variables": {"a": 1}}
    api.post(f"/jobs/{job['jobKey']}/error", error)
    assert api.get(f"/process-instances/{key}")["hasIncident"] is False
    [row] = api.search("/jobs", jobKey=job["jobKey"])
    assert (row["state"], row["errorCode"], row["errorMessage"]) == ("ERROR_THROWN", "any", "why")


def test_a_job_is_completed_once(api: Api) -> None:
    api.start("one_task")
    [job] = activate(api)
    path = f"/jobs/{job['jobKey']}/completion"
    api.post(path, {"variables": {"a": 1}})
    assert api.post(path, {"variables": {"a": 2}}, status=404)["title"] == "NOT_FOUND"
    assert [v["value"] for v in api.search("/variables", processInstanceKey=job["processInstanceKey"])] == ["1"]


def test_a_lock_that_ran_out_lets_the_next_worker_have_the_job(api: Api) -> None:
    api.start("one_task")
    [late] = activate(api, timeout=1, withLease=True)
    [job] = activate(api, requestTimeout=20_000, withLease=True)
    assert late["jobKey"] == job["jobKey"]
    assert late["jobLeaseToken"] == late["leaseToken"] != job["leaseToken"]
    path = f"/jobs/{job['jobKey']}/completion"
    assert api.post(path, {"jobLeaseToken": late["leaseToken"]}, status=409)["title"] == "INVALID_STATE"
    api.post(path, {"leaseToken": job["leaseToken"]})


def test_a_change_without_any_change_is_refused(api: Api) -> None:
    problem = api.request("PATCH", "/jobs/7", {"changeset": {}}, status=400)
    assert "at least one of retries, timeout and priority" in problem["detail"]
