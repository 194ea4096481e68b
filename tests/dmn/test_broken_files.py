"""Whatever is broken in a file, it is read, its problems are told, and what is left can be evaluated."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from engine import dmn

LENDING = Path(__file__).parents[1] / "tck" / "cases" / "decisions" / "lending" / "lending.dmn"
VALUES = ("", "#applicant", "#burden", "true", "number", "tApplicant", "COLLECT", "x y")
TEXTS = ("", "[", "1", "null", "?", "-", "{a: 1}", "function(x) x", "Burden + 1")


def remove(root: ET.Element, position: int, _choice: int) -> None:
    parents = [parent for parent in root.iter() if len(parent)]
    parent = parents[position % len(parents)]
    parent.remove(parent[position % len(parent)])


def remove_attribute(root: ET.Element, position: int, choice: int) -> None:
    element = nth(root, position)
    if element.attrib:
        del element.attrib[sorted(element.attrib)[choice % len(element.attrib)]]


def change_attribute(root: ET.Element, position: int, choice: int) -> None:
    element = nth(root, position)
    if element.attrib:
        element.attrib[sorted(element.attrib)[position % len(element.attrib)]] = VALUES[choice % len(VALUES)]


def change_text(root: ET.Element, position: int, choice: int) -> None:
    nth(root, position).text = TEXTS[choice % len(TEXTS)]


def copy_into_another(root: ET.Element, position: int, choice: int) -> None:
    source = ET.tostring(nth(root, position))
    nth(root, choice * 7).append(ET.fromstring(source))


def nth(root: ET.Element, position: int) -> ET.Element:
    elements = list(root.iter())
    return elements[position % len(elements)]


DAMAGES = (remove, remove_attribute, change_attribute, change_text, copy_into_another)
CONTEXT: dict[str, object] = {
    "Applicant": {"Monthly income": 2000, "Birth date": None},
    "Loan amount": 4800,
    "Burden": 0.3,
}


@settings(max_examples=150, deadline=None)
@given(
    damages=st.lists(
        st.tuples(st.sampled_from(DAMAGES), st.integers(0, 200), st.integers(0, 20)), min_size=1, max_size=6
    ),
    mode=st.sampled_from(dmn.Mode),
)
def test_a_broken_file_never_breaks_the_reader(damages: list[tuple[object, int, int]], mode: dmn.Mode) -> None:
    root = ET.fromstring(LENDING.read_text(encoding="utf-8"))
    for damage, position, choice in damages:
        assert callable(damage)
        if len(list(root.iter())) > 1:
            damage(root, position, choice)
    model = dmn.read_model(root, mode=mode)
    for decision in model.decisions:
        model.evaluate(decision, CONTEXT)
    for service in model.services:
        model.evaluate_service(service, CONTEXT)
    assert all(problem.message and problem.mend for problem in model.problems)
