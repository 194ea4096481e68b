"""Clerks at work on their tasks, in browsers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.server import Api, running_server
from tests.web.task_people import FORM, acts_as, deploy, offer, task_of

SCRIPT = "<img src=x onerror=\"document.title='broken into'\"><script>document.title='broken into'</script>"


@pytest.fixture(scope="module")
def pages(module_database_url: str) -> Iterator[str]:
    """One server for all of these stories."""
    with running_server(module_database_url) as url, Api(url) as api:
        deploy(api, offer(), offer("plain", form=None))
        yield url


@pytest.fixture
def api(pages: str) -> Iterator[Api]:
    """The REST API; no task is left over for the next story."""
    with Api(pages) as client:
        yield client
        for instance in client.search("/process-instances", state="ACTIVE"):
            client.post(f"/process-instances/{instance['processInstanceKey']}/cancellation")


@pytest.fixture
def clara(pages: str, context: BrowserContext) -> Page:
    """A clerk's browser."""
    return acts_as(context, pages, "clara").new_page()


@pytest.fixture
def colin(browser: Browser, browser_context_args: dict[str, Any], pages: str) -> Iterator[Page]:
    """Another clerk's."""
    context = browser.new_context(**browser_context_args)
    yield acts_as(context, pages, "colin").new_page()
    context.close()


def listed(page: Page) -> Any:
    """The tasks in the list."""
    return page.locator("#task-items").get_by_role("link", name="Check the offer")


def test_a_clerk_claims_a_task_and_completes_it_with_its_form(api: Api, clara: Page) -> None:
    first, second = api.start("offer", customer="Ada"), api.start("offer", customer="Bob")
    clara.goto("/tasks?view=groups&order=oldest")
    listed(clara).first.click()
    expect(clara.get_by_text("An offer for Ada.")).to_be_visible()
    expect(clara.get_by_label("Reason")).not_to_be_editable()
    clara.get_by_role("button", name="Claim").click()

    clara.get_by_role("button", name="Complete task").click()
    expect(clara.get_by_text("Field is required.")).to_be_visible()
    clara.get_by_label("Approved").check()
    clara.get_by_label("Reason").fill("A good customer")
    clara.get_by_role("button", name="Complete task").click()

    expect(clara.get_by_text("An offer for Bob.")).to_be_visible()  # the next one has opened
    expect(clara).to_have_url(f"{api.url}/tasks/{task_of(api, second)}?view=groups&order=oldest")
    assert api.get(f"/process-instances/{first}")["state"] == "COMPLETED"
    values = {each["name"]: each["value"] for each in api.search("/variables", processInstanceKey=first)}
    assert values == {"customer": '"Ada"', "approved": "true", "reason": '"A good customer"'}


def test_a_click_counts_although_the_list_changes_between_press_and_release(api: Api, clara: Page) -> None:
    api.start("offer", customer="Ada")
    clara.goto("/tasks?view=groups&order=oldest")
    listed(clara).first.hover()
    clara.mouse.down()
    with clara.expect_response(re.compile("/tasks/list")):
        api.start("offer", customer="Bob")
    clara.mouse.up()
    expect(clara.get_by_text("An offer for Ada.")).to_be_visible()
    expect(listed(clara)).to_have_count(2)


def test_what_another_claims_leaves_the_list_by_itself(api: Api, clara: Page, colin: Page) -> None:
    api.start("offer", customer="Ada")
    for page in (clara, colin):
        page.goto("/tasks?view=groups")
        expect(listed(page)).to_have_count(1)
    listed(colin).click()
    colin.get_by_role("button", name="Claim").click()
    expect(listed(clara)).to_have_count(0)
    colin.get_by_role("button", name="Unclaim").click()
    expect(listed(clara)).to_have_count(1)


def test_an_open_task_that_changes_elsewhere_keeps_what_was_typed(api: Api, clara: Page) -> None:
    key = task_of(api, api.start("offer", customer="Ada"))
    api.post(f"/user-tasks/{key}/assignment", {"assignee": "clara"})
    clara.goto(f"/tasks/{key}?view=mine")
    clara.get_by_label("Reason").fill("Half a sen")
    api.post(f"/user-tasks/{key}/assignment", {"assignee": "colin"})

    expect(clara.get_by_text("It is assigned to colin now.")).to_be_visible()
    expect(clara.get_by_label("Reason")).to_have_value("Half a sen")
    clara.get_by_role("button", name="Show it as it is now").click()
    expect(clara.get_by_role("button", name="Complete task")).to_have_count(0)


def test_a_task_that_another_completed_is_refused_and_keeps_what_was_typed(api: Api, clara: Page) -> None:
    key = task_of(api, api.start("offer", customer="Ada"))
    api.post(f"/user-tasks/{key}/assignment", {"assignee": "clara"})
    clara.goto(f"/tasks/{key}")
    clara.get_by_label("Reason").fill("Fine")
    api.post(f"/user-tasks/{key}/completion", {})
    clara.get_by_role("button", name="Complete task").click()
    expect(clara.locator("#task-refused")).to_contain_text("This task is completed already.")
    expect(clara.get_by_label("Reason")).to_have_value("Fine")


def test_what_was_typed_while_the_server_was_away_is_kept_once_it_is_back(api: Api, clara: Page) -> None:
    key = task_of(api, api.start("offer", customer="Ada"))
    other = task_of(api, api.start("offer", customer="Bob"))
    api.post(f"/user-tasks/{key}/assignment", {"assignee": "clara"})
    clara.goto(f"/tasks/{key}?view=all")
    expect(clara.get_by_label("Reason")).to_be_editable()
    clara.context.set_offline(True)
    clara.get_by_label("Reason").fill("Half a sen")
    clara.get_by_role("button", name="Complete task").click()
    expect(clara.locator("#task-refused")).to_contain_text("The server cannot be reached.")
    clara.locator(f"[data-task='{other}']").click()
    expect(clara.locator("#task-refused")).to_contain_text("What you typed is not saved yet")

    clara.context.set_offline(False)
    expect(clara.get_by_text("Saved as a draft.")).to_be_visible()  # without another key being pressed
    clara.reload()
    expect(clara.get_by_label("Reason")).to_have_value("Half a sen")


def test_what_was_typed_is_there_after_the_page_is_loaded_again(api: Api, clara: Page) -> None:
    key = task_of(api, api.start("offer", customer="Ada"))
    api.post(f"/user-tasks/{key}/assignment", {"assignee": "clara"})
    clara.goto(f"/tasks/{key}")
    clara.get_by_label("Reason").fill("Half a sen")
    expect(clara.get_by_text("Saved as a draft.")).to_be_visible()
    clara.reload()
    expect(clara.get_by_label("Reason")).to_have_value("Half a sen")
    clara.get_by_role("button", name="Discard what I typed").click()
    expect(clara.get_by_label("Reason")).to_have_value("")


def test_a_task_is_found_claimed_and_completed_by_keyboard_alone(api: Api, clara: Page) -> None:
    api.start("offer", customer="Ada")
    instance = api.start("offer", customer="Bob")
    clara.goto("/tasks?view=groups&order=oldest")
    expect(listed(clara)).to_have_count(2)
    press = clara.keyboard.press
    press("j")
    press("j")
    press("Enter")
    expect(clara.get_by_text("An offer for Bob.")).to_be_visible()
    press("c")
    expect(clara.get_by_label("Approved")).to_be_focused()
    press("Space")
    press("Tab")
    clara.keyboard.type("By hand")
    press("Control+Enter")
    expect(clara.get_by_text("An offer for Ada.")).to_be_visible()
    assert api.get(f"/process-instances/{instance}")["state"] == "COMPLETED"


def test_a_task_without_a_form_is_done_with_its_variables(api: Api, clara: Page) -> None:
    instance = api.start("plain", amount=12, city="Paris", when="2026-01-31", ok=True, order={"items": [1]})
    key = task_of(api, instance)
    api.post(f"/user-tasks/{key}/assignment", {"assignee": "clara"})
    clara.goto(f"/tasks/{key}")
    expect(clara.get_by_label("when Date")).to_have_value("2026-01-31")
    clara.get_by_label("amount Number").fill("twelve")
    clara.get_by_role("button", name="Complete task").click()
    expect(clara.locator("#task-refused")).to_contain_text("'amount' must be a number")
    clara.get_by_label("amount Number").fill("13.5")
    clara.get_by_label("ok Yes or no").select_option("No")
    clara.get_by_role("button", name="Add a variable").click()
    clara.get_by_role("textbox", name="Name").fill("note")
    clara.get_by_role("textbox", name="Value").fill("Done")
    clara.get_by_role("button", name="Complete task").click()
    expect(clara.get_by_text("Completed: Check the offer")).to_be_visible()
    expect(clara.get_by_role("region", name="Task")).to_contain_text("No task is open")  # it was the last one
    values = {each["name"]: each["value"] for each in api.search("/variables", processInstanceKey=instance)}
    assert values == {
        "amount": "13.5", "city": '"Paris"', "when": '"2026-01-31"', "ok": "false", "order": '{"items":[1]}',
        "note": '"Done"',
    }  # fmt: skip


@pytest.mark.parametrize("process", ["plain", "offer"])
def test_a_script_in_a_variable_is_shown_as_text(api: Api, clara: Page, process: str) -> None:
    key = task_of(api, api.start(process, customer=SCRIPT, **{SCRIPT: SCRIPT}))
    api.post(f"/user-tasks/{key}/assignment", {"assignee": "clara"})
    clara.goto(f"/tasks/{key}")
    if process == "plain":
        expect(clara.get_by_label("customer Text")).to_have_value(SCRIPT)
        expect(clara.get_by_label(f"{SCRIPT} Text")).to_have_value(SCRIPT)
    else:
        expect(clara.get_by_text(f"An offer for {SCRIPT}.")).to_be_visible()
    expect(clara).to_have_title("Check the offer · Pointsman")


def test_the_diagram_shows_where_the_task_is(api: Api, clara: Page) -> None:
    api.deploy("../../bpmn_samples/loan_application/loan_application.bpmn")
    api.deploy("../../bpmn_samples/loan_application/loan_decision.form")
    api.start("loan_application", applicant="Ada", amount=12000, income=40000)
    (job,) = api.jobs("loan.check-credit")
    api.post(f"/jobs/{job['jobKey']}/completion", {"variables": {"creditScore": 620}})
    clara.goto("/tasks?view=groups")
    clara.get_by_role("link", name="Review application").click()
    clara.get_by_role("tab", name="Diagram").click()
    expect(clara.locator("[data-element-id=review_application].task-is-here")).to_be_visible()
    expect(clara.get_by_text("The task is at “Review application” of Loan application.")).to_be_visible()


def test_in_the_dark_the_marked_task_can_be_read(
    api: Api, browser: Browser, browser_context_args: dict[str, Any], pages: str
) -> None:
    api.deploy("../../bpmn_samples/loan_application/loan_decision.form")
    api.deploy("../../bpmn_samples/loan_application/loan_application.bpmn")
    api.start("loan_application", applicant="Ada", amount=12000, income=40000)
    (job,) = api.jobs("loan.check-credit")
    api.post(f"/jobs/{job['jobKey']}/completion", {"variables": {"creditScore": 620}})
    context = browser.new_context(**browser_context_args, color_scheme="dark")
    page = acts_as(context, pages, "clara").new_page()
    page.goto("/tasks?view=groups")
    page.get_by_role("link", name="Review application").click()
    page.get_by_role("tab", name="Diagram").click()
    task = page.locator("[data-element-id=review_application].task-is-here .djs-visual")
    expect(task).to_be_visible()

    def brightness(locator: Locator, colour: str) -> float:
        """From 0 to 255."""
        shown = locator.evaluate("(element, name) => getComputedStyle(element)[name]", colour)
        return sum(float(part) for part in re.findall(r"[\d.]+", shown)[:3]) / 3

    assert brightness(page.locator("#panel-diagram .diagram"), "backgroundColor") < 60
    assert brightness(task.locator("> :first-child"), "fill") < 60
    assert brightness(task.locator("text").first, "fill") > 200
    context.close()


def test_the_html_of_a_form_asks_for_nothing(api: Api, clara: Page) -> None:
    html = (
        '<button type="button" data-act="unclaim">A prize</button><form data-act="assign"><button>Yes</button></form>'
        '<p data-hx-post="/sign-out" data-hx-trigger="load" hx-get="/profile" hx-trigger="load">Look</p>'
        '<iframe src="https://evil.example"></iframe><form action="/sign-out" method="post"><button>No</button></form>'
    )
    form = FORM | {"components": [{"type": "html", "id": "evil", "content": html}, *FORM["components"]]}
    deploy(api, offer("tricky", form=form))
    key = task_of(api, api.start("tricky", customer="Ada"))
    api.post(f"/user-tasks/{key}/assignment", {"assignee": "clara"})
    clara.goto(f"/tasks/{key}")
    expect(clara.get_by_text("An offer for Ada.")).to_be_visible()
    asked: list[str] = []
    clara.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    for button in clara.locator(".fjs-container").get_by_role("button").all():
        button.click()
    clara.get_by_label("Reason").fill("None")
    expect(clara.get_by_text("Saved as a draft.")).to_be_visible()
    own = (f"POST {clara.url}/draft", f"GET {clara.url}/state", f"GET {clara.url.removesuffix(key)}list?")
    assert [each for each in asked if each not in own] == []  # the page keeps the draft, and looks what others do
    assert api.get(f"/user-tasks/{key}")["assignee"] == "clara"
    expect(clara).to_have_title("Check the offer · Pointsman")


@pytest.mark.parametrize("component", ["text", "html"])
@pytest.mark.parametrize("template", ["<p>Of {{customer}}</p>", "=customer", '="Of " + customer'])
def test_the_value_of_a_variable_is_text_in_a_form(api: Api, clara: Page, component: str, template: str) -> None:
    content = {"text": "text", "html": "content"}[component]
    form = FORM | {"components": [{"type": component, "id": "shown", content: template}]}
    deploy(api, offer("told", form=form))
    markup = '<a href="https://evil.example">Sign in again</a>'
    key = task_of(api, api.start("told", customer=markup))
    clara.goto(f"/tasks/{key}?view=groups")
    expect(clara.locator(".fjs-container").get_by_text(markup)).to_be_visible()
    expect(clara.locator(".fjs-container a[href*=evil]")).to_have_count(0)


def test_a_process_is_started_from_the_list(api: Api, clara: Page) -> None:
    clara.goto("/tasks?view=groups")
    clara.get_by_role("button", name="Start a process").click()
    clara.get_by_role("searchbox", name="Search processes").fill("make")
    clara.get_by_role("button", name="offer, version 1").click()
    clara.get_by_role("button", name="Add a variable").click()
    clara.get_by_role("textbox", name="Name").fill("customer")
    clara.get_by_role("textbox", name="Value").fill("Eve")
    clara.get_by_role("button", name="Start", exact=True).click()
    expect(clara.get_by_text("Started: Make an offer")).to_be_visible()
    listed(clara).click()  # it has come by itself
    expect(clara.get_by_text("An offer for Eve.")).to_be_visible()
    clara.get_by_role("button", name="Started by me").click()
    row = clara.get_by_role("dialog", name="Processes I started").get_by_role("row", name="Make an offer")
    expect(row.first).to_contain_text("Active")


def test_comments_and_history_tell_who_did_what(api: Api, clara: Page) -> None:
    api.start("offer", customer="Ada")
    clara.goto("/tasks?view=groups")
    listed(clara).click()
    clara.get_by_role("button", name="Claim").click()
    expect(clara.get_by_role("button", name="Complete task")).to_be_visible()
    clara.get_by_role("tab", name="Comments").click()
    clara.get_by_role("textbox", name="Your comment").fill("Who knows her?")
    clara.get_by_role("button", name="Comment", exact=True).click()
    expect(clara.get_by_role("list", name="Comments")).to_contain_text("Who knows her?")
    expect(clara.get_by_role("tab", name="Comments (1)")).to_be_visible()
    clara.get_by_role("tab", name="History").click()
    expect(clara.get_by_role("list", name="History")).to_contain_text("clara claimed it")


def test_a_task_is_given_to_a_colleague_who_is_found_by_name(api: Api, clara: Page) -> None:
    key = task_of(api, api.start("offer", customer="Ada"))
    api.post(f"/user-tasks/{key}/assignment", {"assignee": "clara"})
    clara.goto(f"/tasks/{key}")
    clara.keyboard.press("a")
    dialog = clara.get_by_role("dialog", name="Assign to")
    expect(dialog.get_by_label("User")).to_be_focused()
    dialog.get_by_label("User").fill("Colin C")
    expect(dialog.locator("option")).to_have_text(["Colin Clerk"])
    dialog.get_by_role("button", name="Assign").click()
    expect(dialog.get_by_role("alert")).to_contain_text("There is no user 'Colin C'")
    dialog.get_by_label("User").fill("colin")
    dialog.get_by_role("button", name="Assign").click()
    expect(listed(clara)).to_have_count(0)
    assert api.get(f"/user-tasks/{key}")["assignee"] == "colin"


def test_a_file_is_put_beside_a_task_read_and_taken_away(api: Api, clara: Page) -> None:
    key = task_of(api, api.start("offer", customer="Ada"))
    clara.goto(f"/tasks/{key}?view=groups")
    clara.get_by_role("tab", name="Attachments").click()
    clara.get_by_label("File").set_input_files(
        {"name": "plan <1>.html", "mimeType": "text/html", "buffer": b"<script>1</script>"}
    )
    clara.get_by_role("button", name="Attach", exact=True).click()
    expect(clara.get_by_role("tab", name="Attachments (1)")).to_be_visible()
    with clara.expect_download() as download:
        clara.get_by_role("link", name="plan <1>.html").click()
    assert download.value.path().read_bytes() == b"<script>1</script>"
    clara.get_by_role("button", name="Remove plan <1>.html").click()
    expect(clara.get_by_text("There are no files beside this task.")).to_be_visible()


def test_a_task_is_searched_for_by_keyboard(api: Api, clara: Page) -> None:
    api.start("offer", customer="Ada")
    clara.goto("/tasks?view=groups")
    for text, count in (("OFFER", 1), ("nothing", 0)):
        clara.keyboard.press("/")
        clara.get_by_role("searchbox", name="Search tasks").fill(text)
        clara.keyboard.press("Enter")
        expect(clara).to_have_url(re.compile(f"q={text}"))
        expect(listed(clara)).to_have_count(count)
    expect(clara.get_by_text("No task meets the conditions.")).to_be_visible()
    clara.keyboard.press("?")
    keys = clara.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys).to_contain_text("Start a process")
    keys.get_by_role("button", name="Close").click()
    expect(keys).to_have_count(0)


def test_a_new_variable_is_not_hidden_by_the_bar_below(api: Api, clara: Page) -> None:
    many = {f"variable{number}": number for number in range(10)}
    key = task_of(api, api.start("plain", **many))
    api.post(f"/user-tasks/{key}/assignment", {"assignee": "clara"})
    clara.goto(f"/tasks/{key}")
    clara.get_by_role("button", name="Add a variable").click()
    name = clara.get_by_role("textbox", name="Name")
    expect(name).to_be_focused()
    field, bar = name.bounding_box(), clara.locator(".complete-bar").bounding_box()
    assert field
    assert bar
    assert field["y"] + field["height"] <= bar["y"]


def test_what_has_been_completed_is_read_again(api: Api, clara: Page) -> None:
    key = task_of(api, api.start("offer", customer="Ada"))
    api.post(f"/user-tasks/{key}/assignment", {"assignee": "clara"})
    api.post(f"/user-tasks/{key}/completion", {"variables": {"reason": "A good customer"}})
    clara.goto("/tasks?view=completed")
    listed(clara).first.click()
    expect(clara.get_by_label("Reason")).to_have_value("A good customer")
    expect(clara.get_by_label("Reason")).not_to_be_editable()
    expect(clara.get_by_role("button", name="Complete task")).to_have_count(0)


def test_a_filter_is_saved_and_found_again(clara: Page) -> None:
    clara.goto("/tasks?view=all")
    clara.get_by_text("Conditions", exact=True).click()
    clara.get_by_label("Variables").fill("customer=Ada")
    clara.get_by_role("button", name="Apply").click()
    expect(clara).to_have_url("/tasks?view=all&order=newest&variable=customer%3DAda")
    clara.get_by_role("button", name="Save filter").click()
    clara.get_by_role("textbox", name="Name").fill("Ada's")
    clara.get_by_role("button", name="Save", exact=True).click()
    expect(clara.get_by_role("link", name="Ada's")).to_have_attribute("aria-current", "page")
    clara.goto("/tasks")
    clara.get_by_role("link", name="Ada's").click()
    expect(clara.get_by_label("Variables")).to_have_value("customer=Ada")
    clara.get_by_role("button", name="Remove the filter Ada's").click()
    expect(clara.get_by_role("link", name="Ada's")).to_have_count(0)


def test_dates_are_entered_in_the_readers_own_time(api: Api, clara: Page) -> None:
    key = task_of(api, api.start("offer", customer="Ada"))
    api.post(f"/user-tasks/{key}/assignment", {"assignee": "clara"})
    clara.goto(f"/tasks/{key}")
    clara.get_by_role("button", name="Change dates and priority").click()
    dialog = clara.get_by_role("dialog", name="Dates and priority")
    dialog.get_by_label("Due").fill("2030-12-24T18:00")
    dialog.get_by_label("Priority").fill("80")
    clara.get_by_role("button", name="Save", exact=True).click()
    expect(clara.get_by_text("24 Dec 2030")).to_be_visible()
    found = api.get(f"/user-tasks/{key}")
    assert (found["dueDate"], found["priority"]) == ("2030-12-24T18:00:00.000Z", 80)


def test_going_back_shows_the_task_of_before(api: Api, clara: Page) -> None:
    api.start("offer", customer="Ada")
    api.start("offer", customer="Bob")
    clara.goto("/tasks?view=groups&order=oldest")
    listed(clara).first.click()
    expect(clara.get_by_text("An offer for Ada.")).to_be_visible()
    listed(clara).last.click()
    expect(clara.get_by_text("An offer for Bob.")).to_be_visible()
    clara.go_back()
    expect(clara.get_by_text("An offer for Ada.")).to_be_visible()
    clara.go_back()
    expect(clara.get_by_text("No task is open")).to_be_visible()
