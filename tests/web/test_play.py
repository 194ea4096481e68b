"""An analyst tries a draft out before anybody else sees it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.server import FIXTURES
from tests.web.sandboxes import SAMPLES, food_order_that_is_late


def play_file(page: Page, path: str) -> None:
    """Play a file of bpmn_samples."""
    page.goto("/play")
    page.get_by_label("BPMN file").set_input_files(SAMPLES / path)
    expect(page.get_by_label("Its content (BPMN 2.0 XML)")).to_have_value(re.compile("bpmn:definitions"))
    page.get_by_role("button", name="Play the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Play: {Path(path).stem}")


def start(page: Page, name: str, variables: str = "") -> None:
    page.get_by_role("button", name=f"Start {name}").click()
    dialog = page.get_by_role("dialog", name=f"Start {name}")
    dialog.get_by_label("Variables (JSON)").fill(variables)
    dialog.get_by_role("button", name="Start").click()


def told(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("status")


def diagram(page: Page) -> Locator:
    return page.get_by_role("region", name="Diagram")


def waits(page: Page) -> Locator:
    return page.get_by_role("region", name="Waiting for")


def food_order(page: Page) -> None:
    play_file(page, "food_order/food_order.bpmn")
    start(page, "Food order", '{"orderId": "A-1"}')
    expect(told(page)).to_contain_text("Entered: Food order, Order placed, Charge card")


def test_a_draft_is_played_to_its_end_with_its_clock_and_a_message(page: Page) -> None:
    food_order(page)
    diagram(page).get_by_role("button", name="Complete Charge card").click()
    page.get_by_role("button", name="Run on").click()
    expect(told(page)).to_have_text("'Wait for the meal' waits for the message 'meal_ready'.")

    page.get_by_role("button", name="Skip to the date of 20 minutes", exact=True).click()
    expect(waits(page)).to_contain_text("Apologize with a voucher")
    expect(page.get_by_role("region", name="Clock")).to_contain_text("Next date (in 40 min)")

    page.get_by_role("button", name="Send… Wait for the meal").click()
    page.get_by_role("dialog").get_by_role("button", name="Send").click()
    expect(waits(page)).to_contain_text("Find a driver")
    page.get_by_role("button", name="Run on").click()
    page.get_by_role("button", name="Complete Deliver the meal", exact=True).click()
    expect(page.get_by_role("region", name="Instances")).to_contain_text("Completed")
    expect(waits(page)).to_have_text(re.compile("Nothing waits for anybody"))


def test_a_step_back_undoes_what_the_step_did(page: Page) -> None:
    food_order(page)
    diagram(page).get_by_role("button", name="Throw an error at Charge card").click()
    dialog = page.get_by_role("dialog", name="Throw an error at Charge card")
    expect(dialog.get_by_label("Error code")).to_have_value("CARD_DECLINED")
    dialog.get_by_role("button", name="Throw the error").click()
    expect(page.get_by_role("region", name="Instances")).to_contain_text("Completed")

    page.get_by_role("button", name="Step back").click()
    expect(page.get_by_role("region", name="Instances")).to_contain_text("Active")
    expect(waits(page)).to_contain_text("food.charge-card")


def test_a_failed_job_is_an_incident_on_the_diagram_that_is_resolved(page: Page) -> None:
    food_order(page)
    page.get_by_role("button", name="Fail… Charge card").click()
    dialog = page.get_by_role("dialog", name="Fail Charge card")
    dialog.get_by_label("Retries left").fill("0")
    dialog.get_by_label("Message").fill("the terminal is broken")
    dialog.get_by_role("button", name="Fail the job").click()
    expect(waits(page)).to_contain_text("the terminal is broken")
    expect(diagram(page).locator(".token.incident")).to_have_text("1")

    diagram(page).get_by_role("button", name="Resolve the incident of Charge card").click()
    expect(diagram(page).locator(".token.incident")).to_have_count(0)
    expect(page.get_by_role("button", name="Complete Charge card", exact=True)).to_be_visible()


def test_variables_are_edited_in_place(page: Page) -> None:
    food_order(page)
    value = page.get_by_label("Value of orderId in Food order")
    value.fill('"A-2"')
    value.press("Enter")
    expect(page.get_by_role("region", name="Steps")).to_contain_text("Set variables 'Food order'")
    expect(page.get_by_label("Value of orderId in Food order")).to_have_value('"A-2"')


def test_what_is_no_json_is_refused_with_what_was_expected(page: Page) -> None:
    food_order(page)
    value = page.get_by_label("Value of orderId in Food order")
    value.fill("A-2")
    value.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Expected a value as JSON")

    start(page, "Food order", "{bad")
    dialog = page.get_by_role("dialog", name="Start Food order")
    expect(dialog.get_by_role("alert")).to_contain_text("Expected variables as a JSON object")
    expect(dialog.get_by_label("Variables (JSON)")).to_have_value("{bad")


def test_a_scenario_is_kept_and_played_again(page: Page) -> None:
    food_order(page)
    page.get_by_label("Name of the scenario").fill("Card is charged")
    page.get_by_role("button", name="Keep the steps").click()
    expect(told(page)).to_have_text("'Card is charged' is kept, with 1 step.")

    page.get_by_role("button", name="Restart").click()
    expect(told(page)).to_contain_text("Nothing has happened yet")
    page.get_by_role("button", name="Play Card is charged").click()
    expect(told(page)).to_have_text("'Card is charged' went as it was recorded.")
    expect(waits(page)).to_contain_text("Charge card")
    page.get_by_role("button", name="Run all").click()
    expect(page.get_by_role("region", name="How it went")).to_contain_text("As recorded")


def test_a_draft_with_mistakes_is_told_them(page: Page) -> None:
    page.goto("/play")
    broken = (SAMPLES / "food_order/food_order.bpmn").read_text().replace('type="food.charge-card"', "")
    page.get_by_label("Its content (BPMN 2.0 XML)").fill(broken)
    page.get_by_role("button", name="Play the file").click()
    problem = page.get_by_role("row", name=re.compile("charge_card"))
    expect(problem).to_contain_text("Must have a job type: set the type that workers ask for.")


def test_a_markup_in_a_variable_is_only_text(page: Page) -> None:
    play_file(page, "food_order/food_order.bpmn")
    start(page, "Food order", '{"orderId": "</script><script>document.title = 1</script>"}')
    value = page.get_by_label("Value of orderId in Food order")
    expect(value).to_have_value('"</script><script>document.title = 1</script>"')


def test_a_draft_of_the_library_is_played_with_its_forms(page: Page) -> None:
    page.goto("/modeler")
    token = page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    made = page.request.post("/modeler/new", form={"sample": "loan_application", "csrf_token": token})
    assert made.ok, made.text()
    page.goto("/play")
    page.get_by_role("button", name=re.compile("Play Loan application", re.IGNORECASE)).first.click()

    page.get_by_role("button", name="Start Loan application").click()
    dialog = page.get_by_role("dialog", name="Start Loan application")
    dialog.get_by_label("Name").fill("Ada Byron")
    dialog.get_by_label("Amount").fill("9000")
    dialog.get_by_label("Yearly income").fill("3000")
    dialog.get_by_role("button", name="Start").click()
    expect(page.get_by_label("Value of amount in Loan application")).to_have_value("9000")

    page.get_by_role("button", name="Complete with… Check credit history").click()
    dialog = page.get_by_role("dialog", name="Complete Check credit history")
    dialog.get_by_label("Variables (JSON)").fill('{"creditScore": 600}')
    dialog.get_by_role("button", name="Complete").click()
    page.get_by_role("button", name="Fill in… Review application").click()
    expect(
        page.get_by_role("dialog", name="Complete Review application").get_by_role("heading", level=2)
    ).to_be_visible()
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Take the current draft").click()
    expect(told(page)).to_have_text("This is the current draft.")
    expect(waits(page)).to_contain_text("for the groups loan-officers")


def test_the_keyboard_goes_through_a_story(page: Page) -> None:
    food_order(page)
    page.get_by_role("button", name="Complete Charge card", exact=True).press("Enter")
    expect(told(page)).to_contain_text("Entered: Send order to restaurant")
    page.keyboard.press("r")
    expect(told(page)).to_contain_text("waits for the message 'meal_ready'")
    page.keyboard.press("n")
    expect(told(page)).to_contain_text("Entered: 20 minutes, Apologize with a voucher")
    page.keyboard.press("z")
    expect(waits(page)).not_to_contain_text("Apologize")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_a_sandbox_is_accessible(pages: str, page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(food_order_that_is_late(pages))
    diagram(page).get_by_role("button", name="Resolve the incident of Apologize with a voucher").wait_for()
    violations = Axe().run(page).response["violations"]
    grave = [each for each in violations if each["impact"] in ("serious", "critical")]
    assert not grave, [(each["id"], [node["html"] for node in each["nodes"]]) for each in grave]


def test_the_modeler_opens_its_draft_in_a_sandbox(page: Page) -> None:
    page.goto("/modeler")
    token = page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    made = page.request.post("/modeler/new", form={"sample": "payment_saga", "csrf_token": token})
    page.goto(made.url)
    page.locator(".djs-container svg").first.wait_for()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page).to_have_url(re.compile(r"/play/\d+$"))
    expect(page.get_by_role("link", name="Edit")).to_have_attribute("href", re.compile(r"^/modeler/\d+$"))
    expect(page.get_by_role("button", name=re.compile("^Start "))).to_be_visible()


def test_a_file_without_a_drawing_is_played_in_the_list(page: Page) -> None:
    page.goto("/play")
    page.get_by_label("Its content (BPMN 2.0 XML)").fill((FIXTURES / "one_task.bpmn").read_text())
    page.get_by_role("button", name="Play the file").click()
    expect(diagram(page)).to_contain_text("Everything can be done in the list.")
