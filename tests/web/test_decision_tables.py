"""Decision tables as people read them."""

from __future__ import annotations

from tests.server import FIXTURES
from web.operations.decision_tables import Rule, read_table


def test_a_table_has_its_columns_and_rules_as_they_stand_in_the_file() -> None:
    table = read_table((FIXTURES / "discount.dmn").read_bytes(), "discount")
    assert table is not None
    assert (table.hit_policy, table.inputs, table.outputs) == ("UNIQUE", ["Kind", "Amount"], ["Percent"])
    assert table.rules[1] == Rule(2, ['"new"', "-"], ["0"], "")


def test_a_decision_that_is_no_table_has_none() -> None:
    content = (FIXTURES / "discount.dmn").read_bytes()
    assert read_table(content, "customer_kind") is None
    assert read_table(content, "unknown") is None
