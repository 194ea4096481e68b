"""An analyst at work in the modeler: draws, is told what is wrong, deploys, starts, and loses nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from playwright.sync_api import Error as PlaywrightError

from tests.server import Access, running_server
from tests.web.axe import grave
from tests.web.drawing import (
    command,
    draw_travel_request,
    group,
    label,
    open_model,
    ready,
    saved,
    select,
)
from tests.web.modelers import FIXTURES, SAMPLES, Modeler
from tests.web.people import PASSWORD, add_people

LOAN = "loan_application/loan_application.bpmn"
SHAPE = "<bpmn:serviceTask "


@pytest.fixture
def demo(pages: str) -> Iterator[Modeler]:
    """The demo user, by requests."""
    with Modeler(pages) as person:
        yield person


# ---- Drawing --------------------------------------------------------------------------------------------------------


def test_an_analyst_draws_a_process_and_starts_it(page: Page) -> None:
    draw_travel_request(page)

    command(page, "Deploy").click()
    deploying = page.get_by_role("dialog", name="Deploy “Travel request”")
    expect(deploying.get_by_label("Travel approval")).to_be_checked()
    deploying.get_by_label("Variables (JSON)").fill('{"amount": 9007199254740993}')
    deploying.get_by_label("Business id").fill("T-1")
    deploying.get_by_role("button", name="Deploy and start").click()
    expect(page).to_have_url(re.compile("/operations/instances/[0-9]+$"))
    expect(page.get_by_role("main")).to_contain_text("Travel request")
    expect(page.get_by_role("row", name="amount")).to_contain_text("9007199254740993")  # as it was typed


def test_problems_lead_to_their_element(page: Page, demo: Modeler) -> None:
    key = demo.bring_sample(LOAN)
    demo.replace(key, 'type="loan.pay-out"', 'type=""')
    open_model(page, key)
    problems = page.get_by_role("region", name="Problems")
    problems.get_by_role("button", name="Problems").click()
    problems.get_by_role("button", name="Must have a job type").click()
    expect(page.locator(".djs-shape.selected")).to_contain_text("Pay out the loan")
    expect(page.locator(".properties")).to_contain_text("Pay out the loan")
    expect(page.locator(".cl-icon-error").first).to_be_visible()

    group(page, "Task definition").get_by_label("Type").fill("loan.pay-out")
    expect(problems.get_by_text("None: it can be deployed.")).to_be_visible()


def test_what_cannot_be_deployed_is_told_in_the_dialog_with_the_way_to_it(page: Page, demo: Modeler) -> None:
    key = demo.bring_sample(LOAN)
    demo.replace(key, 'type="loan.pay-out"', 'type=""')
    open_model(page, key)
    command(page, "Deploy").click()
    dialog = page.get_by_role("dialog", name="Deploy “Loan application”")
    expect(dialog.get_by_role("alert").first).to_contain_text("It cannot be deployed yet.")
    dialog.get_by_role("button", name="Must have a job type").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".djs-shape.selected")).to_contain_text("Pay out the loan")


def test_a_process_is_started_by_its_start_form(page: Page, demo: Modeler) -> None:
    for file in ("loan_application.form", "loan_decision.form"):
        demo.bring_sample(f"loan_application/{file}")
    open_model(page, demo.bring_sample(LOAN))
    command(page, "Deploy").click()
    dialog = page.get_by_role("dialog", name="Deploy “Loan application”")
    dialog.get_by_role("button", name="Deploy and start").click()
    expect(dialog.get_by_text("The start form is not complete")).to_be_visible()
    dialog.get_by_label("Name").fill("Ada")
    dialog.get_by_label("Amount").fill("5000")
    dialog.get_by_label("Yearly income").fill("40000")
    dialog.get_by_role("button", name="Deploy and start").click()
    expect(page).to_have_url(re.compile("/operations/instances/[0-9]+$"))


# ---- Decisions and templates ----------------------------------------------------------------------------------------


def test_a_decision_is_edited_from_its_task(page: Page, demo: Modeler) -> None:
    demo.bring("discount.dmn", (FIXTURES / "discount.dmn").read_bytes())
    content = with_diagram((FIXTURES / "business_rule_task_decision.bpmn").read_text())
    open_model(page, demo.bring("rule.bpmn", content.encode())["key"])
    page.get_by_role("button", name="Open the decision “discount”").click()
    expect(page.get_by_role("tab", selected=True)).not_to_have_text("Business rule task decision")
    expect(page.locator(".decision-editor table").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"open=\d+&tab=\d+$"))


def with_diagram(xml: str) -> str:
    """A drawing of the task `decide`, for a process that has none."""
    if "BPMNDiagram" in xml:
        return xml
    process = re.search(r'<bpmn:process id="(\w+)"', xml)
    assert process
    drawing = f"""<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
        xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="d"><bpmndi:BPMNPlane id="p" bpmnElement="{process[1]}">
        <bpmndi:BPMNShape id="s" bpmnElement="decide"><dc:Bounds x="300" y="80" width="100" height="80"/>
        </bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>"""
    return xml.replace("</bpmn:definitions>", drawing)


def test_an_element_template_of_the_library_is_at_hand(page: Page, demo: Modeler) -> None:
    demo.new("template", "Send an invoice")
    key = demo.bring_sample("payment_saga/payment_saga.bpmn")
    open_model(page, key)
    page.locator(".djs-shape", has_text="Reserve").first.locator("> .djs-hit").first.click()
    page.locator(".properties").get_by_role("button", name="Select").click()
    page.get_by_text("Send an invoice").click()
    saved(page)
    expect(page.locator(".properties")).to_contain_text("Send an invoice")
    assert 'zeebe:modelerTemplate="send_an_invoice"' in demo.draft(key)["content"]


def test_looking_at_decisions_without_a_drawing_draws_them_and_changes_nothing(page: Page, demo: Modeler) -> None:
    key = demo.bring("discount.dmn", (FIXTURES / "discount.dmn").read_bytes())["key"]
    open_model(page, key)
    expect(page.locator('.djs-connection[data-element-id="requires_kind"]')).to_be_attached()
    expect(page.get_by_role("region", name="Problems")).to_contain_text("none")
    saved(page)
    assert demo.draft(key)["revision"] == 1

    page.locator('.djs-overlays[data-container-id="discount"] [class*="drill-down"]').click()
    expect(command(page, "Zoom in")).to_be_hidden()


# ---- Nothing is lost ------------------------------------------------------------------------------------------------


def rename_start(page: Page, name: str) -> None:
    """Something to save."""
    page.locator('[data-element-id="StartEvent_1"] > .djs-hit').first.dblclick()
    label(page, name)


def test_what_was_not_saved_outlives_a_crash(context: BrowserContext, demo: Modeler) -> None:
    key = demo.new("bpmn", "Fragile")
    page = context.new_page()
    open_model(page, key)
    context.route("**/draft", lambda route: route.abort() if route.request.method == "PUT" else route.continue_())
    rename_start(page, "Typed before the crash")
    expect(page.get_by_text("Not saved: the server cannot be reached")).to_be_visible()
    with page.expect_event("crash"), suppress(PlaywrightError):  # closed, it would try once more to save
        page.goto("chrome://crash")
    page.close()

    again = context.new_page()
    open_model(again, key)
    expect(again.get_by_text("This browser has changes to “Fragile”")).to_be_visible()
    context.unroute("**/draft")
    again.get_by_role("button", name="Restore them").click()
    saved(again)
    expect(again.locator(".djs-shape", has_text="Typed before").first).to_be_visible()
    expect(again.get_by_role("button", name="Restore them")).to_be_hidden()
    assert "Typed before the crash" in demo.draft(key)["content"]


def test_leaving_with_something_unsaved_asks_first(context: BrowserContext, demo: Modeler) -> None:
    page = context.new_page()
    open_model(page, demo.new("bpmn", "Unsaved"))
    page.route("**/draft", lambda route: route.abort())
    rename_start(page, "Not saved")
    expect(page.get_by_text("Not saved: the server cannot be reached")).to_be_visible()
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.accept()


def test_a_state_is_kept_under_a_name_and_restored(page: Page, demo: Modeler) -> None:
    key = demo.new("bpmn", "Kept")
    open_model(page, key)
    rename_start(page, "As agreed")
    command(page, "Versions").click()
    versions = page.get_by_role("dialog", name="Versions")
    versions.get_by_role("button", name="Keep this state…").click()
    page.get_by_role("dialog", name="Keep this state").get_by_label("Name").fill("Agreed in May")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(versions.get_by_role("row", name="Version 1: Agreed in May")).to_be_visible()
    page.keyboard.press("Escape")

    rename_start(page, "Tried out")
    saved(page)
    command(page, "Versions").click()
    versions.get_by_role("button", name="Restore Version 1: Agreed in May").click()
    page.get_by_role("button", name="Restore", exact=True).last.click()
    expect(page.locator("#toasts")).to_contain_text("“Version 1: Agreed in May” is the draft now.")
    expect(page.locator(".djs-label", has_text="As agreed")).to_be_visible()
    assert "As agreed" in demo.draft(key)["content"]
    assert demo.send("GET", f"/{key}/versions")["kept"][0]["name"].startswith("Before")


def test_of_two_browsers_the_second_is_told_and_nothing_is_overwritten(context: BrowserContext, demo: Modeler) -> None:
    key = demo.new("bpmn", "Shared")
    first, second = context.new_page(), context.new_page()
    open_model(first, key)
    open_model(second, key)
    rename_start(first, "Of the first")
    saved(first)
    rename_start(second, "Of the second")
    expect(second.get_by_text("Nothing was overwritten")).to_be_visible()
    assert "Of the first" in demo.draft(key)["content"]

    second.get_by_role("button", name="Overwrite with mine").click()
    saved(second)
    assert "Of the second" in demo.draft(key)["content"]
    (kept,) = demo.send("GET", f"/{key}/versions")["kept"]
    assert "before it was overwritten" in kept["name"]


# ---- Files ----------------------------------------------------------------------------------------------------------


def test_files_are_imported_by_drop(page: Page) -> None:
    page.goto("/modeler")
    expect(page.get_by_text("No models yet", exact=True)).to_be_visible()
    files = {"saga.bpmn": (SAMPLES / "payment_saga/payment_saga.bpmn").read_text(), "note.txt": "hello"}
    transfer = page.evaluate_handle(
        """(files) => {
            const transfer = new DataTransfer();
            for (const [name, text] of Object.entries(files)) transfer.items.add(new File([text], name));
            return transfer;
        }""",
        files,
    )
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    expect(page.get_by_role("link", name="Payment saga", exact=True)).to_be_visible()
    expect(page.get_by_text("note.txt: 'note.txt' is of no kind that can be edited")).to_be_visible()


def test_files_dropped_on_the_editor_open_in_tabs(page: Page, demo: Modeler) -> None:
    open_model(page, demo.new("bpmn", "In front"))
    transfer = page.evaluate_handle(
        """([name, text]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], name));
            return transfer;
        }""",
        ["saga.bpmn", (SAMPLES / "payment_saga/payment_saga.bpmn").read_text()],
    )
    page.dispatch_event(".djs-container", "drop", {"dataTransfer": transfer})
    expect(page.get_by_role("tab", name="Payment saga", selected=True)).to_be_visible()
    expect(page.get_by_role("tab", name="In front")).to_be_visible()


def test_a_file_without_a_drawing_gets_one(page: Page, demo: Modeler) -> None:
    key = demo.bring("one_task.bpmn", (FIXTURES / "one_task.bpmn").read_bytes())["key"]
    open_model(page, key)
    expect(page.locator('.djs-connection[data-element-id="work_to_end"]')).to_be_attached()
    assert demo.draft(key)["revision"] == 1

    page.locator('[data-element-id="work"] > .djs-hit').first.dblclick()
    label(page, "Work harder")
    saved(page)
    content = demo.draft(key)["content"]
    assert "BPMNShape" in content
    assert '<zeebe:taskDefinition type="work" />' in content


def test_a_model_is_exported_as_file_and_pictures(page: Page, demo: Modeler, tmp_path: Path) -> None:
    open_model(page, demo.bring_sample(LOAN))
    begins = {"File to deploy or share": b"<?xml", "Picture (SVG)": b"<?xml", "Picture (PNG)": b"\x89PNG"}
    for entry, beginning in begins.items():
        page.get_by_role("toolbar", name="Model").get_by_text("Export").click()
        with page.expect_download() as download:
            page.get_by_role("button", name=entry).click()
        assert Path(download.value.path()).read_bytes().startswith(beginning), entry


# ---- Looking --------------------------------------------------------------------------------------------------------


def test_the_differences_of_two_states_are_told_in_words(page: Page, demo: Modeler) -> None:
    key = demo.bring_sample(LOAN)
    demo.send("POST", f"/{key}/versions", {"revision": 1, "name": "As agreed"}, 201)
    draft = demo.draft(key)["content"].replace('name="Rate the risk"', 'name="Rate it"')
    demo.save(key, 1, draft.replace('type="loan.check-credit"', 'type="loan.look"'))
    open_model(page, key)
    command(page, "Versions").click()
    page.get_by_role("link", name="Compare Version 1: As agreed with the draft").click()
    ready(page)
    differences = page.get_by_role("region", name="Differences")
    expect(differences.get_by_role("heading")).to_have_text("2 differences")
    expect(differences).to_contain_text("Task definition › Type: loan.check-credit → loan.look")
    differences.get_by_role("button", name="Changed: script task “Rate it”").click()
    expect(page.locator("#old .djs-shape.selected")).to_contain_text("Rate the risk")
    expect(page.locator("#new .djs-shape.selected")).to_contain_text("Rate it")
    expect(page.locator("#new .diff-badge.changed")).to_have_count(2)


def test_what_is_copied_is_pasted_into_another_diagram(context: BrowserContext, demo: Modeler) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    open_model(page, demo.bring_sample(LOAN))
    select(page, "pay_out")
    page.keyboard.press("Control+c")
    page.wait_for_function("navigator.clipboard.readText().then((text) => text.includes('pay_out'))")

    other = demo.new("bpmn", "Another")
    open_model(page, other)
    page.locator(".djs-container > svg").click(position={"x": 500, "y": 300})
    page.keyboard.press("Control+v")
    expect(page.locator(".djs-drag-active").first).to_be_attached()
    page.mouse.move(600, 470)
    page.mouse.move(620, 480)
    page.mouse.click(620, 480)
    expect(page.locator(".djs-shape", has_text="Pay out the loan").first).to_be_visible()
    saved(page)
    assert 'type="loan.pay-out"' in demo.draft(other)["content"]


def test_an_element_is_found_by_its_name(page: Page, demo: Modeler) -> None:
    open_model(page, demo.bring_sample(LOAN))
    page.keyboard.press("Control+f")
    page.locator(".djs-search-input input").press_sequentially("Send a ref")
    page.keyboard.press("Enter")
    expect(page.locator(".djs-shape.selected")).to_contain_text("Send a refusal")


def test_the_minimap_is_opened_from_the_toolbar(page: Page, demo: Modeler) -> None:
    open_model(page, demo.bring_sample(LOAN))
    expect(page.locator(".djs-minimap .map")).to_be_hidden()
    command(page, "Minimap").press("Enter")
    expect(page.locator(".djs-minimap .map")).to_be_visible()
    expect(command(page, "Minimap")).to_have_attribute("aria-pressed", "true")


def test_a_feel_expression_is_completed_and_edited_in_a_window(page: Page, demo: Modeler) -> None:
    open_model(page, demo.bring_sample(LOAN))
    select(page, "rate_risk")
    script = group(page, "Script")
    expression = script.locator(".cm-content")
    expression.fill("string le")
    page.keyboard.press("Control+Space")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("string length")
    page.keyboard.press("Escape")

    script.hover()
    script.get_by_title("Open pop-up editor").click()
    window = page.get_by_role("dialog", name="FEEL expression")
    window.locator(".cm-content").fill('= if amount > 100 then "high" else "low"')
    page.keyboard.press("Escape")
    expect(expression).to_contain_text('then "high"')


def test_a_process_is_drawn_by_keyboard_alone(page: Page, demo: Modeler) -> None:
    key = demo.new("bpmn", "By keyboard")
    open_model(page, key)
    canvas(page).focus()
    page.keyboard.press(".")
    expect(said(page)).to_have_text("Start event")
    choose(page, "a", "User task")
    label_by_keyboard(page, "Approve")
    page.keyboard.press("Enter")
    expect(page.get_by_role("toolbar", name="What can be done with “Approve”")).to_be_visible()
    expect(page.get_by_role("button", name="Append end event")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".djs-direct-editing-content")).to_be_visible()
    label_by_keyboard(page, "Done")

    choose(page, "n", "Service task")
    expect(canvas(page)).to_be_focused()
    page.keyboard.press("e")
    label_by_keyboard(page, "Book")
    expect(said(page)).to_contain_text("Service task")
    while "Start event" not in str(said(page).text_content()):
        page.keyboard.press(",")
        painted(page)  # what was said before is not the answer to this key
    page.keyboard.press("Shift+C")
    expect(page.locator(".djs-popup .entry")).to_have_count(3)
    chosen = page.locator(".djs-popup .entry.selected")
    for name in ("Approve", "Done", "Book"):
        if name != "Approve":
            page.keyboard.press("ArrowDown")
        expect(chosen).to_contain_text(name)
        painted(page)  # the menu hears keys once it is painted
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text("Sequence flow from start event to “Book”")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Select the next element")
    page.keyboard.press("Escape")
    saved(page)
    assert demo.draft(key)["content"].count("<bpmn:sequenceFlow ") == 3


def canvas(page: Page) -> Locator:
    """What hears the keys of the diagram while it has the focus."""
    return page.locator(".djs-container > svg")


def label_by_keyboard(page: Page, text: str) -> None:
    """Type into the label that is being edited; then the diagram has the focus again."""
    label(page, text)
    expect(canvas(page)).to_be_focused()


def painted(page: Page) -> None:
    """Wait until what is to be seen is seen, and what follows from that has happened."""
    for _ in range(2):
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def said(page: Page) -> Locator:
    """What is told of the selection to whoever does not see it."""
    return page.locator(".djs-container").get_by_role("status")


def choose(page: Page, key: str, what: str) -> None:
    """Open a menu of the canvas by its key, and choose from it by name."""
    page.keyboard.press(key)
    page.locator(".djs-popup-search input").press_sequentially(what)
    expect(page.locator(".djs-popup .entry.selected")).to_contain_text(what)
    painted(page)
    page.keyboard.press("Enter")
    expect(page.locator(".djs-popup")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_problems_dialogs_and_other_editors_are_accessible(
    page: Page, demo: Modeler, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    others = [demo.new("dmn", "Fee"), demo.new("template", "Send an invoice")]
    others.append(demo.bring_sample("loan_application/loan_decision.form"))
    told = []
    for other in others:
        open_model(page, other)
        told += grave(page)
    key = demo.bring_sample(LOAN)
    demo.replace(key, 'type="loan.pay-out"', 'type=""')
    open_model(page, key)
    page.get_by_role("button", name="Problems").click()
    page.get_by_role("button", name="Must have a job type").hover()
    told += grave(page)
    for name in ("Versions", "Keyboard shortcuts", "Deploy"):
        command(page, name).click()
        page.get_by_role("dialog").wait_for()
        told += grave(page)
        page.keyboard.press("Escape")
    assert not told, "\n".join(told)


def test_tokens_are_simulated_without_changing_the_draft(page: Page, demo: Modeler) -> None:
    key = demo.bring_sample(LOAN)
    open_model(page, key)
    command(page, "Token simulation").click()
    expect(command(page, "Token simulation")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".bts-log")).to_be_attached()
    expect(page.locator(".properties")).to_have_js_property("inert", True)
    command(page, "Token simulation").click()
    expect(page.locator(".djs-palette")).to_be_visible()
    assert demo.draft(key)["revision"] == 1


def test_an_operator_looks_at_models_without_changing_them(browser: Browser, database_url: str) -> None:
    with ThreadPoolExecutor(1) as other_thread:  # this one runs the browser's event loop
        other_thread.submit(add_people, database_url).result()
    with running_server(database_url, access=Access()) as url, Modeler(url) as andy:
        andy.sign_in("andy")
        key = andy.bring_sample(LOAN)
        form = andy.bring_sample("loan_application/loan_decision.form")
        decision = andy.bring("discount.dmn", (FIXTURES / "discount.dmn").read_bytes())["key"]
        context = browser.new_context(base_url=url)
        page = context.new_page()
        page.goto(f"/modeler/{key}")
        page.get_by_label("User name").fill("olga")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        ready(page)
        expect(page.locator(".djs-shape", has_text="Rate the risk").first).to_be_visible()
        expect(page.locator(".djs-palette")).to_have_count(0)
        open_model(page, form)
        expect(page.locator(".form-editor input").first).to_be_visible()
        open_model(page, decision)
        expect(page.locator(".decision-editor table").first).to_be_visible()
        context.close()
