"""Open pages hear of what happens elsewhere: Server-Sent Events that say "look again"."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.server import Access, Api, running_server
from tests.web.people import PASSWORD, Browser, add_people
from web.live import HEARTBEAT

_numbers = itertools.count(1)


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


# ---- Who hears what, and for how long --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(module_database_url: str) -> Iterator[str]:
    """A server where people sign in."""
    add_people(module_database_url)
    with running_server(module_database_url, access=Access()) as url:
        yield url


@pytest.mark.parametrize(
    ("username", "topics", "status"),
    [
        ("ada", "tasks", 200),
        ("ada", "instances", 403),
        ("ada", "instance:42", 403),
        ("ada", "tasks,models", 403),
        ("olga", "tasks,instances,instance:42", 200),
        ("olga", "models", 403),
        ("andy", "models,instance:42", 200),
        ("root", "tasks,instances,models,instance:42", 200),
    ],
)
def test_people_hear_what_their_role_is_for(guarded: str, username: str, topics: str, status: int) -> None:
    with Browser(guarded) as browser:
        browser.sign_in(username)
        with browser.client.stream("GET", "/events", params={"topics": topics}) as response:
            assert response.status_code == status


def test_nobody_hears_anything_without_a_sign_in(guarded: str) -> None:
    assert httpx.get(f"{guarded}/events", params={"topics": "tasks"}).status_code == 401


def test_a_stream_ends_with_its_session(guarded: str) -> None:
    with Browser(guarded) as browser, Browser(guarded) as elsewhere:
        browser.sign_in("bob")
        elsewhere.sign_in("bob")
        with browser.client.stream("GET", "/events", params={"topics": "tasks"}) as response:
            lines = response.iter_lines()
            assert next(lines) == "event: tasks"
            elsewhere.submit("/profile", "/profile/sessions/end")
            assert not [line for line in lines if line.startswith("event")]


@pytest.fixture
def root(guarded: str) -> Iterator[Browser]:
    """An administrator, signed in."""
    with Browser(guarded) as browser:
        browser.sign_in("root")
        yield browser


@pytest.fixture
def newcomer(root: Browser) -> str:
    """The name of somebody who works on tasks and looks at instances."""
    name = f"zoe_{next(_numbers)}"
    roles = ["USER", "OPERATOR"]
    assert root.submit("/admin/users", "/admin/users", username=name, password=PASSWORD, role=roles).is_redirect
    return name


def save(root: Browser, username: str, **fields: Any) -> None:
    """Fill in the form of a user; what is not named is left empty."""
    assert root.submit(f"/admin/users/{username}", f"/admin/users/{username}", **fields).is_redirect


def press(root: Browser, username: str, button: str) -> None:
    """Press a button on the page of a user."""
    assert not root.submit(f"/admin/users/{username}", f"/admin/users/{username}/{button}").is_error


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda root, name: save(root, name, role=["USER"], active="yes"), id="a role is taken away"),
        pytest.param(lambda root, name: save(root, name, role=["USER", "OPERATOR"]), id="the account is switched off"),
        pytest.param(lambda root, name: press(root, name, "password"), id="the password is reset"),
        pytest.param(lambda root, name: press(root, name, "removal"), id="the account is removed"),
    ],
)
def test_a_stream_ends_when_its_listener_may_no_longer(
    guarded: str, root: Browser, newcomer: str, change: Callable[[Browser, str], None]
) -> None:
    with Browser(guarded) as browser:
        browser.sign_in(newcomer)
        with browser.client.stream("GET", "/events", params={"topics": "instances"}) as response:
            lines = response.iter_lines()
            assert next(lines) == "event: instances"
            change(root, newcomer)
            began = time.monotonic()
            assert set(lines) <= {"data: ", "", "event: instances"}  # it ends
            assert time.monotonic() - began < HEARTBEAT / 2


def test_a_stream_goes_on_when_its_listener_loses_another_role(guarded: str, root: Browser, newcomer: str) -> None:
    with Browser(guarded) as browser, Api(guarded) as api:
        browser.sign_in(newcomer)
        api.client.auth = ("root", PASSWORD)
        api.deploy("user_task_plain.bpmn")
        with browser.client.stream("GET", "/events", params={"topics": "tasks"}) as response:
            heard = (line for line in response.iter_lines() if line.startswith("event: "))
            at_first = [next(heard), next(heard)]  # at once, and when other processes know of it
            save(root, newcomer, role=["USER"], active="yes")
            api.start("user_task_plain")
            assert [*at_first, next(heard)] == ["event: tasks"] * 3


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
