"""Who sees a task and may do what with it, and how lists are narrowed: by requests."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from tests.server import Api, running_server
from tests.web.task_people import Person, deploy, offer, task_of

LISTENED = (
    '<zeebe:taskListeners><zeebe:taskListener eventType="completing" type="check"/></zeebe:taskListeners>'
    '<zeebe:assignmentDefinition candidateGroups="loan-officers"/>'
)


_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def pages(module_database_url: str) -> Iterator[str]:
    """One server for all of these stories, each of which has a process of its own."""
    with running_server(module_database_url) as url:
        yield url


@pytest.fixture(scope="module")
def api(pages: str) -> Iterator[Api]:
    with Api(pages) as client:
        yield client


@pytest.fixture(scope="module")
def people(pages: str) -> Iterator[dict[str, Person]]:
    """Two loan officers, a manager who is none, and an operator."""
    with ExitStack() as stack:
        names = ("clara", "colin", "mona", "oscar")
        yield {name: stack.enter_context(Person(pages, name)) for name in names}


@pytest.fixture
def process(people: dict[str, Person]) -> str:
    """The id of this story's process, of which alone people look at tasks."""
    id = f"offer_{next(_numbers)}"
    for person in people.values():
        person.process = id
    return id


@pytest.fixture
def clara(people: dict[str, Person], process: str) -> Person:
    """A clerk, among the loan officers."""
    return people["clara"]


@pytest.fixture
def colin(people: dict[str, Person], process: str) -> Person:
    """Another of them."""
    return people["colin"]


@pytest.fixture
def mona(people: dict[str, Person], process: str) -> Person:
    """A manager, who is not."""
    return people["mona"]


@pytest.fixture
def oscar(people: dict[str, Person], process: str) -> Person:
    """An operator."""
    return people["oscar"]


@pytest.fixture
def task(api: Api, process: str) -> str:
    """A task that is offered to the loan officers."""
    deploy(api, offer(process))
    return task_of(api, api.start(process, customer="Ada"))


# ---- Who sees it -----------------------------------------------------------------------------------------------------


def test_a_task_is_seen_by_the_members_of_its_group_and_by_operators(
    task: str, clara: Person, mona: Person, oscar: Person
) -> None:
    assert clara.sees(view="groups") == clara.sees(view="unassigned") == clara.sees(view="all") == [task]
    assert oscar.sees(view="all") == [task]
    assert oscar.sees(view="groups") == []
    assert mona.sees(view="all") == []


@pytest.mark.parametrize("part", ["", "/data", "/state", "/diagram", "/history", "/comments", "/attachments"])
def test_nothing_of_a_task_is_told_to_others(task: str, mona: Person, part: str) -> None:
    assert "not offered to you" in mona.reads(f"/tasks/{task}{part}", status=404)


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("claim", None),
        ("unclaim", None),
        ("assignment", {"assignee": "mona"}),
        ("changes", {"priority": 1}),
        ("completion", {"variables": {}}),
        ("draft", {"content": {}}),
        ("comments", {"text": "Hello"}),
    ],
)
def test_others_do_nothing_to_it(task: str, mona: Person, action: str, body: object) -> None:
    assert "not offered to you" in mona.is_refused(f"/tasks/{task}/{action}", body, status=404)


def test_a_task_that_nobody_is_named_for_is_everybodys(api: Api, process: str, mona: Person) -> None:
    deploy(api, offer(process, task="<zeebe:priorityDefinition priority='80'/>"))
    key = task_of(api, api.start(process))
    assert mona.sees(view="unassigned") == [key]
    assert mona.sees(view="groups") == []


def test_a_task_of_a_candidate_is_theirs_to_claim(api: Api, process: str, mona: Person, clara: Person) -> None:
    deploy(api, offer(process, task='<zeebe:assignmentDefinition candidateUsers="mona"/>'))
    key = task_of(api, api.start(process))
    assert mona.sees(view="groups") == [key]
    assert clara.sees(view="all") == []


def test_tasks_of_one_process_are_told_apart(api: Api, process: str, clara: Person) -> None:
    deploy(api, offer(process))
    plain = api.start(process)
    body = {"processDefinitionId": process, "businessId": "offer 17"}
    api.post("/process-instances", body)
    listed = clara.reads(f"/tasks/list?view=all&process={process}")
    assert f"…{plain[-6:]}</span>" in listed
    assert f'title="Process instance {plain}"' in listed
    assert " · offer 17</span>" in listed
    assert f"…{plain[-6:]}</span>" in clara.reads(f"/tasks/{task_of(api, plain)}")


# ---- Claim, give back, give to somebody ------------------------------------------------------------------------------


def test_a_claimed_task_moves_from_the_groups_to_ones_own(task: str, clara: Person) -> None:
    clara.does(f"/tasks/{task}/claim")
    assert clara.sees(view="groups") == []
    assert clara.sees(view="mine") == [task]
    clara.does(f"/tasks/{task}/unclaim")
    assert clara.sees(view="groups") == [task]


def test_a_claimed_task_is_not_claimed_by_another(task: str, clara: Person, colin: Person) -> None:
    clara.does(f"/tasks/{task}/claim")
    assert colin.is_refused(f"/tasks/{task}/claim") == "clara has this task already."
    assert "gives it back" in colin.is_refused(f"/tasks/{task}/unclaim")
    assert "Claim this task" in colin.is_refused(f"/tasks/{task}/completion", {"variables": {}})
    assert "not yours" in colin.is_refused(f"/tasks/{task}/draft", {"content": {}})


def test_a_task_that_nobody_has_is_not_given_back(task: str, clara: Person) -> None:
    assert "assigned to nobody" in clara.is_refused(f"/tasks/{task}/unclaim", status=409)


def test_a_task_is_given_to_users_that_exist(task: str, oscar: Person, mona: Person) -> None:
    refused = oscar.is_refused(f"/tasks/{task}/assignment", {"assignee": "nobody"}, status=400)
    assert "There is no user 'nobody'" in refused
    oscar.does(f"/tasks/{task}/assignment", {"assignee": "mona"})
    assert mona.sees(view="mine") == [task]


def test_colleagues_are_found_by_a_part_of_their_name(clara: Person) -> None:
    assert 'value="mona"' in clara.reads("/tasks/colleagues?assignee=manager")


def test_who_has_a_task_gives_it_on(task: str, clara: Person, mona: Person) -> None:
    assert "gives it to somebody else" in clara.is_refused(f"/tasks/{task}/assignment", {"assignee": "mona"})
    clara.does(f"/tasks/{task}/claim")
    clara.does(f"/tasks/{task}/assignment", {"assignee": "mona"})
    assert mona.sees(view="mine") == [task]


# ---- Complete --------------------------------------------------------------------------------------------------------


def test_completing_hands_over_the_variables_and_says_who_did_it(api: Api, task: str, clara: Person) -> None:
    clara.does(f"/tasks/{task}/claim")
    clara.does(f"/tasks/{task}/completion", {"variables": {"approved": True}})
    assert variables_of(api, task)["approved"] is True
    assert clara.sees(view="completed") == [task]
    told = clara.reads(f"/tasks/{task}/history")
    assert "<strong>clara</strong> claimed it" in told
    assert "<strong>clara</strong> completed it" in told


def variables_of(api: Api, task: str) -> dict[str, Any]:
    """The variables of the instance of a task."""
    instance = api.get(f"/user-tasks/{task}")["processInstanceKey"]
    return {each["name"]: json.loads(each["value"]) for each in api.search("/variables", processInstanceKey=instance)}


def test_a_task_is_completed_once(task: str, clara: Person) -> None:
    clara.does(f"/tasks/{task}/claim")
    clara.does(f"/tasks/{task}/completion", {"variables": {}})
    reason = clara.is_refused(f"/tasks/{task}/completion", {"variables": {}}, status=404)
    assert reason == "This task is completed already. What you entered here was not sent to the process."


def test_a_listener_that_denies_is_told_with_its_reason(api: Api, process: str, clara: Person) -> None:
    deploy(api, offer(process, task=LISTENED))
    key = task_of(api, api.start(process))
    clara.does(f"/tasks/{key}/claim")
    clara.does(f"/tasks/{key}/completion", {"variables": {}})
    assert "in state 'COMPLETING'" in clara.is_refused(f"/tasks/{key}/completion", {"variables": {}}, status=409)
    (job,) = api.jobs("check")
    result = {"type": "userTask", "denied": True, "deniedReason": "A signature is missing"}
    api.post(f"/jobs/{job['jobKey']}/completion", {"result": result})
    assert "denied it, so the task is as it was: “A signature is missing”" in clara.reads(f"/tasks/{key}/history")
    assert clara.sees(view="mine") == [key]


def test_typed_fields_become_json(api: Api, task: str, clara: Person) -> None:
    clara.does(f"/tasks/{task}/claim")
    entries = [
        {"name": "amount", "kind": "number", "text": "12.5"},
        {"name": "ok", "kind": "boolean", "text": "false"},
        {"name": "day", "kind": "date", "text": "2026-01-31"},
        {"name": "order", "kind": "json", "text": '{"items": [1]}'},
        {"name": "note", "kind": "string", "text": "12"},
    ]
    clara.does(f"/tasks/{task}/completion", {"entries": entries})
    assert variables_of(api, task) == {
        "customer": "Ada", "amount": 12.5, "ok": False, "day": "2026-01-31", "order": {"items": [1]}, "note": "12",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "text", "reason"),
    [
        ("amount", "number", "twelve", "'amount' must be a number like 12.5, but is 'twelve'"),
        ("order", "json", "{", "'order' is not JSON"),
        ("order", "json", "[" * 5_000, "'order' is nested too deeply"),
        ("order", "json", "[1e999]", "'order' has a number that is too large"),
        ("amount", "number", "1e999", "'amount' has a number that is too large"),
        ("amount", "number", str(2**70), "The variable 'amount' cannot be kept"),
        ("a b", "string", "x", "found 'a b'"),
    ],
)
def test_what_is_none_of_its_kind_completes_nothing(
    task: str, clara: Person, name: str, kind: str, text: str, reason: str
) -> None:
    clara.does(f"/tasks/{task}/claim")
    entries = [{"name": name, "kind": kind, "text": text}]
    assert reason in clara.is_refused(f"/tasks/{task}/completion", {"entries": entries}, status=400)
    assert clara.sees(view="mine") == [task]


# ---- Dates, priority, comments, files --------------------------------------------------------------------------------


def test_dates_and_priority_are_changed_by_who_has_the_task(task: str, clara: Person) -> None:
    changes = {"dueDate": "2026-12-24T10:00:00.000Z", "followUpDate": "", "priority": 90}
    assert "Only who has this task" in clara.is_refused(f"/tasks/{task}/changes", changes)
    clara.does(f"/tasks/{task}/claim")
    clara.does(f"/tasks/{task}/changes", changes)
    assert clara.sees(view="mine", due_from="2026-12-24", due_to="2026-12-24", priority_from="90") == [task]
    assert clara.sees(view="mine", due_to="2026-12-23") == []
    told = clara.reads(f"/tasks/{task}/history")
    assert 'set the priority to 90, the due date to <time datetime="2026-12-24T10:00:00.000Z"' in told


def test_comments_are_read_by_all_who_see_the_task(task: str, clara: Person, oscar: Person) -> None:
    clara.does(f"/tasks/{task}/comments", {"text": "Is <this> right?"}, status=200)
    assert "Is &lt;this&gt; right?" in oscar.reads(f"/tasks/{task}/comments")
    assert "1 to 10,000 characters" in clara.is_refused(f"/tasks/{task}/comments", {"text": " "}, status=400)


def test_files_are_kept_beside_a_task(task: str, clara: Person, oscar: Person) -> None:
    answer = clara.client.post(f"/tasks/{task}/attachments", files={"file": ("../plan <1>.html", b"<script>")})
    assert "plan &lt;1&gt;.html" in answer.text
    path = answer.text.split('<a href="')[1].split('"')[0]
    file = oscar.client.get(path)
    assert file.content == b"<script>"
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''plan%20%3C1%3E.html"
    assert oscar.client.delete(path).status_code == 404
    assert "plan" not in clara.client.delete(path).text


def test_what_is_kept_beside_a_task_goes_with_its_instance(
    api: Api, task: str, clara: Person, module_database_url: str
) -> None:
    clara.does(f"/tasks/{task}/claim")
    clara.does(f"/tasks/{task}/comments", {"text": "Done soon"}, status=200)
    clara.client.post(f"/tasks/{task}/attachments", files={"file": ("plan.txt", b"First")})
    clara.does(f"/tasks/{task}/completion", {"variables": {}})
    clara.does(f"/tasks/{task}/draft", {"content": {}}, status=403)
    instance = api.get(f"/user-tasks/{task}")["processInstanceKey"]
    api.post(f"/process-instances/{instance}/deletion", status=204)
    with psycopg.connect(module_database_url) as connection:
        for table in ("task_comment", "task_attachment", "task_draft"):
            query = f"SELECT count(*) FROM {table} WHERE user_task_key = %s"
            assert connection.execute(query, [int(task)]).fetchone() == (0,)
    clara.reads(f"/tasks/{task}", status=404)


# ---- Drafts and filters ----------------------------------------------------------------------------------------------


def test_a_draft_is_kept_for_who_typed_it_until_the_task_is_done(task: str, clara: Person, oscar: Person) -> None:
    clara.does(f"/tasks/{task}/claim")
    clara.does(f"/tasks/{task}/draft", {"content": {"reason": "half a sen"}})
    assert json.loads(clara.reads(f"/tasks/{task}/data"))["draft"] == {"reason": "half a sen"}
    assert json.loads(oscar.reads(f"/tasks/{task}/data"))["draft"] is None
    clara.does(f"/tasks/{task}/completion", {"variables": {}})
    assert json.loads(clara.reads(f"/tasks/{task}/data"))["draft"] is None


def test_lists_are_narrowed_by_process_variables_and_text(api: Api, process: str, task: str, oscar: Person) -> None:
    key = task_of(api, api.start(process, customer="Bob", amount=100))
    deploy(api, offer(f"{process}_other"))
    other = task_of(api, api.start(f"{process}_other"))
    assert oscar.sees(view="all", process=f"{process}_other") == [other]
    assert oscar.sees(view="all", variable="customer=Bob, amount=100") == [key]
    assert oscar.sees(view="all", variable="customer=Ada") == [task]
    assert oscar.sees(view="all", q="check THE", order="oldest") == [task, key]
    assert oscar.sees(view="all", q=key) == [key]
    assert oscar.sees(view="all", q="50%") == []


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("variable=Paris", "A variable is asked for like city=Paris"),
        ("due_from=tomorrow", "A date is written like 2026-01-31, but is &#39;tomorrow&#39;"),
        ("priority_to=high", "A priority is a whole number from 0 to 100"),
        ("after=nonsense", "There is no such place in this list"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_told_in_the_list(oscar: Person, query: str, reason: str) -> None:
    told = oscar.reads(f"/tasks?view=all&{query}")
    assert reason in told
    assert '<a href="/tasks?view=all">Show the list without it</a>' in told


def test_a_saved_filter_leads_to_its_list(clara: Person, mona: Person) -> None:
    kept = clara.does("/tasks/filters?view=groups&q=offer&order=due", {"name": "Offers"}, status=200)
    assert kept["address"] == "/tasks?view=groups&order=due&q=offer&saved=Offers"
    page = clara.reads("/tasks")
    assert "/tasks?view=groups&amp;order=due&amp;q=offer&amp;saved=Offers" in page
    assert "Offers" not in mona.reads("/tasks")
    clara.client.delete("/tasks/filters", params={"name": "Offers"})
    assert "Offers" not in clara.reads("/tasks")


def test_a_long_list_has_pages(api: Api, process: str, oscar: Person) -> None:
    deploy(api, offer(process))
    keys = [task_of(api, api.start(process)) for _ in range(51)]
    first = oscar.reads(f"/tasks?view=all&order=oldest&process={process}")
    following = first.split('aria-label="Next page"')[0].rpartition('href="')[2].partition('"')[0]
    second = oscar.reads(following.replace("&amp;", "&"))
    assert f'data-task="{keys[-1]}"' in second
    assert f'data-task="{keys[0]}"' not in second
    assert 'aria-label="Previous page"' in second
    assert 'aria-label="Next page"' not in second


# ---- Starting --------------------------------------------------------------------------------------------------------


def test_a_process_is_started_with_variables_and_found_among_ones_own(
    api: Api, process: str, clara: Person, mona: Person
) -> None:
    deploy(api, offer(process))
    listed = clara.reads(f"/tasks/processes?name={process}")
    key = listed.split("/tasks/processes/")[1].split('"')[0]
    entries = [{"name": "customer", "kind": "string", "text": "Eve"}]
    started = clara.does(f"/tasks/processes/{key}", {"entries": entries}, status=200)
    (variable,) = api.search("/variables", processInstanceKey=started["key"])
    assert variable["value"] == '"Eve"'
    assert "Make an offer" in clara.reads("/tasks/started")
    assert "Make an offer" not in mona.reads("/tasks/started")


def test_a_process_that_is_not_there_is_not_started(clara: Person) -> None:
    assert clara.is_refused("/tasks/processes/42", {}, status=404) == "There is no process with the key 42 any more."


def test_a_request_without_the_token_of_a_page_changes_nothing(task: str, clara: Person) -> None:
    answer = clara.client.post(f"/tasks/{task}/claim", headers={"x-csrf-token": "guessed"})
    assert answer.status_code == 403
    assert clara.sees(view="mine") == []
