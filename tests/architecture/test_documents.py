"""What the documents refer to is there, and what they show runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import story

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SHOWN = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs" / "behaviour.md").read_text())


@pytest.mark.parametrize(("file", "test"), SHOWN)
def test_the_test_that_shows_a_rule_is_there(file: str, test: str) -> None:
    assert f"def {test}(" in (ROOT / file).read_text() if test else (ROOT / file).exists()


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_an_example_of_the_readme_holds(example: str) -> None:
    exec(example, dict(vars(story)))
