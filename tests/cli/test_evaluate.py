"""`pointsman feel` and `pointsman decide`: tried out on the spot, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from tests.cli.conftest import FIXTURES

DISCOUNT = str(FIXTURES / "discount.dmn")
Captured = pytest.CaptureFixture[str]


def told(capsys: Captured, *command: str) -> str:
    """What a command that succeeds prints."""
    assert main(list(command)) == 0
    return capsys.readouterr().out


def refused(capsys: Captured, code: int, *command: str) -> str:
    """What a command that fails complains of, in one line."""
    assert main(list(command)) == code
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    return complaint


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2", "3"),
        ("=amount * 1.19", "119.00"),
        ('if amount > 50 then "much" else "little"', '"much"'),
        ("{a: [1, null]}", '{"a":[1,null]}'),
        ("-1", "-1"),
    ],
)
def test_the_value_is_printed_as_json(capsys: Captured, expression: str, value: str) -> None:
    printed = told(capsys, "feel", expression, "--context", '{"amount": 100}')
    assert json.loads(printed) == json.loads(value)


def test_a_value_that_is_null_comes_with_the_reason(capsys: Captured) -> None:
    assert main(["feel", "nobody + 1"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "null\n"
    assert "warning: " in captured.err
    assert "nobody" in captured.err
    shown = json.loads(told(capsys, "feel", "nobody", "--json"))
    assert shown["value"] is None
    assert "nobody" in shown["warnings"][0]["message"]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [("1 +", "at line 1, column 4"), ("function(x) x", "cannot be evaluated"), ("sum(1..", "line 1")],
)
def test_an_expression_that_has_no_value_says_why(capsys: Captured, expression: str, reason: str) -> None:
    assert reason in refused(capsys, 1, "feel", expression)


def test_a_decision_is_shown_with_what_it_requires_its_inputs_and_rules(capsys: Captured) -> None:
    printed = told(capsys, "decide", DISCOUNT, "--decision", "discount", "--variables", '{"orders": 20, "amount": 150}')
    assert printed.splitlines() == [
        'customer_kind = "regular"',
        "discount = 10",
        '  Kind = "regular"',
        "  Amount = 150",
        "  rule 1 → Percent = 10",
    ]


def test_a_script_gets_everything_as_json(capsys: Captured) -> None:
    variables = '{"orders": 20, "amount": 150}'
    shown: dict[str, Any] = json.loads(
        told(capsys, "decide", DISCOUNT, "--decision", "Discount", "--variables", variables, "--json")
    )
    assert (shown["value"], shown["failure"]) == (10, None)
    assert [decision["id"] for decision in shown["decisions"]] == ["customer_kind", "discount"]
    assert shown["decisions"][1]["rules"] == [
        {
            "id": "rule_regular",
            "index": 1,
            "outputs": [{"id": "percent_output", "name": "Percent", "value": 10}],
        }
    ]


def test_a_decision_that_fails_names_the_rule_and_the_reason(capsys: Captured) -> None:
    variables = '{"orders": 20, "amount": -1}'
    complaint = refused(capsys, 1, "decide", DISCOUNT, "--decision", "discount", "--variables", variables)
    assert "'discount', rule 3" in complaint
    assert "an amount is not negative" in complaint


def test_the_decision_is_to_be_named_where_there_are_several(capsys: Captured) -> None:
    assert "customer_kind, discount" in refused(capsys, 2, "decide", DISCOUNT)
    assert "no decision 'price'" in refused(capsys, 2, "decide", DISCOUNT, "--decision", "price")


def test_a_file_that_cannot_be_read_is_said_so(capsys: Captured, tmp_path: Path) -> None:
    assert "missing.dmn: No such file" in refused(capsys, 1, "decide", str(tmp_path / "missing.dmn"))
    broken = tmp_path / "broken.dmn"
    broken.write_text("<definitions>")
    assert "broken.dmn, line 1" in refused(capsys, 1, "decide", str(broken))


def test_files_may_import_each_other(capsys: Captured, tmp_path: Path) -> None:
    head = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="{0}" name="{0}" namespace="http://{0}">'
    )
    base, user = tmp_path / "base.dmn", tmp_path / "user.dmn"
    base.write_text(
        head.format("base") + '<decision id="rate" name="rate"><variable id="v" name="rate"/>'
        '<literalExpression id="l"><text>19</text></literalExpression></decision></definitions>'
    )
    user.write_text(
        head.format("user") + '<import namespace="http://base" name="base" '
        'importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/><decision id="price" name="price">'
        '<variable id="w" name="price"/><informationRequirement id="r"><requiredDecision href="http://base#rate"/>'
        '</informationRequirement><literalExpression id="m"><text>100 + base.rate</text></literalExpression>'
        "</decision></definitions>"
    )
    printed = told(capsys, "decide", str(user), str(base), "--decision", "price")
    assert printed.splitlines()[-1] == "price = 119"
    assert "The model with the namespace 'http://base' is not there." in refused(
        capsys, 1, "decide", str(user), "--decision", "price"
    )
