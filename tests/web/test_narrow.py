"""A narrow screen shows every page without being moved sideways."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.server import Api
from tests.web.furnished import furnish
from tests.web.tour import TOUR

PHONE = {"width": 360, "height": 760}

#: Cells of lists that one sees only by moving the list sideways.
OUT_OF_SIGHT = """[...document.querySelectorAll('.stacked :is(td, th)')]
  .filter((cell) => cell.getBoundingClientRect().right > innerWidth)
  .map((cell) => cell.innerText)"""


def test_no_page_and_no_list_is_wider_than_a_phone(api: Api, page: Page) -> None:
    furnish(api)
    page.set_viewport_size(PHONE)
    widths, cells = {}, {}
    for stop in TOUR:
        page.goto(stop.address(api))
        page.locator(stop.shown).first.wait_for()
        widths[stop.name] = page.evaluate("document.documentElement.scrollWidth")
        cells[stop.name] = page.evaluate(OUT_OF_SIGHT)

    assert {name: width for name, width in widths.items() if width > PHONE["width"]} == {}
    assert {name: hidden for name, hidden in cells.items() if hidden} == {}


def test_a_row_of_a_list_is_a_form_that_says_what_each_value_is(api: Api, page: Page) -> None:
    api.deploy("user_task_plain.bpmn")
    api.start("user_task_plain")
    page.set_viewport_size(PHONE)
    page.goto("/operations/instances")
    rows = page.get_by_role("table", name="Process instances").locator("tbody").get_by_role("row")
    expect(rows).to_have_count(1)
    api.start("user_task_plain")
    expect(rows).to_have_count(2)  # read again, since something has changed
    cells = rows.last.get_by_role("cell").filter(visible=True).all()
    labels = [cell.evaluate("(cell) => getComputedStyle(cell, '::before').content") for cell in cells]
    assert labels[:5] == ["none", "none", '"State"', '"Process"', '"Version"']
    assert '"Ended"' not in labels  # what says nothing is left out
    rows.last.get_by_role("checkbox").check()
    expect(page.get_by_role("toolbar", name="Operations on many instances")).to_contain_text("1 selected")
