"""An element is one module and one test file with its sample; nothing but these names it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import engine.bpmn.compile  # noqa: F401  (registers all elements and triggers)
from engine.elements.base import Behavior
from engine.elements.registry import ELEMENTS, LOOPS, TRIGGERS
from engine.triggers.multiple import MultipleTrigger

ROOT = Path(__file__).parents[2]

#: How loops are called where nobody speaks of characteristics.
LOOP_NAMES = {
    "multiInstanceLoopCharacteristics": "multi_instance",
    "standardLoopCharacteristics": "standard_loop",
}

#: Each kind of event with its trigger; that an event has several of them, no tag says.
KINDS = {cls.kind: cls for cls in (*TRIGGERS.values(), MultipleTrigger)}

#: What knows no element, and where in it element types stand all the same.
INNER = ("engine/machine", "engine/store", "api")
NAMED = {
    "engine/store/search/elements.py": "the types that the REST API lets one filter by, whether they execute or not",
    "engine/store/search/messages.py": "START_EVENT is what the REST API calls a subscription that starts instances",
    "api/rest/jobs.py": "the REST API says by these words whose job a worker answers for",
    "api/cli/tree.py": "a client of the REST API: it reads there which elements have others in them",
}


def _words(tag: str) -> str:
    """`userTask` → user_task"""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", tag).lower()


MODULES: dict[str, tuple[str, Any]] = {
    **{tag: (f"elements/{_words(tag)}", cls) for tag, cls in ELEMENTS.items()},
    **{tag: (f"elements/{LOOP_NAMES[tag]}", cls) for tag, cls in LOOPS.items()},
    **{kind: (f"triggers/{kind}", cls) for kind, cls in KINDS.items()},
}
MODULES["event sub-process"] = ("elements/event_sub_process", None)  # drawn with the tag of a sub-process


@pytest.mark.parametrize(("name", "cls"), MODULES.values(), ids=MODULES)
def test_it_has_its_module(name: str, cls: Any) -> None:
    assert (ROOT / "engine" / f"{name}.py").exists()
    assert cls is None or cls.__module__ == f"engine.{name.replace('/', '.')}"


@pytest.mark.parametrize("name", [name for name, _ in MODULES.values()], ids=MODULES)
def test_it_has_its_test_file_with_a_sample(name: str) -> None:
    folder, _, module = name.partition("/")
    tests = (ROOT / "tests" / folder / f"test_{module}.py").read_text()
    samples = re.findall(r'"(\w+\.bpmn)"', tests)

    assert "def test_" in tests
    assert samples
    assert [sample for sample in samples if not (ROOT / "tests" / "fixtures" / sample).exists()] == []


def _kinds_of(cls: type[Behavior]) -> Iterator[type[Behavior]]:
    for kind in cls.__subclasses__():
        yield kind
        yield from _kinds_of(kind)


#: What an element is called: by the REST API, and in a model.
NAMES = {cls.type for cls in _kinds_of(Behavior)} | set(ELEMENTS) | set(LOOPS)
NAMES -= {"UNSPECIFIED", "process", "task", "transaction"}  # words that mean other things too


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


@pytest.mark.parametrize("package", INNER)
def test_nothing_else_names_it(package: str) -> None:
    naming = [
        f"{where}:{line}: {text}"
        for path in sorted((ROOT / package).rglob("*.py"))
        if (where := path.relative_to(ROOT).as_posix()) not in NAMED
        for line, text in _texts(path)
        if text in NAMES
    ]
    assert naming == []


def test_what_is_excepted_still_needs_to_be() -> None:
    idle = [where for where in NAMED if not any(text in NAMES for _, text in _texts(ROOT / where))]
    assert idle == []
