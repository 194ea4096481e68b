"""A decision table as a person reads it: inputs, outputs and rules, as they stand in its file."""

from __future__ import annotations

from typing import Any

import msgspec

from engine import xml


class Rule(msgspec.Struct, frozen=True):
    """One row; `number` counts from 1, a cell for each input, output and annotation."""

    number: int
    inputs: list[str]
    outputs: list[str]
    annotation: str


class DecisionTable(msgspec.Struct, frozen=True):
    """`inputs` and `outputs` are the titles of the columns."""

    hit_policy: str
    inputs: list[str]
    outputs: list[str]
    rules: list[Rule]


def read_table(content: bytes, decision_id: str) -> DecisionTable | None:
    """The table of a decision in a deployed DMN file (of any version); None where its logic is no table."""
    for decision in _children(xml.parse(content), "decision"):
        if decision.get("id") == decision_id:
            return next((_table(table) for table in _children(decision, "decisionTable")), None)
    return None


def _table(table: Any) -> DecisionTable:
    policy = " ".join(filter(None, [table.get("hitPolicy", "UNIQUE"), table.get("aggregation")]))
    return DecisionTable(
        policy,
        [input.get("label") or _texts(input, "inputExpression")[0] for input in _children(table, "input")],
        [output.get("label") or output.get("name") or "result" for output in _children(table, "output")],
        [
            Rule(
                number,
                [text or "-" for text in _texts(rule, "inputEntry")],
                _texts(rule, "outputEntry"),
                _text(rule, "description") or " ".join(_texts(rule, "annotationEntry")),
            )
            for number, rule in enumerate(_children(table, "rule"), start=1)
        ],
    )


def _children(element: Any, name: str) -> list[Any]:
    """The children of that name, in whichever DMN namespace."""
    return [child for child in element if child.tag.rpartition("}")[2] == name]


def _text(element: Any, name: str) -> str:
    return "".join((child.text or "").strip() for child in _children(element, name))


def _texts(element: Any, name: str) -> list[str]:
    """The `text` inside each child of that name."""
    return [_text(child, "text") for child in _children(element, name)]
