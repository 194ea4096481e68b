"""Users, groups and roles by the REST API, and what a user may do with tasks by it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from tests.server import Access, Api, running_server
from tests.web.people import PASSWORD, add_people

PATIENCE = 10.0  # seconds

TASK = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
             id="d" targetNamespace="http://pointsman.example/fixtures">
  <process id="sale" name="Sale" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="a" sourceRef="start" targetRef="offer"/>
    <userTask id="offer" name="Make an offer"><extensionElements><zeebe:userTask/>
      <zeebe:assignmentDefinition candidateGroups="=groups" candidateUsers="=users" assignee="=assignee"/>
    </extensionElements></userTask>
    <sequenceFlow id="b" sourceRef="offer" targetRef="end"/><endEvent id="end"/>
  </process>
</definitions>"""


@pytest.fixture(scope="module")
def guarded(module_database_url: str) -> Iterator[str]:
    add_people(module_database_url)
    with running_server(module_database_url, access=Access()) as url:
        yield url


@pytest.fixture(scope="module")
def other(guarded: str, module_database_url: str) -> Iterator[str]:
    """A second server on the same database."""
    with running_server(module_database_url, access=Access()) as url:
        yield url


def api_of(url: str, username: str) -> Api:
    api = Api(url)
    api.client.auth = httpx.BasicAuth(username, PASSWORD)
    return api


@pytest.fixture(scope="module")
def root(guarded: str) -> Iterator[Api]:
    with api_of(guarded, "root") as api:
        api.request("POST", "/deployments", files=[("resources", ("sale.bpmn", TASK.encode()))])
        yield api


@pytest.fixture(scope="module")
def ada(guarded: str, root: Api) -> Iterator[Api]:
    with api_of(guarded, "ada") as api:
        yield api


def test_a_user_is_made_found_changed_and_removed(root: Api) -> None:
    body = {"username": "grace", "password": PASSWORD, "name": "Grace", "email": "grace@example.org"}
    made = {"username": "grace", "name": "Grace", "email": "grace@example.org"}
    assert root.post("/users", body, 201) == made
    assert root.post("/users", body, 409)["title"] == "ALREADY_EXISTS"
    assert root.search("/users", email={"$like": "*@example.org"}) == [made]
    assert root.request("PUT", "/users/grace", {"name": "Grace Hopper"})["name"] == "Grace Hopper"
    assert root.get("/users/grace")["email"] == "grace@example.org"
    root.request("DELETE", "/users/grace", status=204)
    assert root.get("/users/grace", 404)["detail"] == "There is no user 'grace'."
    assert root.post("/users", body | {"password": "short"}, 400)["title"] == "INVALID_ARGUMENT"


def test_a_change_that_is_refused_changes_nothing(root: Api) -> None:
    refused = root.request("PUT", "/users/eve", {"name": "Evelyn", "password": "short"}, 400)
    assert refused["detail"].startswith("'password'")
    assert root.get("/users/eve")["name"] != "Evelyn"


def test_a_group_with_members_and_a_role(root: Api) -> None:
    made = {"groupId": "night", "name": "Night shift", "description": "From ten to six"}
    assert root.post("/groups", made, 201) == made
    root.request("PUT", "/groups/night/users/eve", status=204)
    assert root.request("PUT", "/groups/night/users/eve", status=409)["title"] == "ALREADY_EXISTS"
    root.request("PUT", "/roles/operator/groups/night", status=204)
    assert root.search("/groups/night/users") == [{"username": "eve"}]
    assert [role["roleId"] for role in root.search("/groups/night/roles")] == ["OPERATOR"]
    assert root.search("/roles/OPERATOR/groups") == [{"groupId": "night"}]
    root.request("DELETE", "/groups/night/users/eve", status=204)
    root.request("DELETE", "/groups/night/users/eve", status=404)
    root.request("DELETE", "/groups/night", status=204)
    assert root.search("/groups", groupId="night") == []


def test_roles_are_given_and_taken_but_the_last_administrator_stays(root: Api) -> None:
    assert [role["roleId"] for role in root.search("/roles")] == ["ADMINISTRATOR", "MODELER", "OPERATOR", "USER"]
    assert root.get("/roles/modeler")["name"] == "Modeler"
    assert root.get("/roles/king", 404)["title"] == "NOT_FOUND"
    root.request("PUT", "/roles/MODELER/users/eve", status=204)
    assert {"username": "eve"} in root.search("/roles/MODELER/users")
    root.request("DELETE", "/roles/MODELER/users/eve", status=204)
    assert root.request("DELETE", "/roles/ADMINISTRATOR/users/root", status=409)["title"] == "INVALID_STATE"


def test_who_asks_is_told_who_they_are(ada: Api) -> None:
    me = ada.get("/authentication/me")
    assert (me["username"], me["displayName"], me["groups"], me["roles"]) == ("ada", "Ada Clerk", ["sales"], ["USER"])
    assert me["authorizedComponents"] == ["tasklist"]


def test_a_user_sees_their_own_tasks_and_those_of_their_groups(root: Api, ada: Api) -> None:
    offers = [
        ("by group", ["sales"], [], None, True),
        ("by name", [], ["ada"], None, True),
        ("own", ["other"], [], "ada", True),
        ("anybody's", [], [], None, True),
        ("another group's", ["other"], [], None, False),
        ("another person's", [], ["eve"], None, False),
        ("somebody's", [], [], "bob", False),
    ]
    for _, groups, users, assignee, seen in offers:
        instance = root.start("sale", groups=groups, users=users, assignee=assignee)
        [task] = root.search("/user-tasks", processInstanceKey=instance)
        found = ada.search("/user-tasks", processInstanceKey=instance)
        assert [each["userTaskKey"] for each in found] == ([task["userTaskKey"]] if seen else [])
        ada.get(f"/user-tasks/{task['userTaskKey']}", 200 if seen else 404)


def test_a_user_takes_what_is_free_and_completes_what_is_theirs(root: Api, ada: Api, guarded: str) -> None:
    instance = root.start("sale", groups=["sales"], users=[], assignee=None)
    [task] = ada.search("/user-tasks", processInstanceKey=instance)
    path = f"/user-tasks/{task['userTaskKey']}"
    assert "take it first" in ada.post(f"{path}/completion", {}, 403)["detail"]
    ada.post(f"{path}/assignment", {"assignee": "bob"}, 403)
    ada.post(f"{path}/assignment", {"assignee": "ada"}, 204)
    with api_of(guarded, "bob") as bob:
        assert bob.post(f"{path}/assignment", {"assignee": "bob"}, 409)["title"] == "INVALID_STATE"
        bob.post(f"{path}/completion", {}, 403)
        ada.post(f"{path}/assignment", {"assignee": "bob"}, 204)
        bob.post(f"{path}/completion", {"variables": {"price": 12}}, 204)
    assert root.get(f"/process-instances/{instance}")["state"] == "COMPLETED"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/completion", {"variables": {"price": 12}}),
        ("PATCH", "", {"changeset": {"priority": 1}}),
        ("DELETE", "/assignee", None),
        ("POST", "/assignment", {"assignee": "ada"}),
    ],
    ids=["complete", "update", "unassign", "assign"],
)
def test_a_task_that_is_given_away_at_that_moment_is_not_theirs_any_more(
    root: Api, ada: Api, other: str, module_database_url: str, method: str, path: str, body: object
) -> None:
    """Two servers have seen that it is ada's, and each is about to do what it was asked."""
    instance = root.start("sale", groups=["sales"], users=[], assignee="ada")
    [task] = ada.search("/user-tasks", processInstanceKey=instance)
    task_path = f"/user-tasks/{task['userTaskKey']}"
    with (
        psycopg.connect(module_database_url) as lock,
        ThreadPoolExecutor() as pool,
        api_of(other, "ada") as elsewhere,
    ):
        lock.execute("SELECT FROM process_instance WHERE key = %s FOR UPDATE", [int(instance)])
        given = pool.submit(root.post, f"{task_path}/assignment", {"assignee": "bob"}, 204)
        await_waiting(module_database_url, 1)
        late = pool.submit(elsewhere.request, method, f"{task_path}{path}", body, 409)
        await_waiting(module_database_url, 2)
        lock.rollback()
        given.result()
        assert "but it is assigned to 'bob'." in late.result()["detail"]
    assert root.get(task_path)["assignee"] == "bob"


def await_waiting(database_url: str, count: int) -> None:
    """Wait until so many wait in the database for a lock."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    deadline = time.monotonic() + PATIENCE
    with psycopg.connect(database_url, autocommit=True) as connection:
        while connection.execute(waiting).fetchone() != (count,):
            assert time.monotonic() < deadline
            time.sleep(0.005)


def test_what_has_happened_is_deleted_by_operators(root: Api, guarded: str) -> None:
    [sale] = root.search("/process-definitions", processDefinitionId="sale")
    path = f"/resources/{sale['processDefinitionKey']}/deletion"
    with api_of(guarded, "andy") as andy:
        refused = andy.post(path, {"deleteHistory": True}, 403)
    assert refused["detail"] == "'deleteHistory' needs the role OPERATOR, which 'andy' does not have."
    assert root.search("/process-definitions", processDefinitionId="sale") == [sale]


def test_a_user_starts_a_process_where_it_begins(ada: Api, guarded: str) -> None:
    body = {"processDefinitionId": "sale", "variables": {"groups": ["sales"], "users": [], "assignee": None}}
    ada.post("/process-instances", body, 200)
    for instructions in (
        {"startInstructions": [{"elementId": "end"}]},
        {"runtimeInstructions": [{"afterElementId": "offer"}]},
    ):
        refused = ada.post("/process-instances", body | instructions, 403)
        assert "need the role MODELER or OPERATOR, which 'ada' does not have" in refused["detail"]
        with api_of(guarded, "andy") as andy:
            andy.post("/process-instances", body | instructions, 200)
