"""What operators do with many instances at once, in the browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.server import Api
from tests.web import food_orders
from tests.web.furnished import furnish


def rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Process instances").locator("tbody tr")


def test_failed_instances_are_found_by_their_error_and_resolved_at_once(page: Page, api: Api) -> None:
    food_orders.deploy(api)
    food_orders.fail(api, 3, "The card 4711 is unknown")
    food_orders.fail(api, 1, "The card service is away")

    page.goto("/operations")
    page.get_by_role("link", name="The card 4711 is unknown").click()
    expect(rows(page)).to_have_count(3)
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Resolve incidents").click()
    page.get_by_role("dialog").get_by_role("button", name="Resolve").click()

    expect(page).to_have_url(re.compile("/operations/batches/[0-9]+"))
    expect(page.get_by_role("heading", name="Resolve incidents")).to_be_visible()
    expect(page.get_by_text("3 of 3", exact=True)).to_be_visible()
    expect(page.get_by_role("table", name="What came of each").get_by_text("Done")).to_have_count(3)
    page.goto("/operations/incidents")
    expect(page.get_by_role("table", name="Incidents").locator("tbody tr")).to_have_count(1)


def test_failed_instances_are_tried_again_with_changed_variables(page: Page, api: Api) -> None:
    food_orders.deploy(api)
    food_orders.fail(api, 2, "The card 4711 is unknown")

    page.goto("/operations/instances?state=incident")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Resolve incidents").click()
    dialog = page.get_by_role("dialog", name="Resolve incidents")
    dialog.get_by_label("Variables to change first").fill('{"card": 4712')
    dialog.get_by_role("button", name="Resolve").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The variables are not valid JSON")
    dialog.get_by_label("Variables to change first").fill('{"card": 9007199254740993}')
    dialog.get_by_role("button", name="Resolve").click()

    expect(page.get_by_text("2 of 2", exact=True)).to_be_visible()
    jobs = api.jobs("food.charge-card", 2)
    assert [job["variables"]["card"] for job in jobs] == [9007199254740993] * 2


def test_all_that_match_are_canceled_not_only_those_of_the_page(page: Page, api: Api) -> None:
    food_orders.deploy(api)
    food_orders.order(api, 60, "acme")
    [spared] = food_orders.order(api, 1, "other")

    page.goto("/operations/instances?business=acme")
    expect(rows(page)).to_have_count(50)
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Select all 60 that match").click()
    page.get_by_role("button", name="Cancel", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Cancel all 60 instances that match?")
    dialog.get_by_role("button", name="Cancel instances").click()

    expect(page.get_by_text("60 of 60", exact=True)).to_be_visible()
    expect(page.get_by_text("60 done")).to_be_visible()
    page.goto("/operations/instances")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("link", name=spared)).to_be_visible()


def test_what_has_ended_is_deleted_from_a_list(page: Page, api: Api) -> None:
    food_orders.deploy(api)
    [ended, running] = food_orders.order(api, 2)
    api.post(f"/process-instances/{ended}/cancellation")
    page.goto("/operations/instances?state=finished")
    page.get_by_role("checkbox", name=f"Select {ended}").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete one instance?")
    dialog.get_by_role("button", name="Delete instances").click()

    expect(page.get_by_text("1 of 1", exact=True)).to_be_visible()
    assert [each["processInstanceKey"] for each in api.search("/process-instances")] == [running]


def test_an_item_that_is_refused_says_why(page: Page, api: Api) -> None:
    food_orders.deploy(api)
    [key] = food_orders.order(api, 1)
    page.goto(f"/operations/instances?keys={key}")
    page.get_by_role("checkbox", name=f"Select {key}").check()
    page.get_by_role("button", name="Move tokens").click()
    dialog = page.get_by_role("dialog", name="Move tokens")
    dialog.get_by_label("From").select_option("find_driver")
    dialog.get_by_label("To").select_option("deliver_meal")
    dialog.get_by_role("button", name="Preview").click()
    expect(dialog.get_by_text("1 of 1 would be refused.")).to_be_visible()
    expect(dialog.get_by_role("table")).to_contain_text("find_driver")
    dialog.get_by_role("button", name="Move", exact=True).click()

    expect(page.get_by_text("1 refused")).to_be_visible()
    expect(page.get_by_role("table", name="What came of each")).to_contain_text("find_driver")


def test_instances_are_migrated_with_the_mapping_that_is_proposed(page: Page, api: Api) -> None:
    food_orders.deploy(api)
    food_orders.order(api, 2)
    food_orders.deploy(api, task="Charge the card")

    page.goto("/operations/definitions/food_order?version=1")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Migrate").click()
    dialog = page.get_by_role("dialog", name="Migrate")
    expect(dialog.get_by_text("Every element has its counterpart.")).to_be_visible()
    dialog.get_by_role("button", name="Preview").click()
    expect(dialog.get_by_text("All 2 can be changed so.")).to_be_visible()
    dialog.get_by_role("button", name="Migrate").click()

    expect(page.get_by_text("2 of 2", exact=True)).to_be_visible()
    page.goto("/operations/definitions/food_order?version=2")
    expect(rows(page)).to_have_count(2)


def test_a_proposal_that_fails_late_says_nothing_about_the_one_that_is_shown(page: Page, api: Api) -> None:
    for name in ("Charge card", "Charge the card", "Charge it"):
        food_orders.deploy(api, task=name)
    food_orders.order(api, 1)
    page.goto("/operations/definitions/food_order")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Migrate").click()
    dialog = page.get_by_role("dialog", name="Migrate")
    expect(dialog.get_by_text("Every element has its counterpart.")).to_be_visible()
    waiting: list[Route] = []

    def keep(route: Route) -> None:
        waiting.append(route)

    page.route("**/migration-plan", keep, times=1)
    dialog.get_by_label("To", exact=True).select_option(label="Food order, version 1")
    expect(dialog.get_by_text("Every element has its counterpart.")).to_have_count(0)
    dialog.get_by_label("To", exact=True).select_option(label="Food order, version 2")
    expect(dialog.get_by_text("Every element has its counterpart.")).to_be_visible()

    with page.expect_event("requestfailed"):
        waiting[0].abort()
    expect(dialog.get_by_role("alert")).to_be_empty()
    expect(dialog.get_by_text("Every element has its counterpart.")).to_be_visible()


def test_a_migration_is_tried_on_all_that_match_before_it_is_done(
    page: Page, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.operations.previews.LIMIT", 2)
    food_orders.deploy(api)
    food_orders.order(api, 5)
    food_orders.deploy(api, task="Charge the card")

    page.goto("/operations/definitions/food_order?version=1")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Migrate").click()
    dialog = page.get_by_role("dialog", name="Migrate")
    dialog.get_by_role("button", name="Preview").click()
    expect(dialog.get_by_role("status")).to_contain_text("All 2 can be changed so. These are the first of 5.")
    dialog.get_by_role("button", name="Try all of them").click()
    expect(dialog.get_by_role("status")).to_have_text("All 5 can be changed so.")

    dialog.get_by_label("Charge card becomes").select_option("")
    dialog.get_by_role("button", name="Preview").click()
    dialog.get_by_role("button", name="Try all of them").click()
    expect(dialog.get_by_role("status")).to_have_text("5 of 5 would be refused.")
    expect(dialog.get_by_text("'charge_card' is active and is not mapped")).to_have_count(5)


def test_the_diagram_shows_counts_and_heat_and_narrows_the_list(page: Page, api: Api) -> None:
    food_orders.deploy(api)
    food_orders.order(api, 2)
    [stuck] = food_orders.fail(api, 1, "The card is unknown")

    page.goto("/operations/definitions/food_order")
    diagram = page.get_by_label(re.compile("Diagram of Food order"))
    expect(diagram.get_by_title("2 active")).to_be_visible()
    expect(diagram.get_by_title("1 with an incident")).to_be_visible()
    page.get_by_role("button", name="Frequency").click()
    expect(page).to_have_url(re.compile("shows=frequency"))
    expect(diagram.locator(".heat")).to_have_count(2)
    expect(diagram.locator(".heat-caption").first).to_have_text("3")
    expect(diagram.get_by_title("2 active")).to_have_count(0)

    page.get_by_role("link", name="With incidents").click()
    expect(rows(page)).to_have_count(1)
    expect(diagram).to_have_attribute("data-drawn", "true")
    diagram.locator('[data-element-id="charge_card"] .djs-hit').click()
    expect(page).to_have_url(re.compile("element=charge_card"))
    expect(rows(page)).to_contain_text(stuck)
    expect(diagram).to_have_attribute("data-drawn", "true")
    diagram.locator('[data-element-id="await_meal"] .djs-hit').click()
    expect(page.get_by_text("No instance matches")).to_be_visible()


def test_the_diagram_narrows_the_list_before_its_numbers_are_counted(page: Page, api: Api) -> None:
    food_orders.deploy(api)
    food_orders.order(api, 1)
    page.route("**/elements*", lambda route: None)  # never answered
    page.goto("/operations/definitions/food_order")
    diagram = page.get_by_label(re.compile("Diagram of Food order"))
    expect(diagram).to_have_attribute("data-drawn", "true")
    diagram.locator('[data-element-id="charge_card"] .djs-hit').click()
    expect(page).to_have_url(re.compile("element=charge_card"))


#: What the badges of a diagram cover of the events, the names and each other: pairs of texts and ids.
COVERED = """async (events) => {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame); // what is drawn has its size then
  const names = [...document.querySelectorAll('[data-element-id$="_label"]')].map((label) => label.dataset.elementId);
  const visual = (id) => document.querySelector(`[data-element-id="${id}"] > .djs-visual`);
  const drawn = [...events, ...names].map((id) => [id, visual(id)]);
  const badges = document.querySelectorAll('.djs-overlay :is(.tokens, .heat-caption)');
  const rows = [...badges].map((row) => [row.innerText, row]);
  const shared = (one, other, from, to) => Math.min(one[to], other[to]) - Math.max(one[from], other[from]);
  const covers = (row, element) => {
    const [one, other] = [row.getBoundingClientRect(), element.getBoundingClientRect()];
    return row !== element && shared(one, other, 'left', 'right') > 1 && shared(one, other, 'top', 'bottom') > 1;
  };
  const covered = (row) => [...drawn, ...rows].filter(([, each]) => covers(row, each));
  return rows.flatMap(([text, row]) => covered(row).map(([name]) => [text, name]));
}"""


def test_counts_cover_neither_events_nor_names_nor_each_other(page: Page, api: Api) -> None:
    furnish(api)
    events = ["card_declined", "restaurant_is_late", "restaurant_gave_up", "driver_cancelled", "order_placed"]
    for width in (1400, 500):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/operations/definitions/food_order")
        expect(page.locator("[data-drawn] .tokens")).to_have_count(7)
        assert page.evaluate(COVERED, events) == []
        page.get_by_role("button", name="Frequency").click()
        expect(page.locator("[data-drawn] .heat-caption")).to_have_count(7)
        assert page.evaluate(COVERED, events) == []


def test_the_diagram_shows_how_long_each_element_takes(page: Page, api: Api) -> None:
    food_orders.deploy(api)
    food_orders.order(api, 1)
    (job,) = api.jobs("food.charge-card", 1)
    api.post(f"/jobs/{job['jobKey']}/completion", {"variables": {"paymentId": "P-17"}})

    page.goto("/operations/definitions/food_order")
    page.get_by_role("button", name="Duration").click()
    expect(page).to_have_url(re.compile("shows=duration"))
    diagram = page.get_by_label(re.compile("Diagram of Food order"))
    expect(diagram.locator(".heat-caption")).to_have_text(re.compile(r"^[0-9.,]+ (ms|s)$"))
    expect(page.locator("#elements [data-element=charge_card]")).to_contain_text(re.compile(r"[0-9] (ms|s)"))


def test_a_list_follows_what_happens_elsewhere(page: Page, api: Api) -> None:
    food_orders.deploy(api)
    page.goto("/operations/definitions/food_order")
    expect(page.get_by_text("No instance is running")).to_be_visible()
    expect(page.locator("[data-drawn]")).to_be_visible()
    [key] = food_orders.order(api, 1)
    expect(page.get_by_role("link", name=key)).to_be_visible()
    expect(page.get_by_label(re.compile("Diagram of Food order")).get_by_title("1 active")).to_be_visible()


def test_an_instance_is_started_like_another_one(page: Page, api: Api) -> None:
    food_orders.deploy(api)
    [key] = food_orders.order(api, 1, "acme", amount=12)
    page.goto("/operations/instances")
    page.get_by_role("button", name=f"Start one like {key}").click()
    dialog = page.get_by_role("dialog", name="Start an instance")
    expect(dialog.get_by_label("Business id")).to_have_value("acme")
    dialog.get_by_label("Variables").fill('{"amount": 13')
    dialog.get_by_role("button", name="Start").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The variables are not valid JSON")
    dialog.get_by_label("Variables").fill('{"amount": 13}')
    dialog.get_by_role("button", name="Start").click()
    expect(page).to_have_url(re.compile("/operations/instances/[0-9]+"))
    assert len(api.search("/process-instances", variables=[{"name": "amount", "value": "13"}])) == 1


def test_incidents_are_resolved_one_by_one_with_what_came_of_each(page: Page, api: Api) -> None:
    food_orders.deploy(api)
    food_orders.fail(api, 2, "The card is unknown")
    page.goto("/operations/incidents")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_role("toolbar", name="Operations on incidents")).to_contain_text("2 resolved")
    assert api.search("/incidents", state="ACTIVE") == []


def test_dates_of_a_filter_are_those_of_the_reader_and_the_address_is_utc(page: Page, api: Api) -> None:
    food_orders.deploy(api)
    food_orders.order(api, 1)
    page.goto("/operations/instances")
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Started until").fill("2020-01-31T08:00")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"\?state=running&started_to=2020-01-31T08%3A00%3A00\.000Z$"))
    expect(page.get_by_text("No instance matches")).to_be_visible()


def test_what_is_written_into_names_and_messages_is_text(page: Page, api: Api) -> None:
    script = "<script>document.title='taken'</script>"
    food_orders.deploy(api, name=f"Order {script}", task=f"<img src=x onerror=alert(1)> {script}")
    food_orders.fail(api, 1, f"Failed {script}")
    for path in ("/operations", "/operations/definitions/food_order", "/operations/incidents"):
        page.goto(path)
        expect(page.get_by_text(script, exact=False).first).to_be_attached()
        expect(page).to_have_title(re.compile("Pointsman$"))
        assert page.locator("main img").count() == 0


def test_a_message_is_published_to_who_waits_for_it(page: Page, api: Api) -> None:
    food_orders.deploy(api)
    page.goto("/operations/messages")
    page.get_by_role("button", name="Publish a message").click()
    dialog = page.get_by_role("dialog", name="Publish a message")
    page.mouse.click(5, 5)
    expect(dialog).to_have_count(0)  # a click beside it closes it
    page.get_by_role("button", name="Publish a message").click()
    dialog.get_by_label("Message name").fill("meal ready")
    page.mouse.click(5, 5)  # but throws nothing away that was typed
    dialog.get_by_label("Correlation key").fill("A-1")
    dialog.get_by_label("Kept for (seconds)").fill("600")
    dialog.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("The message “meal ready” is published.")).to_be_visible()
    page.get_by_role("link", name="Buffered").click()
    expect(page.get_by_role("table", name="Buffered")).to_contain_text("A-1")


def test_all_who_are_selected_get_their_messages(page: Page, api: Api) -> None:
    api.deploy("message_catch.bpmn")
    keys = [api.start("message_catch", orderId=f"A-{number}") for number in range(3)]
    page.goto("/operations/messages")
    page.get_by_role("checkbox", name="Select all on this page").check()
    api.post(f"/process-instances/{keys[0]}/cancellation")
    page.get_by_role("button", name="Send the messages").click()
    dialog = page.get_by_role("dialog", name="Send the messages")
    dialog.get_by_label("Variables").fill('{"paid": true}')
    dialog.get_by_role("button", name="Send").click()

    expect(page.get_by_role("toolbar", name="Operations on subscriptions")).to_contain_text("2 received, 1 refused")
    expect(page.get_by_role("table", name="Subscriptions").get_by_text("received", exact=True)).to_have_count(2)
    expect(page.get_by_role("table", name="Subscriptions")).to_contain_text("A-0")
    assert len(api.search("/variables", name="paid", value="true")) == 2
