"""What every page has in common."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from web.pages import environment


def test_the_root_leads_to_the_first_page_that_its_visitor_may_see(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_url("/tasks")
    areas = page.get_by_role("navigation", name="Areas").get_by_role("link")
    expect(areas).to_have_text(["Tasks", "Modeler", "Operations"])


def test_a_template_is_compiled_once_for_all_pages() -> None:
    first = environment().get_template("base.html")
    assert environment().get_template("base.html") is first
