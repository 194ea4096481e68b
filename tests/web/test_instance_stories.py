"""An operator at the page of an instance: sees what is stuck, mends it, moves tokens, looks back."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.server import Api
from tests.web.furnished import SAMPLES

REASON = "The bureau does not know the applicant."


@pytest.fixture
def loans(api: Api) -> Api:
    """The loan application, deployed."""
    names = ("loan_application.bpmn", "loan_application.form", "loan_decision.form")
    files = [(name, (SAMPLES / "loan_application" / name).read_bytes()) for name in names]
    api.request("POST", "/deployments", files=[("resources", file) for file in files])
    return api


@pytest.fixture
def stuck(loans: Api) -> str:
    """A loan application whose credit check has failed."""
    key = loans.start("loan_application", applicant="Ada", amount=10, income=3000)
    (job,) = loans.jobs("loan.check-credit")
    loans.post(f"/jobs/{job['jobKey']}/failure", {"retries": 0, "errorMessage": REASON})
    return key


@pytest.fixture
def reviewed(loans: Api) -> str:
    """A loan application that a person reviews."""
    key = loans.start("loan_application", applicant="Ada", amount=50_000, income=3000)
    (job,) = loans.jobs("loan.check-credit")
    loans.post(f"/jobs/{job['jobKey']}/completion", {"variables": {"creditScore": 650}})
    return key


def look_at(page: Page, key: str, query: str = "") -> None:
    page.goto(f"/operations/instances/{key}{query}")
    expect(page.get_by_role("treeitem", name="Application received")).to_be_visible()
    expect(shape(page, "application_received")).to_be_visible()


def positions(page: Page) -> Locator:
    """What the diagram says in words."""
    return page.locator("#diagram-text")


def shape(page: Page, id: str) -> Locator:
    return page.locator(f"#diagram [data-element-id={id}] > .djs-visual")


def row_of(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


#: By how many pixels the page is longer than what it shows.
BELOW_THE_MAIN_PART = """document.documentElement.scrollHeight
  - Math.max(innerHeight, scrollY + document.querySelector('main').getBoundingClientRect().bottom)"""


def middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


# ---- Repairing ------------------------------------------------------------------------------------------------------


def test_an_operator_repairs_an_incident_by_changing_a_variable(page: Page, loans: Api, stuck: str) -> None:
    look_at(page, stuck)
    expect(positions(page)).to_contain_text("With an incident: Check credit history (1).")
    expect(page.get_by_role("tabpanel", name="Incidents")).to_contain_text(REASON)
    page.get_by_role("button", name="Retry…").click()
    dialog = page.get_by_role("dialog", name="Retry Check credit history")
    expect(dialog).to_contain_text(REASON)
    dialog.get_by_label("Variables to change first").fill('{"applicant": "Ada Byron"}')
    dialog.get_by_role("button", name="Retry").click()
    expect(positions(page)).to_have_text("Active: Check credit history (1).")
    expect(row_of(page, "applicant")).to_contain_text('"Ada Byron"')
    (job,) = loans.jobs("loan.check-credit")
    assert job["variables"]["applicant"] == "Ada Byron"


def test_what_is_no_json_is_not_sent(page: Page, stuck: str) -> None:
    look_at(page, stuck)
    page.get_by_role("button", name="Retry…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Variables to change first").fill("applicant = Ada")
    dialog.get_by_role("button", name="Retry").click()
    expect(dialog).to_contain_text("This is not JSON")
    expect(dialog).to_be_visible()


def test_a_variable_is_edited_in_place_to_the_last_digit(page: Page, loans: Api, stuck: str) -> None:
    look_at(page, stuck)
    page.get_by_role("button", name="Edit amount").click()
    page.get_by_label("Value of amount").fill("Ada")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text('Texts stand in "quotes"')
    page.get_by_label("Value of amount").fill("9007199254740993")
    page.get_by_role("button", name="Save").click()
    expect(row_of(page, "amount")).to_contain_text("9007199254740993")
    (found,) = loans.search("/variables", processInstanceKey=stuck, name="amount")
    assert found["value"] == "9007199254740993"


def test_a_variable_is_added(page: Page, loans: Api, stuck: str) -> None:
    look_at(page, stuck)
    page.get_by_role("button", name="Add variable").click()
    page.get_by_label("Name of the new variable").fill("guarantor")
    page.get_by_label("Value", exact=True).fill('{"name": "Grace"}')
    page.get_by_label("Value", exact=True).press("Control+Enter")
    expect(row_of(page, "guarantor")).to_contain_text("Grace")
    (found,) = loans.search("/variables", processInstanceKey=stuck, name="guarantor")
    assert json.loads(found["value"]) == {"name": "Grace"}


def test_a_job_is_completed_by_hand(page: Page, stuck: str, loans: Api) -> None:
    look_at(page, stuck, "?tab=incidents")
    page.get_by_role("button", name="Retry…").click()
    page.get_by_role("dialog").get_by_role("button", name="Retry").click()
    page.get_by_role("tab", name="Jobs").click()
    page.get_by_label("Act on the job of Check credit history").click()
    page.get_by_role("button", name="Complete…").click()
    page.get_by_role("dialog").get_by_label("Variables").fill('{"creditScore": 650}')
    page.get_by_role("dialog").get_by_role("button", name="Complete").click()
    expect(positions(page)).to_contain_text("Review application (1)")


def test_an_operator_suspends_resumes_and_cancels(page: Page, reviewed: str, loans: Api) -> None:
    look_at(page, reviewed)
    state = page.locator("#instance-state")
    page.get_by_role("button", name="Suspend").click()
    expect(state).to_have_text("Suspended")
    page.get_by_role("button", name="Resume").click()
    expect(state).to_have_text("Active")
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel the instance").click()
    expect(state).to_have_text("Terminated")
    expect(page.get_by_role("button", name="Modify")).to_be_disabled()


def test_an_operator_deletes_what_has_ended(page: Page, reviewed: str, loans: Api) -> None:
    look_at(page, reviewed)
    delete = page.get_by_role("button", name="Delete", exact=True)
    expect(delete).to_be_hidden()
    loans.post(f"/process-instances/{reviewed}/cancellation")
    delete.click()
    expect(page.get_by_role("dialog")).to_contain_text("cannot be undone")
    page.get_by_role("button", name="Delete the instance").click()
    expect(page).to_have_url(re.compile("/operations/definitions/loan_application$"))
    loans.get(f"/process-instances/{reviewed}", 404)


def test_a_page_says_that_somebody_has_deleted_its_instance(page: Page, reviewed: str, loans: Api) -> None:
    look_at(page, reviewed)
    loans.post(f"/process-instances/{reviewed}/cancellation")
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_enabled()
    loans.post(f"/process-instances/{reviewed}/deletion")
    notice = page.get_by_role("alert").filter(has_text="This process instance has been deleted meanwhile")
    expect(notice).to_be_visible()
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_disabled()
    notice.get_by_role("link", name="All instances").click()
    expect(page).to_have_url("/operations/instances")


def test_an_operator_sends_the_message_that_it_waits_for(page: Page, api: Api) -> None:
    source = (SAMPLES / "food_order" / "food_order.bpmn").read_bytes()
    api.request("POST", "/deployments", files=[("resources", ("food_order.bpmn", source))])
    key = api.start("food_order", orderId="A-1", meal="ramen", amount=12)
    for type in ("food.charge-card", "food.send-order"):
        (job,) = api.jobs(type)
        api.post(f"/jobs/{job['jobKey']}/completion", {"variables": {"paymentId": "P-1"}})
    page.goto(f"/operations/instances/{key}")
    expect(positions(page)).to_have_text("Active: Wait for the meal (1).")
    page.get_by_role("button", name="Send message").click()
    dialog = page.get_by_role("dialog", name="Send a message")
    expect(dialog.get_by_label("Message")).to_have_value("meal_ready")
    expect(dialog.get_by_label("Correlation key")).to_have_value("A-1")
    dialog.get_by_label("Correlation key").fill("A-2")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("alert")).to_contain_text("A-2")
    dialog.get_by_label("Correlation key").fill("A-1")
    dialog.get_by_role("button", name="Send").click()
    expect(positions(page)).to_contain_text("Find a driver (1)")


def test_an_operator_broadcasts_the_signal_that_it_waits_for(page: Page, api: Api) -> None:
    api.deploy("signal_catch.bpmn")
    key = api.start("signal_catch")
    page.goto(f"/operations/instances/{key}?tab=subscriptions")
    page.get_by_role("button", name="Broadcast…").click()
    page.get_by_role("dialog").get_by_role("button", name="Broadcast").click()
    expect(page.locator("#instance-state")).to_have_text("Completed")


def test_a_timer_is_triggered_now(page: Page, reviewed: str) -> None:
    look_at(page, reviewed, "?tab=timers")
    page.get_by_role("row", name="3 weeks").get_by_role("button", name="Trigger now").click()
    page.get_by_role("dialog").get_by_role("button", name="Trigger now").click()
    expect(positions(page)).to_have_text("Active: Decide as manager (1).")


# ---- Moving tokens --------------------------------------------------------------------------------------------------


def test_an_operator_drags_a_token(page: Page, reviewed: str) -> None:
    look_at(page, reviewed)
    page.get_by_role("button", name="Modify").click()
    token = page.get_by_title("1 active: drag it to move it").last
    token.hover()
    page.mouse.down()
    page.mouse.move(*middle(shape(page, "pay_out")), steps=5)
    page.mouse.up()
    plan = page.get_by_role("list", name="The plan")
    expect(plan).to_contain_text("Move all tokens at Review application to Pay out the loan")
    panel = page.get_by_role("region", name="Modification")
    expect(panel).to_contain_text("ActivatedPay out the loan")
    panel.get_by_role("button", name="Apply").click()
    expect(positions(page)).to_have_text("Active: Pay out the loan (1).")


def test_what_is_pressed_before_the_page_is_complete_is_done_once_it_is(page: Page, reviewed: str) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/state", hold, times=1)
    with page.expect_request("**/state"):
        page.goto(f"/operations/instances/{reviewed}")
    page.get_by_role("button", name="Modify").click()
    [state] = held
    state.continue_()
    expect(page.get_by_role("region", name="Modification")).to_be_visible()
    expect(page.get_by_title("1 active: drag it to move it").last).to_be_visible()


def test_an_operator_moves_a_token_by_keyboard(page: Page, reviewed: str) -> None:
    look_at(page, reviewed)
    page.keyboard.press("m")
    expect(page.get_by_label("What", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.get_by_label("From", exact=True).select_option("review_application")
    page.keyboard.press("Tab")
    page.keyboard.type("Remind")
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.get_by_role("button", name="Add to the plan").evaluate("each => each === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="The plan")).to_contain_text("Remind the officer")
    apply = page.get_by_role("button", name="Apply")
    expect(apply).to_be_enabled()
    apply.press("Enter")
    expect(positions(page)).to_contain_text("Remind the officer (1)")


def test_the_engine_says_why_a_plan_has_become_impossible(page: Page, reviewed: str, loans: Api) -> None:
    look_at(page, reviewed)
    page.get_by_role("button", name="Modify").click()
    page.get_by_label("What", exact=True).select_option("Remove a token")
    page.get_by_label("From", exact=True).select_option("review_application")
    page.get_by_role("button", name="Add to the plan").click()
    panel = page.get_by_role("region", name="Modification")
    expect(panel.get_by_role("button", name="Apply")).to_be_enabled()
    (task,) = loans.search("/user-tasks", processInstanceKey=reviewed)
    loans.post(f"/user-tasks/{task['userTaskKey']}/completion", {"variables": {"approved": False}})
    expect(panel.get_by_role("alert").last).to_contain_text("there is none")
    expect(panel.get_by_role("button", name="Apply")).to_be_disabled()


def test_an_instance_is_migrated_with_the_proposed_mapping(page: Page, reviewed: str, loans: Api) -> None:
    source = (SAMPLES / "loan_application" / "loan_application.bpmn").read_text()
    newer = source.replace('name="Review application"', 'name="Review it well"').encode()
    loans.request("POST", "/deployments", files=[("resources", ("loan_application.bpmn", newer))])
    look_at(page, reviewed)
    page.get_by_role("button", name="Migrate").click()
    dialog = page.get_by_role("dialog", name="Migrate this instance")
    dialog.get_by_label("To", exact=True).select_option("Loan application v2 (loan_application)")
    expect(dialog).to_contain_text("The instance can go on there")
    dialog.get_by_label("Review application becomes").select_option("not mapped")
    expect(dialog.get_by_role("alert")).to_contain_text("'review_application' is active and is not mapped")
    dialog.get_by_label("Review application becomes").select_option("Review it well (review_application)")
    dialog.get_by_role("button", name="Migrate").click()
    expect(positions(page)).to_contain_text("Review it well (1)")


# ---- Looking back ---------------------------------------------------------------------------------------------------


def test_the_time_slider_shows_what_was(page: Page, stuck: str, loans: Api) -> None:
    loans.request("PUT", f"/element-instances/{stuck}/variables", {"variables": {"amount": 99}})
    look_at(page, stuck)
    expect(row_of(page, "amount")).to_contain_text("99")
    page.get_by_role("slider", name="Moment in the history").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("group", name="Time slider")).to_contain_text("Event 2 of 3")
    expect(row_of(page, "amount")).to_contain_text("10")
    expect(page.get_by_role("button", name="Edit amount")).to_have_count(0)
    page.get_by_role("button", name="One step back").click()
    expect(positions(page)).to_have_text("Active: Check credit history (1).")
    expect(page).to_have_url(re.compile("at=1"))
    page.get_by_role("button", name="Back to now").click()
    expect(positions(page)).to_contain_text("With an incident")
    expect(row_of(page, "amount")).to_contain_text("99")


def test_an_address_leads_to_a_moment_and_an_element(page: Page, reviewed: str) -> None:
    look_at(page, reviewed, "?at=1")
    expect(positions(page)).to_have_text("Active: Check credit history (1).")
    expect(page.get_by_role("treeitem", name="Review application")).to_have_count(0)


# ---- Seeing ---------------------------------------------------------------------------------------------------------


def test_tree_and_diagram_select_in_each_other(page: Page, reviewed: str) -> None:
    look_at(page, reviewed)
    page.mouse.click(*middle(shape(page, "review_application")))
    item = page.get_by_role("treeitem", name="Review application")
    expect(item).to_have_attribute("aria-selected", "true")
    page.get_by_role("treeitem", name="Rate the risk").click()
    expect(page.locator("#diagram [data-element-id=rate_risk].is-selected")).to_have_count(1)
    expect(item).to_have_attribute("aria-selected", "false")


def test_the_tree_works_by_keyboard(page: Page, reviewed: str) -> None:
    look_at(page, reviewed)
    page.get_by_role("treeitem", name="Loan application").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("treeitem", name="Review application")).to_be_visible()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.get_by_role("treeitem", name="Review application")).to_have_attribute("aria-selected", "true")


def test_a_loop_of_many_turns_is_opened_page_by_page(page: Page, api: Api) -> None:
    api.deploy("multi_instance_parallel.bpmn")
    key = api.start("multi_instance_parallel", items=list(range(120)))
    page.goto(f"/operations/instances/{key}")
    expect(page.get_by_text("deployed without a diagram")).to_be_visible()
    expect(positions(page)).to_have_text("Active: Work (120).")
    page.get_by_role("treeitem", name="Work, active").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("treeitem", name=re.compile("Work, loop"))).to_have_count(100)
    page.get_by_role("button", name="Show more (100 of 120)").click()
    expect(page.get_by_role("treeitem", name=re.compile("Work, loop"))).to_have_count(120)
    details = page.get_by_role("tabpanel")
    expect(details).to_contain_text("The first 100 of 120 jobs.")
    below = page.evaluate(BELOW_THE_MAIN_PART)
    assert below <= 1  # the tree scrolls within its panel
    details.get_by_role("link", name="Show them all").click()
    expect(page.get_by_role("navigation", name="Pages")).to_contain_text("50 of 120 jobs")


def test_a_script_in_a_variable_is_text(page: Page, loans: Api) -> None:
    script = "<img src=x onerror=\"document.title='taken'\">"
    key = loans.start("loan_application", **{"applicant": script, script: script})
    look_at(page, key)
    expect(row_of(page, "applicant")).to_contain_text("<img src=x")
    expect(page.get_by_role("rowheader", name=script)).to_be_visible()
    page.get_by_role("tab", name="Audit log").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("<img src=x")
    expect(page).not_to_have_title(re.compile("taken"))


def test_the_page_follows_the_instance_and_keeps_what_is_being_typed(page: Page, stuck: str, loans: Api) -> None:
    look_at(page, stuck)
    page.get_by_role("button", name="Edit income").click()
    page.get_by_label("Value of income").fill("31")
    loans.request("PUT", f"/element-instances/{stuck}/variables", {"variables": {"amount": 77, "income": 5}})
    expect(row_of(page, "amount")).to_contain_text("77")
    expect(page.get_by_label("Value of income")).to_have_value("31")
    expect(page.get_by_role("alert")).to_contain_text("It has been changed meanwhile")
    loans.post(f"/process-instances/{stuck}/cancellation")
    expect(page.locator("#instance-state")).to_have_text("Terminated")
    expect(positions(page)).to_have_text("Nothing is active.")


def test_another_one_is_started_like_this(page: Page, stuck: str) -> None:
    look_at(page, stuck)
    page.get_by_role("button", name="Start one like this").click()
    dialog = page.get_by_role("dialog", name="Start one like this")
    expect(dialog.get_by_label("Variables that it begins with")).to_have_value(re.compile('"applicant": "Ada"'))
    dialog.get_by_role("button", name="Start").click()
    expect(page).not_to_have_url(re.compile(stuck))
    expect(positions(page)).to_have_text("Active: Check credit history (1).")
