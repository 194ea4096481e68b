"""What cannot be meant is refused with a clear problem, nothing is written, and the next request is served."""

from __future__ import annotations

import json
import random
import string
from typing import Any

import pytest

from tests.server import Api, Limits, running_server

JSON = {"content-type": "application/json"}
START = "/process-instances"


def refused(api: Api, method: str, path: str, status: int, title: str, **more: Any) -> str:
    """The detail of a problem document with all its members."""
    response = api.client.request(method, path, **more)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert set(problem) == {"type", "title", "status", "detail", "instance"}
    assert (problem["title"], problem["status"]) == (title, status)
    assert problem["instance"] == f"/v2{path}".partition("?")[0]
    detail: str = problem["detail"]
    return detail


def content(body: bytes | str) -> dict[str, Any]:
    return {"content": body, "headers": JSON}


@pytest.fixture(scope="module")
def api(shared_api: Api) -> Api:
    """A server that knows two processes; the tests start instances of them, and count them."""
    shared_api.deploy("one_task.bpmn", "user_task.bpmn")
    return shared_api


def instances(api: Api) -> int:
    total: int = api.post("/process-instances/search", {"page": {"limit": 0}})["page"]["totalItems"]
    return total


@pytest.mark.parametrize(
    ("body", "title", "detail"),
    [
        (b"", "Bad Request", "A body is required, but there is none."),
        (b"{", "Bad Request", "The body is not valid JSON: Input data was truncated."),
        (b'{"processDefinitionId": "one_task"} x', "Bad Request", "trailing characters"),
        (b'{"processDefinitionId": "\xff"}', "Bad Request", "The body is not valid UTF-8."),
        (
            b'{"processDefinitionId": "one_task", "variables": {"a": "\xff"}}',
            "Bad Request",
            "not valid UTF-8",
        ),
        (b'{"processDefinitionId": "one\x00task"}', "Bad Request", "not valid JSON"),
        (b'{"processDefinitionId": "one_task", "variables": {"a": NaN}}', "Bad Request", "not valid JSON"),
        (b"[]", "Bad Request", "The body must be object, but is array."),
        ({"process": "one_task"}, "Bad Request", "The property 'process' is not known."),
        (
            {"processDefinitionId": 1},
            "Bad Request",
            "'processDefinitionId' must be string or null, but is integer.",
        ),
        (
            {"processDefinitionId": "one_task", "variables": []},
            "Bad Request",
            "'variables' must be object or null",
        ),
        (
            {"processDefinitionId": "one_task", "startInstructions": [{"element": "x"}]},
            "Bad Request",
            "The property 'element' in 'startInstructions[0]' is not known.",
        ),
        ({}, "INVALID_ARGUMENT", "Exactly one of processDefinitionKey and processDefinitionId is required."),
        ({"processDefinitionKey": "x"}, "INVALID_ARGUMENT", "'processDefinitionKey' must be a key, which is"),
        ({"processDefinitionKey": "9" * 25}, "INVALID_ARGUMENT", "below 2^63"),
        (
            {"processDefinitionId": "one_task", "processDefinitionVersion": 2**31},
            "INVALID_ARGUMENT",
            "'processDefinitionVersion' must be integer <= 2147483647.",
        ),
        (
            {"processDefinitionId": "one_task", "tags": ["a b"]},
            "INVALID_ARGUMENT",
            "'tags[0]' must be a letter from A to Z, and at most 99 more letters, digits and characters of '_-:.'.",
        ),
        ({"processDefinitionId": "one_task", "tags": ["a\n"]}, "INVALID_ARGUMENT", "'tags[0]' must be a letter"),
        (
            {"processDefinitionId": "one_task", "tags": ["a"] * 11},
            "INVALID_ARGUMENT",
            "'tags' must be array of length",
        ),
        ({"processDefinitionId": "one_task", "tenantId": "a/b"}, "INVALID_ARGUMENT", "'tenantId' must be"),
        ({"processDefinitionId": "one_task", "tenantId": "a\n"}, "INVALID_ARGUMENT", "'tenantId' must be"),
        ({"processDefinitionKey": "1\n"}, "INVALID_ARGUMENT", "'processDefinitionKey' must be a key, which is"),
        ({"processDefinitionId": "one_task", "requestTimeout": "1\n"}, "INVALID_ARGUMENT", "'requestTimeout' must be"),
        (
            {"processDefinitionId": "one_task", "variables": {"text": "a\0b"}},
            "INVALID_ARGUMENT",
            "contains the character NUL",
        ),
        (
            {"processDefinitionId": "one_task", "variables": {"n": 2**70}},
            "INVALID_ARGUMENT",
            "out of range; integers have at most 64 bits",
        ),
        (
            {"processDefinitionId": "one_task", "variables": {"n": 2**63}},
            "INVALID_ARGUMENT",
            "The variable 'n' cannot be kept: 9.223372e+18 is a whole number outside 64 bits",
        ),
        (
            b'{"processDefinitionId": "one_task", "variables": {"n": 1e400}}',
            "INVALID_ARGUMENT",
            "out of range",
        ),
    ],
)
def test_a_body_that_cannot_be_meant_is_refused(api: Api, body: Any, title: str, detail: str) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    before = instances(api)
    assert detail in refused(api, "POST", START, 400, title, **content(raw))
    assert instances(api) == before
    assert api.start("one_task", fine=True)


def nested(depth: int) -> bytes:
    value = "[" * depth + "]" * depth
    return f'{{"processDefinitionId": "one_task", "variables": {{"deep": {value}}}}}'.encode()


@pytest.mark.parametrize("depth", [200, 1_000, 100_000])
def test_endless_nesting_is_refused(api: Api, depth: int) -> None:
    detail = refused(api, "POST", START, 400, "INVALID_ARGUMENT", **content(nested(depth)))
    assert detail == "The body is nested more than 200 levels deep."


def test_deep_and_wide_values_are_fine_within_the_limit(api: Api) -> None:
    deep = api.client.post(START, **content(nested(190)))
    assert deep.status_code == 200, deep.text
    wide = [{"brackets": "]}{["} for _ in range(1_000)]
    key = api.start("one_task", wide=wide)
    [variable] = api.post("/variables/search?truncateValues=false", {"filter": {"processInstanceKey": key}})["items"]
    assert json.loads(variable["value"]) == wide


def test_a_body_of_50_megabytes_is_refused_and_the_next_request_served(api: Api) -> None:
    body = b'{"processDefinitionId": "' + b"x" * 50_000_000 + b'"}'
    assert "4,194,304 bytes" in refused(api, "POST", START, 413, "PAYLOAD_TOO_LARGE", **content(body))
    assert api.start("one_task")


def test_a_body_without_a_length_is_measured_as_it_comes(database_url: str) -> None:
    def endless() -> Any:
        for _ in range(100):
            yield b" " * 1000

    with running_server(database_url, Limits(body=5_000, deployment=5_000)) as url, Api(url) as api:
        refused(api, "POST", START, 413, "PAYLOAD_TOO_LARGE", content=endless(), headers=JSON)
        files = [("resources", ("large.bpmn", b"x" * 10_000))]
        refused(api, "POST", "/deployments", 413, "PAYLOAD_TOO_LARGE", files=files)
        api.get("/topology")


def test_what_is_not_json_is_refused_by_its_type(api: Api) -> None:
    detail = refused(api, "POST", START, 415, "Unsupported Media Type", data={"processDefinitionId": "x"})
    assert detail == "The content type must be application/json, but is 'application/x-www-form-urlencoded'."
    refused(api, "POST", "/deployments", 415, "Unsupported Media Type", json={})


@pytest.mark.parametrize(
    ("method", "path", "status", "title"),
    [
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("GET", "/process-instances/", 404, "NOT_FOUND"),
        ("GET", "/jobs/1/completion", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/process-instances/abc", 400, "INVALID_ARGUMENT"),
        ("GET", f"/process-instances/{'9' * 20}", 400, "INVALID_ARGUMENT"),
        ("GET", "/process-instances/-5", 404, "NOT_FOUND"),
        ("GET", "/variables/7?truncateValues=maybe", 404, "NOT_FOUND"),
        ("POST", "/variables/search?truncateValues=maybe", 400, "INVALID_ARGUMENT"),
    ],
)
def test_a_path_that_leads_nowhere(api: Api, method: str, path: str, status: int, title: str) -> None:
    refused(api, method, path, status, title)


LOOK_UPS = [
    "/process-instances/7",
    "/process-instances/7/sequence-flows",
    "/process-instances/7/call-hierarchy",
    "/process-instances/7/statistics/element-instances",
    "/process-definitions/7",
    "/process-definitions/7/xml",
    "/process-definitions/7/form",
    "/element-instances/7",
    "/variables/7",
    "/user-tasks/7",
    "/user-tasks/7/form",
    "/incidents/7",
    "/resources/7",
    "/resources/7/content",
    "/resources/7/content/binary",
    "/forms/7",
]


def test_a_page_that_is_not_there_is_told_to_scripts_in_the_same_form(api: Api) -> None:
    response = api.client.get(f"{api.url}/v3/topology")
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert response.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no page at this address.",
        "instance": "/v3/topology",
    }


def test_a_command_without_the_base_path_is_told_where_the_api_is(api: Api) -> None:
    response = api.client.post(f"{api.url}/process-instances", json={"processDefinitionId": "one_task"})
    assert (response.status_code, response.json()["title"]) == (403, "FORBIDDEN")
    assert response.json()["detail"].endswith("Programs use the REST API, at /v2.")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users/%00"),
        ("GET", "/groups/a%00b"),
        ("DELETE", "/users/%00"),
        ("PUT", "/groups/%00/users/ada"),
        ("GET", "/process-instances/%00"),
    ],
)
def test_a_path_with_the_character_nul_is_refused(api: Api, method: str, path: str) -> None:
    response = api.client.request(method, path)
    assert (response.status_code, response.json()["title"]) == (400, "INVALID_ARGUMENT")
    assert "NUL" in response.json()["detail"]


def test_what_does_not_exist_is_not_found(api: Api) -> None:
    for path in LOOK_UPS:
        assert "7" in refused(api, "GET", path, 404, "NOT_FOUND")


COMMANDS: list[tuple[str, str, Any]] = [
    ("POST", "/process-instances/7/cancellation", None),
    ("POST", "/process-instances/7/incident-resolution", None),
    ("PUT", "/element-instances/7/variables", {"variables": {}}),
    ("POST", "/jobs/7/completion", {}),
    ("POST", "/jobs/7/failure", {}),
    ("POST", "/jobs/7/error", {"errorCode": "x"}),
    ("PATCH", "/jobs/7", {"changeset": {"retries": 1}}),
    ("POST", "/user-tasks/7/completion", None),
    ("POST", "/user-tasks/7/assignment", {"assignee": "ada"}),
    ("DELETE", "/user-tasks/7/assignee", None),
    ("PATCH", "/user-tasks/7", {"changeset": {"priority": 5}}),
    ("POST", "/incidents/7/resolution", None),
    ("POST", "/resources/7/deletion", None),
    ("POST", "/process-instances", {"processDefinitionId": "unknown"}),
    ("POST", "/process-instances", {"processDefinitionKey": "7"}),
    ("POST", "/messages/correlation", {"name": "x", "correlationKey": "y"}),
]


@pytest.mark.parametrize(("method", "path", "body"), COMMANDS)
def test_a_command_for_what_does_not_exist_is_refused(api: Api, method: str, path: str, body: Any) -> None:
    refused(api, method, path, 404, "NOT_FOUND", json=body)


ORDERS = "'sort[0].order' must be one of ASC, DESC, but is 'up'."


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("/jobs/activation", {"timeout": 1, "maxJobsToActivate": 1}, "The property 'type' is required."),
        (
            "/jobs/activation",
            {"type": "x", "timeout": 0, "maxJobsToActivate": 1},
            "'timeout' must be 1 to",
        ),
        (
            "/jobs/activation",
            {"type": "x", "timeout": 1, "maxJobsToActivate": 0},
            "'maxJobsToActivate' must be",
        ),
        (
            "/jobs/activation",
            {"type": "", "timeout": 1, "maxJobsToActivate": 1},
            "'type' must be string of length >= 1",
        ),
        ("/messages/publication", {}, "The property 'name' is required."),
        ("/signals/broadcast", {"signalName": ""}, "'signalName' must be string of length >= 1."),
        ("/jobs/7/error", {}, "The property 'errorCode' is required."),
        ("/user-tasks/7/assignment", {}, "The property 'assignee' is required."),
        ("/user-tasks/7/assignment", {"assignee": ""}, "'assignee' must be string of length >= 1."),
        ("/process-instances/search", {"sort": [{"field": "startDate", "order": "up"}]}, ORDERS),
        (
            "/process-instances",
            {"processDefinitionId": "one_task", "runtimeInstructions": [{"type": "STOP", "afterElementId": "task"}]},
            "'runtimeInstructions[0].type' must be one of TERMINATE_PROCESS_INSTANCE, but is 'STOP'.",
        ),
        (
            "/jobs/7/completion",
            {"result": {"type": "task"}},
            "'result.type' must be one of adHocSubProcess, userTask, but is 'task'.",
        ),
        ("/process-instances/search", {"page": {"limit": 10_001}}, "'page.limit' must be integer <= 10000"),
        ("/process-instances/search", {"sort": [{"field": "state"}] * 51}, "'sort' must be array of length <= 50."),
        ("/process-instances/search", {"page": {"from": -1}}, "'page.from' must be integer >= 0"),
        ("/process-instances/search", {"filter": {"name": "x"}}, "'filter.name' is not known"),
        ("/variables/search", {"filter": {"value": 1}}, "'filter.value' must be a string"),
        ("/variables/search", {"filter": {"value": {"$near": "1"}}}, "'filter.value.$near' is not an operator"),
        ("/variables/search", {"filter": {"isTruncated": 1}}, "'filter.isTruncated' must be true or false"),
    ],
)
def test_a_rule_that_is_broken_is_named(api: Api, path: str, body: Any, detail: str) -> None:
    assert detail in refused(api, "POST", path, 400, "INVALID_ARGUMENT", json=body)


PLAN = {
    "migrationPlan": {
        "targetProcessDefinitionKey": "7",
        "mappingInstructions": [{"sourceElementId": "a", "targetElementId": "b"}],
    }
}
MOVES = {"moveInstructions": [{"sourceElementId": "a", "targetElementId": "b"}]}


@pytest.mark.parametrize(
    ("filter", "place"),
    [
        ({"colour": "red"}, "'filter.colour' is not known"),
        ({"colour": None}, "'filter.colour' is not known"),
        ({"$or": [{"state": "ACTIVE"}, {"colour": "red"}]}, "'filter.$or[1].colour' is not known"),
        ({"state": {"$near": "ACTIVE"}}, "'filter.state.$near'"),
        ({"startDate": {"$after": "2026-01-01T00:00:00Z"}}, "'filter.startDate.$after'"),
        ({"variables": [{"name": "a", "value": "1", "scope": "b"}]}, "'filter.variables[0].scope'"),
    ],
)
@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/process-instances/cancellation", {}),
        ("/process-instances/suspension", {}),
        ("/process-instances/resumption", {}),
        ("/process-instances/incident-resolution", {}),
        ("/process-instances/migration", PLAN),
        ("/process-instances/modification", MOVES),
        ("/process-definitions/{key}/statistics/element-instances", {}),
        ("/process-instances/search", {}),
    ],
)
def test_every_filter_of_instances_refuses_what_it_does_not_know(
    api: Api, path: str, more: dict[str, Any], filter: dict[str, Any], place: str
) -> None:
    [definition] = api.search("/process-definitions", processDefinitionId="one_task")
    path = path.format(key=definition["processDefinitionKey"])
    assert place in refused(api, "POST", path, 400, "INVALID_ARGUMENT", json={"filter": filter, **more})
    assert api.search("/batch-operations") == []


LONG = "".join(random.Random(1).choices(string.ascii_letters, k=60_000))  # what no compression makes fit


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/process-instances", {"processDefinitionId": "one_task", "variables": {LONG: 1}}),
        ("/messages/publication", {"name": LONG, "timeToLive": 60_000}),
        ("/messages/publication", {"name": "paid", "correlationKey": LONG, "timeToLive": 60_000}),
        ("/messages/publication", {"name": "paid", "messageId": LONG, "timeToLive": 60_000}),
        ("/messages/publication", {"name": "paid", "variables": {LONG: 1}, "timeToLive": 60_000}),
        ("/messages/correlation", {"name": "paid", "correlationKey": LONG}),
    ],
)
def test_a_name_that_is_too_long_to_be_found_again_is_refused(api: Api, path: str, body: Any) -> None:
    before = instances(api)
    detail = refused(api, "POST", path, 400, "INVALID_ARGUMENT", json=body)
    assert "at most 800 bytes" in detail
    assert len(detail) < 500, "the reason repeats what is too long"
    assert instances(api) == before


def test_names_of_the_greatest_length_are_found_again(api: Api) -> None:
    name, key, id = (character * 400 for character in "äöü")
    body = {"name": name, "correlationKey": key, "messageId": id, "timeToLive": 60_000}
    api.post("/messages/publication", body)
    assert api.post("/messages/publication", body, status=409)["title"] == "ALREADY_EXISTS"
    instance = api.start("one_task", **{name: 1})
    assert [variable["name"] for variable in api.search("/variables", processInstanceKey=instance)] == [name]


@pytest.mark.parametrize("change", [{"candidateGroups": [LONG]}, {"candidateUsers": ["ada", LONG]}])
def test_a_task_is_offered_to_nobody_with_a_name_that_is_too_long(api: Api, change: dict[str, Any]) -> None:
    instance = api.start("user_task")
    [task] = api.search("/user-tasks", processInstanceKey=instance)
    path = f"/user-tasks/{task['userTaskKey']}"
    assert "at most 800 bytes" in refused(
        api, "POST", f"{path}/assignment", 400, "INVALID_ARGUMENT", json={"assignee": LONG}
    )
    assert "at most 800 bytes" in refused(api, "PATCH", path, 400, "INVALID_ARGUMENT", json={"changeset": change})
    assert api.search("/user-tasks", processInstanceKey=instance) == [task]


@pytest.mark.parametrize(
    ("files", "status", "detail"),
    [
        ([], 415, "multipart/form-data"),
        ([("resources", ("", b"x"))], 400, "file name"),
        ([("files", ("a.bpmn", b"x"))], 400, "The part 'files' of the form is not known"),
        ([("resources", ("a.bpmn", b"no xml"))], 400, "a.bpmn"),
        ([("resources", ("a.bpmn", b"\x00\xff\x00"))], 400, "a.bpmn"),
        ([("resources", ("a.form", b"{"))], 400, "- a.form: Expected a form as JSON"),
        ([("resources", ("a.form", b"[" * 50_000))], 400, "- a.form: The form is nested too deeply."),
        ([("resources", ("a.form", f'{{"id": "{LONG}"}}'.encode()))], 400, "at most 800 bytes"),
        ([("resources", ("🚆" * 201 + ".txt", b"x"))], 400, "at most 800 bytes"),
    ],
)
def test_a_deployment_that_is_wrong_deploys_nothing(api: Api, files: list[Any], status: int, detail: str) -> None:
    response = api.client.post("/deployments", files=files)
    assert response.status_code == status, response.text
    assert detail in response.json()["detail"]
    assert [item["resourceName"] for item in api.search("/resources")] == ["one_task.bpmn", "user_task.bpmn"]


def test_a_form_that_breaks_off_is_refused(api: Api) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    body = b'--x\r\nContent-Disposition: form-data; name="resources"; filename="a"\r\n\r\nhalf'
    response = api.client.post("/deployments", content=body, headers=headers)
    assert "breaks off" in response.json()["detail"]


def test_a_connection_that_breaks_off_harms_nobody(api: Api) -> None:
    def half() -> Any:
        yield b'{"processDefinitionId": '
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        api.client.post(START, content=half(), headers=JSON)
    api.get("/topology")
