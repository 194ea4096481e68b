"""From an empty canvas to work that is done: everybody's part in one story."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.server import Api
from tests.web.drawing import command, draw_travel_request
from tests.web.task_people import acts_as

REASON = "The airline does not answer."


@pytest.fixture
def clara(browser: Browser, browser_context_args: dict[str, Any], pages: str) -> Iterator[Page]:
    """A clerk's browser."""
    context = browser.new_context(**browser_context_args)
    yield acts_as(context, pages, "clara").new_page()
    context.close()


def test_a_process_is_drawn_worked_on_and_mended(page: Page, clara: Page, api: Api) -> None:
    draw_travel_request(page)
    small = deploy_and_start(page, '{"amount": 12}')

    clara.goto("/tasks?view=unassigned")
    clara.get_by_role("link", name="Approve").click()
    clara.get_by_role("button", name="Claim").click()
    clara.get_by_role("button", name="Complete task").click()
    expect(clara.get_by_role("button", name="Complete task")).to_have_count(0)
    assert state(api, small) == "COMPLETED"

    large = api.start(process_of(api, small), amount=500)
    (job,) = api.jobs("travel.book")
    api.post(f"/jobs/{job['jobKey']}/failure", {"retries": 0, "errorMessage": REASON})
    page.goto("/operations")
    page.get_by_role("link", name=REASON).click()
    page.get_by_role("link", name=large).click()
    page.get_by_role("button", name="Retry…").click()
    page.get_by_role("dialog", name="Retry Book").get_by_role("button", name="Retry").click()
    expect(page.locator("#diagram-text")).to_have_text("Active: Book (1).")
    complete_booking(api)
    assert state(api, large) == "COMPLETED"

    moved = api.start(process_of(api, small), amount=12)
    page.goto(f"/operations/instances/{moved}")
    move_the_token(page, "Approve", "Book")
    complete_booking(api)
    assert state(api, moved) == "COMPLETED"


def deploy_and_start(page: Page, variables: str) -> str:
    """The key of the instance to which the modeler leads."""
    command(page, "Deploy").click()
    dialog = page.get_by_role("dialog", name="Deploy “Travel request”")
    dialog.get_by_label("Variables (JSON)").fill(variables)
    dialog.get_by_role("button", name="Deploy and start").click()
    expect(page).to_have_url(re.compile("/operations/instances/[0-9]+$"))
    return page.url.rpartition("/")[2]


def move_the_token(page: Page, source: str, target: str) -> None:
    """Drag the one token of an element onto another."""
    page.get_by_role("button", name="Modify").click()
    token = page.get_by_title("1 active: drag it to move it").last
    shape = page.locator("#diagram .djs-shape", has=page.locator("text", has_text=target)).last
    token.hover()  # once it is drawn and lies still
    page.mouse.down()
    end = shape.bounding_box()
    assert end is not None
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=5)
    page.mouse.up()
    expect(page.get_by_role("list", name="The plan")).to_contain_text(f"Move all tokens at {source} to {target}")
    page.get_by_role("region", name="Modification").get_by_role("button", name="Apply").click()
    expect(page.locator("#diagram-text")).to_have_text(f"Active: {target} (1).")


def complete_booking(api: Api) -> None:
    """A worker does its job."""
    (job,) = api.jobs("travel.book")
    api.post(f"/jobs/{job['jobKey']}/completion", {"variables": {"ticket": "T-1"}})


def state(api: Api, instance: str) -> str:
    return str(api.get(f"/process-instances/{instance}")["state"])


def process_of(api: Api, instance: str) -> str:
    return str(api.get(f"/process-instances/{instance}")["processDefinitionId"])
