"""Each command against a real server: what it shows is what has happened."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Shell


def test_deployed_process_is_listed_with_its_version(shell: Shell, tmp_path: Path) -> None:
    assert shell.text("deploy", "tests/fixtures/none_events.bpmn").split()[:7][-3:] == [
        "process",
        "none_events",
        "1",
    ]


def test_deployment_with_an_error_deploys_nothing(shell: Shell, tmp_path: Path) -> None:
    broken = tmp_path / "broken.bpmn"
    broken.write_text("<definitions>")
    code, _, complaint = shell.run("deploy", str(broken), "tests/fixtures/manual_and_undefined_task.bpmn")
    assert code == 1
    assert "broken.bpmn" in complaint
    assert complaint.count("\n") == 1
    assert shell.run("start", "manual_and_undefined_task")[0] == 1


def test_folder_is_deployed_as_one(shell: Shell) -> None:
    answer = shell.json("deploy", "bpmn_samples")
    names = {
        entry["processDefinition"]["resourceName"]
        for entry in answer["deployments"]
        if entry["processDefinition"]
    }
    assert "food_order.bpmn" in names


def test_start_answers_the_instance(shell: Shell) -> None:
    shell.deploy("one_task")
    answer = shell.json(
        "start", "one_task", "--variables", '{"amount": 12}', "--tag", "a", "--business-id", "order-1"
    )
    assert answer["tags"] == ["a"]
    assert answer["businessId"] == "order-1"
    assert f"instance {answer['processInstanceKey']} of one_task" in shell.text(
        "show", answer["processInstanceKey"]
    )


def test_start_that_waits_prints_the_variables(shell: Shell) -> None:
    shell.deploy("none_events")
    assert "amount = 12" in shell.text(
        "start", "none_events", "--variables", '{"amount": 12}', "--wait", "30"
    )


def test_repeated_start_with_the_same_key_starts_once(shell: Shell) -> None:
    shell.deploy("one_task")
    first, second = (shell.json("start", "one_task", "--idempotency-key", "order-17") for _ in range(2))
    assert first["processInstanceKey"] == second["processInstanceKey"]


def test_unknown_process_is_refused_with_the_servers_reason(shell: Shell) -> None:
    code, output, complaint = shell.run("start", "no_such_process")
    assert (code, output) == (1, "")
    assert complaint.startswith("pointsman: ")
    assert "no_such_process" in complaint
    assert complaint.count("\n") == 1


def test_instances_are_listed_newest_first_as_far_as_the_limit_says(shell: Shell) -> None:
    shell.deploy("ten_tasks")
    keys = [shell.start("ten_tasks") for _ in range(3)]
    code, output, hint = shell.run("instances", "--process", "ten_tasks", "--limit", "2")
    assert code == 0
    assert [line.split()[0] for line in output.splitlines()[1:]] == keys[:0:-1]
    assert "2 of 3" in hint
    assert shell.json("instances", "--process", "ten_tasks", "--state", "completed")["items"] == []


def test_show_draws_the_tree_of_scopes(shell: Shell) -> None:
    shell.deploy("none_events", "multi_instance_parallel")
    key = shell.start("multi_instance_parallel", items=["a", "b", "c"])
    lines = [line.rstrip() for line in shell.text("show", key, "--limit", "2").splitlines()]
    assert lines[0].startswith("● Multi instance parallel  ACTIVE")
    assert '  items = ["a","b","c"]' in [line.replace(", ", ",") for line in lines]
    body = next(number for number, line in enumerate(lines) if "multi instance body" in line)
    children = [line for line in lines[body + 1 :] if line.startswith("    ● Work  (service task work)")]
    assert len(children) == 2
    assert lines[-1] == "    … and 1 more (--limit)"


def test_show_puts_variables_where_they_are_visible(shell: Shell) -> None:
    shell.deploy("multi_instance_parallel")
    instance = shell.json("show", shell.start("multi_instance_parallel", items=["a", "b"]))
    [_, body] = instance["elements"]
    seen = [{each["name"]: each["value"] for each in item["variables"]} for item in body["elements"]]
    assert [variables["item"] for variables in seen] == ['"a"', '"b"']
    assert [each["name"] for each in instance["variables"]] == ["items"]


def test_show_follows_a_call_activity(shell: Shell) -> None:
    shell.deploy("call_activity_child", "call_activity")
    shown = shell.text("show", shell.start("call_activity"))
    assert "(call activity call)" in shown
    assert "    ● Call activity child  ACTIVE" in shown
    assert "(service task child_work)" in shown


def test_jobs_that_wait_for_a_worker_are_listed(shell: Shell) -> None:
    shell.deploy("one_task")
    key = shell.start("one_task")
    [job] = shell.json("jobs", "--instance", key)["items"]
    assert (job["type"], job["state"], job["retries"]) == ("work", "CREATED", 3)
    assert job["jobKey"] in shell.text("jobs", "--instance", key, "--type", "work", "--state", "created")


def test_incident_is_listed_shown_and_resolved(shell: Shell) -> None:
    shell.deploy("exclusive_gateway_no_default")
    key = shell.start("exclusive_gateway_no_default", amount=7)
    [incident] = shell.json("incidents", "--instance", key)["items"]
    assert incident["errorType"] == "CONDITION_ERROR"
    assert f"pointsman resolve {incident['incidentKey']}" in shell.text("show", key)
    assert key in shell.text("instances", "--with-incident")

    assert "CONDITION_ERROR at how_much" in shell.text("resolve", incident["incidentKey"])
    [open_again] = shell.json("incidents", "--instance", key)["items"]
    assert open_again["incidentKey"] != incident["incidentKey"], "the variables still match no condition"
    assert len(shell.json("incidents", "--instance", key, "--all")["items"]) == 2


def test_resolving_what_does_not_exist_is_refused(shell: Shell) -> None:
    code, _, complaint = shell.run("resolve", "1")
    assert code == 1
    assert "NOT_FOUND" in complaint


def test_list_without_anything_says_so_beside_the_output(shell: Shell) -> None:
    assert shell.run("jobs", "--type", "no_such_type") == (0, "", "None found.\n")
