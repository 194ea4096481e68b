"""What somebody tries who means no good: bodies without end, drafts of others, passwords that a browser remembers."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.server import Access, Api, running_server
from tests.web.people import PASSWORD, Browser, add_people
from tests.web.test_live import again_and_again

LIST = "/v2/process-instances/search"


@pytest.fixture(scope="module")
def guarded(module_database_url: str) -> Iterator[str]:
    """A server where people sign in."""
    add_people(module_database_url)
    with running_server(module_database_url, access=Access()) as url:
        yield url


def test_nobody_makes_the_server_hold_a_large_form(guarded: str) -> None:
    with Browser(guarded) as stranger:
        headers = {"x-csrf-token": stranger.token("/sign-in")}
        fields = {f"field{number}": "x" * 100_000 for number in range(12)}
        answer = stranger.client.post("/sign-in", data={"username": "ada", **fields}, headers=headers)
    assert answer.status_code == 413
    assert "at most 1,000,000 bytes" in answer.json()["detail"]


def test_a_file_that_goes_on_is_not_kept(guarded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Browser(guarded) as eve:
        eve.sign_in("eve")
        headers = {"x-csrf-token": eve.token("/profile")}
        monkeypatch.setattr("web.security.LARGEST_BODY", 100_000)
        files = {"file": ("endless.bin", b"x" * 200_000)}
        answer = eve.client.post("/tasks/1/attachments", files=files, headers=headers)
    assert answer.status_code == 413


def test_a_password_that_a_browser_remembers_is_of_no_use_to_another_site(guarded: str) -> None:
    def search(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.post(guarded + LIST, json={}, auth=("olga", PASSWORD), headers=named).status_code

    assert search() == 200
    assert search(origin="https://evil.example") == 403
    assert search(sec_fetch_site="cross-site") == 403


def test_what_the_database_cannot_keep_is_refused_with_the_reason(guarded: str) -> None:
    with Browser(guarded) as root:
        root.sign_in("root")
        for path in ("/admin/users?q=%00", "/admin/users?page=99999999999999999999", "/modeler/99999999999999999999"):
            assert root.get(path).status_code in (400, 404), path
        headers = {"x-csrf-token": root.token("/profile")}
        named = root.client.post("/tasks/filters", json={"name": "a\0b"}, headers=headers)
        assert (named.status_code, "a NUL character" in named.json()["detail"]) == (400, True)


def test_a_bottomless_request_is_refused(guarded: str) -> None:
    with Browser(guarded) as eve:
        eve.sign_in("eve")
        headers = {"x-csrf-token": eve.token("/profile")}
        answer = eve.client.post("/tasks/filters", content=b'{"other":' + b"[" * 50_000, headers=headers)
    assert answer.status_code == 400


def test_what_is_no_key_is_no_topic(guarded: str) -> None:
    with Browser(guarded) as olga:
        olga.sign_in("olga")
        answer = olga.client.get("/events", params={"topics": f"instance:{2**63}"})
    assert (answer.status_code, "A topic is one of" in answer.text) == (400, True)


@pytest.mark.parametrize("username", ["ada", "nobody_yet"])
def test_drafts_are_nothing_for_clerks(guarded: str, username: str) -> None:
    with Browser(guarded) as andy, Browser(guarded) as clerk:
        andy.sign_in("andy")
        model = andy.submit("/modeler", "/modeler/new", kind="form", name="Not yet told").headers["location"]
        clerk.sign_in(username)
        for path in ("/modeler", model, f"{model}/draft", f"{model}/file", "/modeler/offers.json"):
            answer = clerk.get(path)
            assert (answer.status_code, "Not yet told" in answer.text) == (403, False), path


def test_a_busy_stream_ends_when_the_account_is_switched_off(guarded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.live.HEARTBEAT", 0.5)
    with Api(guarded) as api, Browser(guarded) as bob, Browser(guarded) as root:
        api.client.auth = ("root", PASSWORD)
        api.deploy("user_task_plain.bpmn")
        root.sign_in("root")
        bob.sign_in("bob")
        with (
            bob.client.stream("GET", "/events", params={"topics": "tasks"}, timeout=10) as response,
            again_and_again(lambda: api.start("user_task_plain")),
        ):
            lines = response.iter_lines()
            assert next(lines) == "event: tasks"
            assert root.submit("/admin/users/bob", "/admin/users/bob", name="Bob Clerk").status_code == 303
            told = [line for number, line in zip(range(100), lines, strict=False)]
    assert len(told) < 100, "the stream goes on"
