"""What the documents refer to is there, and what they show runs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests import story

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
MENTIONED = re.compile(r"(?<![\w/.-])(?:api|docs|engine|scripts|tests|web)/[\w/]+\.(?:md|py)\b")
SHOWN = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs" / "behaviour.md").read_text())


def _map_of(package: Path) -> str:
    return ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""


#: The packages whose docstring lists their modules.
MAPS = [
    file.parent
    for root in ("engine", "api")
    for file in sorted((ROOT / root).rglob("__init__.py"))
    if ".py " in _map_of(file.parent)
]
#: In these it lists what is shared, beside one module per thing of a kind.
FAMILIES = {"engine/elements", "engine/triggers", "api/rest"}


@pytest.mark.parametrize(("file", "test"), SHOWN)
def test_the_test_that_shows_a_rule_is_there(file: str, test: str) -> None:
    assert f"def {test}(" in (ROOT / file).read_text() if test else (ROOT / file).exists()


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_an_example_of_the_readme_holds(example: str) -> None:
    exec(example, dict(vars(story)))


@pytest.mark.parametrize("package", MAPS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_map_of_a_package_names_what_is_there(package: Path) -> None:
    """All of its modules, and no others."""
    named = set(re.findall(r"(?<![\w/])(\w+\.py)\b", _map_of(package)))
    there = {path.name for path in package.glob("*.py")} - {"__init__.py", "__main__.py"}
    assert named - there == set()
    if str(package.relative_to(ROOT)) not in FAMILIES:
        assert there - named == set()


def test_every_file_that_is_mentioned_is_there() -> None:
    texts = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    texts += [file for root in ("api", "engine", "tests", "web") for file in (ROOT / root).rglob("*.py")]
    mentioned = [(text, name) for text in texts for name in MENTIONED.findall(text.read_text())]
    assert [f"{text.relative_to(ROOT)}: {name}" for text, name in mentioned if not (ROOT / name).exists()] == []
