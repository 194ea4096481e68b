"""The kit's files: a folder per level holds one per topic, with models (`.dmn`) and test cases (`.xml`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.dmn.source import Element, attribute, child, children
from engine.feel import temporal
from engine.xml import parse

NAMESPACE = "http://www.omg.org/spec/DMN/20160719/testcase"
SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"


@dataclass(frozen=True)
class Expectation:
    """What a decision should give."""

    decision: str
    value: object


@dataclass(frozen=True)
class Case:
    """One test case. `service` is the decision service to call, or empty where decisions are evaluated."""

    level: str
    topic: str
    file: str
    id: str
    model: Path
    service: str
    inputs: dict[str, object]
    expected: tuple[Expectation, ...]

    @property
    def name(self) -> str:
        return f"{self.topic} / {self.file} / {self.id}"


def read_kit(folder: Path) -> Iterator[Case]:
    """All cases below a folder, topic by topic."""
    for path in sorted(folder.rglob("*.xml")):
        yield from read_cases(path)


def read_cases(path: Path) -> Iterator[Case]:
    root = parse(path.read_bytes())
    model = child(root, "modelName")
    name = (model.text or "").strip() if model is not None else ""
    for element in children(root, "testCase"):
        results = children(element, "resultNode")
        yield Case(
            level=path.parent.parent.name,
            topic=path.parent.name,
            file=path.stem,
            id=attribute(element, "id"),
            model=path.parent / name,
            service=attribute(element, "invocableName") if attribute(element, "type") == "decisionService" else "",
            inputs={attribute(node, "name"): read_value(node) for node in children(element, "inputNode")},
            expected=tuple(Expectation(attribute(node, "name"), expected_value(node)) for node in results),
        )


def expected_value(node: Element) -> object:
    expected = child(node, "expected")
    return None if expected is None else read_value(expected)


def read_value(element: Element) -> object:
    """A value, a list of items, or the components of a context."""
    value, items = child(element, "value"), child(element, "list")
    if value is not None:
        return read_scalar(value)
    if items is not None:
        return None if is_nil(items) else [read_value(item) for item in children(items, "item")]
    components = children(element, "component")
    if components or not is_nil(element):
        return {attribute(part, "name"): None if is_nil(part) else read_value(part) for part in components} or None
    return None


def is_nil(element: Element) -> bool:
    return element.get(f"{SCHEMA_INSTANCE}nil") in ("true", "1")


def read_scalar(element: Element) -> Any:
    if is_nil(element):
        return None
    text = element.text or ""
    match (element.get(f"{SCHEMA_INSTANCE}type") or "string").rpartition(":")[2]:
        case "boolean":
            return text.strip() in ("true", "1")
        case "decimal" | "double" | "float" | "integer" | "int" | "long":
            number = Decimal(text.strip())
            return int(number) if number == number.to_integral_value() else number
        case "date":
            return temporal.parse_date(text.strip())
        case "time":
            return temporal.parse_time(text.strip())
        case "dateTime":
            return temporal.parse_date_time(text.strip())
        case "duration":
            return temporal.parse_duration(text.strip())
        case _:
            return text
