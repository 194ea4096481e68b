"""Script task: a FEEL expression, or a job."""

from __future__ import annotations

import msgspec

from tests.models import mappings, model
from tests.story import Story, play


def script(expression: str, extensions: str = "", **variables: object) -> Story:
    """A process of one script task that computes `result`."""
    task = (
        '<scriptTask id="compute"><extensionElements>'
        f'<zeebe:script expression="{expression}" resultVariable="result"/>{extensions}'
        "</extensionElements></scriptTask>"
    )
    return play(model(f'<startEvent id="start"/>{task}<endEvent id="end"/>', "start -> compute -> end"), **variables)


def test_expression_computes_a_variable() -> None:
    story = play("script_task_feel.bpmn", net=10)
    assert story.state == "COMPLETED"
    assert story.variables["gross"] == 12


def test_expression_sees_the_time_of_the_command() -> None:
    assert script("=now() > date and time(&quot;2025-12-31T00:00:00Z&quot;)").variables == {"result": True}


def test_missing_variable_is_null() -> None:
    assert script("=missing").variables == {"result": None}
    assert script("=missing = null").variables == {"result": True}


def test_expression_that_fails_is_an_incident_until_its_cause_is_mended() -> None:
    story = script("=assert(amount, amount > 0) * 2", amount=0)
    assert story.incidents == [("compute", "EXTRACT_VALUE_ERROR")]

    story.set_variables(amount=4)
    story.resolve()
    assert story.variables == {"amount": 4, "result": 8}
    assert story.state == "COMPLETED"


def test_result_without_a_json_form_is_an_incident() -> None:
    assert script("=function(x) x").incidents[0][0] == "compute"


def test_result_stays_local_where_it_is_mapped() -> None:
    story = script("=20 + 1", mappings(outputs={"doubled": "result * 2"}))
    assert story.variables == {"doubled": 42}


def test_result_goes_to_the_nearest_scope_that_has_it() -> None:
    story = script("=1", mappings(inputs={"result": "0"}))
    assert story.variables == {}
    assert story.state == "COMPLETED"


def test_script_of_a_worker_is_a_job() -> None:
    story = play("script_task_job.bpmn")
    job = story.job("run_script")
    assert (job.type, msgspec.json.decode(job.headers)) == ("run_script", {"language": "python"})

    story.complete("run_script", result=1)
    assert story.variables == {"result": 1}
    assert story.state == "COMPLETED"
