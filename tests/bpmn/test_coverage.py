"""The page of what executes is what the registered elements say."""

from pathlib import Path

from engine.bpmn.coverage import page

PAGE = Path(__file__).parents[2] / "docs" / "elements.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run: python -m engine.bpmn.coverage > docs/elements.md"
