"""What stands before every page and operation: who asks, was it meant, and what browsers are told to refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.server import Access, Api, running_server
from tests.web.people import PASSWORD, Browser, add_people

LIST = "/v2/process-instances/search"


@pytest.fixture(scope="module")
def demo(module_database_url: str) -> Iterator[str]:
    """A server that lets everybody on its machine in."""
    with running_server(module_database_url) as url:
        yield url


@pytest.fixture(scope="module")
def guarded(module_database_url: str) -> Iterator[str]:
    """One that makes everybody sign in, on the same database."""
    add_people(module_database_url)
    with running_server(module_database_url, access=Access()) as url:
        yield url


@pytest.fixture(scope="module")
def proxied(module_database_url: str) -> Iterator[str]:
    """One behind a reverse proxy."""
    with running_server(module_database_url, access=Access(proxy=True)) as url:
        yield url


# ---- The demo user --------------------------------------------------------------------------------------------------


def status(url: str, **headers: str) -> int:
    """What a search of the REST API is answered with these headers; _ stands for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(url + LIST, json={}, headers=named).status_code


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST", "[::1]:{port}", "127.0.0.1"])
def test_a_program_on_this_machine_is_let_in(demo: str, host: str) -> None:
    assert status(demo, host=host.format(port=demo.rpartition(":")[2])) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},  # DNS rebinding: a name of a web site that leads to 127.0.0.1
        {"host": "evil.example:8080"},
        {"host": "localhost.evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "127.0.0.1@evil.example"},
        {"host": ""},
        {"origin": "https://evil.example"},  # a web site that posts to this address
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},  # another server on this machine
        {"origin": "http://localhost"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"x_forwarded_for": "203.0.113.7"},  # a reverse proxy
        {"x_forwarded_proto": "https"},
        {"x_forwarded_anything": "1"},
        {"forwarded": "for=203.0.113.7"},
        {"via": "1.1 proxy"},
        {"x_real_ip": "203.0.113.7"},
    ],
)
def test_what_comes_from_elsewhere_is_not_the_demo_user(demo: str, headers: dict[str, str]) -> None:
    assert status(demo, **headers) == 401
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    page = httpx.get(f"{demo}/profile", headers={"accept": "text/html", **named})
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=%2Fprofile")


def test_pages_of_this_server_are_let_in(demo: str) -> None:
    assert status(demo, origin=demo, sec_fetch_site="same-origin") == 200


def test_a_link_from_elsewhere_opens_a_page(demo: str) -> None:
    followed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "accept": "text/html"}
    assert httpx.get(f"{demo}/profile", headers=followed).status_code == 200


def test_whoever_says_who_they_are_is_not_the_demo_user(demo: str) -> None:
    assert httpx.post(demo + LIST, json={}, auth=("demo", "demo")).status_code == 401


def test_behind_a_proxy_nobody_is_the_demo_user(proxied: str) -> None:
    assert status(proxied) == 401


# ---- Signing in -----------------------------------------------------------------------------------------------------


def test_nobody_gets_further_than_the_sign_in(guarded: str) -> None:
    for path in ("/", "/tasks", "/operations", "/profile", "/admin/users", "/docs", "/openapi.json", "/no/such/page"):
        asked = httpx.get(guarded + path, headers={"accept": "text/html"})
        assert asked.status_code == 303, path
        assert asked.headers["location"].startswith("/sign-in"), path
        assert httpx.get(guarded + path).status_code == 401, path
    assert httpx.get(f"{guarded}/session").status_code == 401
    assert httpx.get(f"{guarded}/v2/topology").status_code == 401
    assert httpx.get(f"{guarded}/v2/status").status_code == 204


def test_a_session_opens_the_pages_and_the_sign_out_closes_them(guarded: str) -> None:
    with Browser(guarded) as ada:
        assert ada.sign_in("ada").headers["location"] == "/"
        assert ada.get("/session").status_code == 204
        token, proof = ada.cookies["session"], {"x-csrf-token": ada.token("/profile")}
        assert ada.submit("/profile", "/sign-out").status_code == 303
        assert ada.client.post("/tasks/filters", json={}, headers=proof).status_code == 401  # no page that was too old
        assert ada.get("/session").status_code == 401
        ada.set_cookie("session", token)
        assert ada.get("/session").status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(guarded: str, proxied: str) -> None:
    with Browser(guarded) as ada:
        cookie = ada.sign_in("ada").headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Secure" not in cookie
    with Browser(proxied, {"x-forwarded-proto": "https", "x-forwarded-host": "bpm.example.org"}) as ada:
        answer = ada.sign_in("ada")
        assert answer.headers["set-cookie"].startswith("__Host-pointsman-session=")
        assert "Secure" in answer.headers["set-cookie"]
        assert "max-age" in answer.headers["strict-transport-security"]


def test_signing_in_replaces_the_session(guarded: str) -> None:
    with Browser(guarded) as browser:
        browser.sign_in("ada")
        first = browser.cookies["session"]
        browser.sign_in("ada")
        assert browser.cookies["session"] != first
        browser.set_cookie("session", first)
        assert browser.get("/session").status_code == 401


@pytest.mark.parametrize(
    "path", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a b", "tasks"]
)
def test_the_sign_in_leads_to_places_of_this_server_only(guarded: str, path: str) -> None:
    with Browser(guarded) as ada:
        assert ada.sign_in("ada", next=path).headers["location"] == "/"


def test_the_sign_in_leads_to_where_somebody_wanted_to_go(guarded: str) -> None:
    with Browser(guarded) as ada:
        answer = ada.sign_in("ada", next="/tasks?filter=mine&sort=due")
        assert answer.headers["location"] == "/tasks?filter=mine&sort=due"


def test_a_wrong_password_and_an_unknown_user_are_answered_alike(guarded: str) -> None:
    answers = []
    for username in ("bob", "nobody"):
        with Browser(guarded) as browser:
            answer = browser.sign_in(username, "wrong")
            answers.append((answer.status_code, "User name or password is wrong." in answer.text))
    assert answers == [(401, True), (401, True)]


def test_whoever_guesses_has_to_wait(guarded: str) -> None:
    with Browser(guarded) as browser:
        for number in range(20):  # on a slow machine the first pauses pass by themselves
            answer = browser.sign_in("guessed", f"guess {number}")
            if answer.status_code == 429:
                break
    assert number >= 5
    assert "Too many attempts with a wrong password. Try again in" in answer.text


# ---- Forged requests ------------------------------------------------------------------------------------------------


def forge(browser: Browser, path: str, data: dict[str, str], **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return browser.client.post(path, data=data, headers={"accept": "text/html", **named})


@pytest.mark.parametrize("path", ["/sign-out", "/profile/password", "/admin/users", "/sign-in", "/acts-as"])
def test_a_change_without_the_token_of_the_session_is_refused(guarded: str, path: str) -> None:
    with Browser(guarded) as root, Browser(guarded) as eve:
        root.sign_in("root")
        eve.sign_in("eve")
        for token in ("", "x" * 43, eve.token("/profile")):
            answer = forge(root, path, {"csrf_token": token, "username": "evil", "password": "long enough"})
            assert answer.status_code == 403, path
            assert "Nothing was changed" in answer.text
        assert root.get("/session").status_code == 204


def test_a_change_that_another_site_asks_for_is_refused_even_with_the_token(guarded: str) -> None:
    with Browser(guarded) as root:
        root.sign_in("root")
        data = {"csrf_token": root.token("/profile")}
        for headers in ({"origin": "https://evil.example"}, {"sec_fetch_site": "cross-site"}, {"origin": "null"}):
            assert forge(root, "/sign-out", data, **headers).status_code == 403
        assert forge(root, "/sign-out", data, origin=guarded, sec_fetch_site="same-origin").status_code == 303


def test_the_rest_api_takes_the_session_of_a_page_with_its_token(guarded: str) -> None:
    with Browser(guarded) as olga:
        olga.sign_in("olga")
        assert olga.client.get("/v2/authentication/me").json()["username"] == "olga"
        search: dict[str, Any] = {"url": LIST, "json": {}}
        assert olga.client.post(**search).status_code == 403
        token = {"x-csrf-token": olga.token("/profile")}
        assert olga.client.post(**search, headers=token).status_code == 200
        assert olga.client.post(**search, headers=token | {"origin": "https://evil.example"}).status_code == 403


def test_scripts_of_pages_are_not_answered_with_a_window_that_asks_for_a_password(guarded: str) -> None:
    by_script = httpx.get(f"{guarded}/v2/topology", headers={"sec-fetch-mode": "cors"})
    assert by_script.headers["www-authenticate"].startswith("Cookie")
    by_program = httpx.get(f"{guarded}/v2/topology")
    assert by_program.headers["www-authenticate"].startswith("Basic")
    assert by_program.headers["content-type"] == "application/problem+json"


# ---- Roles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("username", "expected"),
    [
        ("ada", {"search": 403, "deploy": 403, "start": 404, "users": 403, "tasks": 200, "jobs": 403}),
        ("andy", {"search": 200, "deploy": 400, "start": 404, "users": 403, "tasks": 200, "jobs": 403}),
        ("olga", {"search": 200, "deploy": 400, "start": 404, "users": 403, "tasks": 200, "jobs": 200}),
        ("root", {"search": 200, "deploy": 400, "start": 404, "users": 400, "tasks": 200, "jobs": 200}),
        ("nobody_yet", {"search": 403, "deploy": 403, "start": 403, "users": 403, "tasks": 403, "jobs": 403}),
    ],
)
def test_what_each_role_may_ask_of_the_rest_api(guarded: str, username: str, expected: dict[str, int]) -> None:
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "search": (LIST, {"json": {}}),
        "deploy": ("/v2/deployments", {"files": {"tenantId": (None, "x")}}),
        "start": ("/v2/process-instances", {"json": {"processDefinitionId": "none"}}),
        "users": ("/v2/users", {"json": {"username": "x y", "password": "long enough"}}),
        "tasks": ("/v2/user-tasks/search", {"json": {}}),
        "jobs": (
            "/v2/jobs/activation",
            {"json": {"type": "none", "timeout": 1000, "maxJobsToActivate": 1, "requestTimeout": -1}},
        ),
    }
    with httpx.Client(base_url=guarded, auth=(username, PASSWORD)) as client:
        found = {name: client.post(path, **body).status_code for name, (path, body) in asked.items()}
    assert found == expected


def test_a_page_says_which_role_it_needs(guarded: str) -> None:
    with Browser(guarded) as ada:
        ada.sign_in("ada")
        page = ada.get("/admin/users")
        assert page.status_code == 403
        assert "needs the role administrator" in page.text
        assert ada.client.get("/admin/users").json()["title"] == "FORBIDDEN"


def test_an_address_without_a_page_is_answered_with_one(demo: str) -> None:
    page = httpx.get(f"{demo}/no/such/page", headers={"accept": "text/html"})
    assert (page.status_code, "There is no page at this address." in page.text) == (404, True)
    unreadable = httpx.get(f"{demo}/admin/users?page=first", headers={"accept": "text/html"})
    assert (unreadable.status_code, "&#39;page&#39; is &#39;first&#39;" in unreadable.text) == (422, True)
    assert 'href="/admin/users">Show the page without it</a>' in unreadable.text
    assert httpx.get(f"{demo}/no/such/page").json()["detail"] == "There is no page at this address."


# ---- What browsers are told ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/profile", "/sign-in", "/static/mark.svg", "/no/such/page", "/docs"])
def test_every_answer_tells_the_browser_what_to_refuse(demo: str, path: str) -> None:
    answer = httpx.get(demo + path, headers={"accept": "text/html"})
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<script>" not in answer.text
    assert " onclick=" not in answer.text


def test_a_deployed_file_is_inert_in_a_browser(demo: str) -> None:
    with Api(demo) as api:
        [deployed] = api.deploy("none_events.bpmn")
        key = deployed["processDefinition"]["processDefinitionKey"]
        answer = api.client.get(f"/process-definitions/{key}/xml")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_pages_are_not_kept_by_anybody(demo: str) -> None:
    assert httpx.get(f"{demo}/profile", headers={"accept": "text/html"}).headers["cache-control"] == "no-store"
