"""Open pages hear of what happens elsewhere: Server-Sent Events that say "look again"."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.server import Api, running_server


@contextmanager
def listening(url: str, topics: str) -> Iterator[Iterator[str]]:
    """The names of the events of a stream, as they come."""
    with httpx.stream("GET", f"{url}/events", params={"topics": topics}, timeout=10) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield (line.removeprefix("event: ") for line in response.iter_lines() if line.startswith("event: "))


def test_a_stream_begins_with_each_of_its_topics(pages: str) -> None:
    with listening(pages, "tasks,models") as heard:
        assert [next(heard), next(heard)] == ["models", "tasks"]


def test_a_task_that_comes_into_being_is_told(pages: str, api: Api) -> None:
    api.deploy("user_task_plain.bpmn")
    with listening(pages, "tasks") as heard:
        assert next(heard) == "tasks"
        api.start("user_task_plain")
        assert next(heard) == "tasks"


def test_only_the_instance_that_is_watched_is_told(pages: str, api: Api) -> None:
    api.deploy("user_task_plain.bpmn")
    watched, unwatched = api.start("user_task_plain"), api.start("user_task_plain")
    with listening(pages, f"instance:{watched},models") as heard:
        assert {next(heard), next(heard)} == {f"instance:{watched}", "models"}
        api.post(f"/process-instances/{unwatched}/cancellation")
        api.post(f"/process-instances/{watched}/cancellation")
        assert next(heard) == f"instance:{watched}"


@pytest.mark.parametrize(
    ("topics", "reason"),
    [
        ("", "must name 1 to 50 topics"),
        ("weather", "one is 'weather'"),
        ("instance:x", "one is 'instance:x'"),
        (",".join(f"instance:{key}" for key in range(51)), "names 51"),
    ],
)
def test_what_is_no_topic_is_refused(pages: str, topics: str, reason: str) -> None:
    answer = httpx.get(f"{pages}/events", params={"topics": topics})
    assert answer.status_code == 400
    assert reason in answer.text


def test_one_person_has_a_bounded_number_of_streams(pages: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.live.MOST_OF_ONE", 1)
    with listening(pages, "tasks") as heard:
        next(heard)
        answer = httpx.get(f"{pages}/events", params={"topics": "tasks"})
        assert answer.status_code == 503
        assert "Too many pages listen" in answer.text


def test_another_server_process_is_heard(database_url: str) -> None:
    with running_server(database_url) as here, running_server(database_url) as there, Api(there) as api:
        api.deploy("user_task_plain.bpmn")
        with listening(here, "tasks") as heard:
            assert next(heard) == "tasks"
            with again_and_again(lambda: api.start("user_task_plain")):
                assert next(heard) == "tasks"


@contextmanager
def again_and_again(act: Callable[[], object]) -> Iterator[None]:
    """The other process must first hear that somebody listens, so once may be too early."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(0.1):
            act()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
