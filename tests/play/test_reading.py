"""What a form says is a step, or the person is told what was expected."""

import pytest
from starlette.datastructures import FormData

from engine.machine.commands import Rejection
from engine.sandbox import steps as s
from web.play.reading import step_of


def form(**fields: str) -> FormData:
    return FormData({"csrf_token": "t", "revision": "3", **fields})


def test_empty_fields_are_left_out() -> None:
    found = step_of(form(step="fail job", element="work", nth="1", retries="0", back_off="", variables=""))
    assert found == s.FailJob(element="work", nth=1, retries=0)


def test_variables_are_a_json_object() -> None:
    found = step_of(form(step="complete job", element="work", variables='{"a": [1, null]}'))
    assert found == s.CompleteJob(element="work", variables={"a": [1, None]})


def test_one_variable_has_a_name_and_a_json_value() -> None:
    found = step_of(form(step="set variables", element="order", variable=" total ", value="12.5"))
    assert found == s.SetVariables(element="order", variables={"total": 12.5})


def test_several_activities() -> None:
    fields = [("step", "activate"), ("element", "examine"), ("activities", "blood"), ("activities", "x_ray")]
    assert step_of(FormData(fields)) == s.Activate(element="examine", activities=["blood", "x_ray"])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"step": "complete job", "element": "w", "variables": "[1]"}, "Expected variables as a JSON object"),
        ({"step": "complete job", "element": "w", "variables": "{a: 1}"}, "Expected variables as a JSON object"),
        ({"step": "set variables", "element": "w", "variable": "a", "value": "open"}, 'a text in quotes: "open"'),
        ({"step": "complete job"}, "missing required field `element`"),
        ({"step": "explode"}, "Invalid value 'explode'"),
        ({"step": "fail job", "element": "w", "retries": "few"}, "Expected `int"),
        ({"step": "advance", "duration": "P1D", "surprise": "1"}, "surprise"),
    ],
)
def test_what_is_not_understood_is_told(fields: dict[str, str], expected: str) -> None:
    with pytest.raises(Rejection) as refused:
        step_of(form(**fields))
    assert expected in refused.value.reason
