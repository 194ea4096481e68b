"""How an analyst draws: by clicking into the palette, the context pad and the properties."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


def open_model(page: Page, key: str) -> None:
    page.goto(f"/modeler/{key}")
    ready(page)


def ready(page: Page) -> None:
    expect(page.locator("body")).to_have_attribute("data-ready", "true")


def command(page: Page, name: str) -> Locator:
    return page.get_by_role("toolbar", name="Model").get_by_role("button", name=name, exact=True)


def saved(page: Page) -> None:
    expect(page.get_by_role("main").get_by_role("status").first).to_have_text("Saved")


def pad(page: Page, title: str) -> None:
    """Click an entry of the context pad."""
    page.locator(f'.djs-context-pad .entry[title^="{title}"]').click()


def select(page: Page, element: str) -> None:
    """A second click would take the selection back."""
    found = page.locator(f'.djs-element[data-element-id="{element}"]').first
    if "selected" not in str(found.get_attribute("class")):
        found.locator("> .djs-hit").first.click()


def label(page: Page, text: str) -> None:
    """Type into the label that is being edited."""
    page.locator(".djs-direct-editing-content").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator(".djs-direct-editing-content")).to_have_count(0)


def named(page: Page, name: str) -> str:
    """The id of the shape with this label."""
    label = page.locator(".djs-shape", has=page.locator("text", has_text=name)).last
    return str(label.get_attribute("data-element-id"))


def append_task(page: Page, after: str, name: str, kind: str) -> str:
    """Append a task and give it name and kind; gives its id."""
    select(page, after)
    pad(page, "Append task")
    label(page, name)
    pad(page, "Change element")
    page.locator(".djs-popup-search input").press_sequentially(kind)
    page.keyboard.press("Enter")
    expect(page.locator(".properties")).to_contain_text(kind, ignore_case=True)
    return named(page, name)


def group(page: Page, title: str) -> Locator:
    """A group of the properties panel, opened."""
    found = page.locator(".bio-properties-panel-group", has=page.get_by_text(title, exact=True))
    if not found.locator(".bio-properties-panel-group-entries.open").count():
        found.locator(".bio-properties-panel-group-header").click()
    return found


def draw_travel_request(page: Page) -> None:
    """By clicking: small amounts are approved by a person, with a form; larger ones are booked by a service."""
    page.goto("/modeler")
    page.get_by_role("button", name="New model").click()
    page.get_by_label("Name", exact=True).fill("Travel request")
    page.get_by_role("button", name="Create").click()
    ready(page)

    select(page, "StartEvent_1")
    pad(page, "Append gateway")
    gateway = str(page.locator(".djs-shape.selected").get_attribute("data-element-id"))
    person = append_task(page, gateway, "Approve", "User task")
    pad(page, "Create a form for it")
    dialog = page.get_by_role("dialog", name="New form")
    dialog.get_by_label("Name").fill("Travel approval")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("tab", name="Travel approval", selected=True)).to_be_visible()
    expect(page.locator(".fjs-editor-container")).to_be_visible()
    page.get_by_role("tab", name="Travel request").click()

    select(page, person)
    pad(page, "Append end event")
    service = append_task(page, gateway, "Book", "Service task")
    group(page, "Task definition").get_by_label("Type").fill("travel.book")
    select(page, service)
    pad(page, "Append end event")
    _condition(page, service, "amount > 100")
    _default(page, person)
    saved(page)
    expect(page.get_by_role("region", name="Problems")).to_contain_text("none")


def select_flow_to(page: Page, task: str) -> None:
    """Click the sequence flow that leads into a task, shortly before it gets there."""
    point = page.evaluate(
        """(task) => {
            const box = document.querySelector(`[data-element-id="${task}"]`).getBoundingClientRect();
            const onScreen = (path, point) => point.matrixTransform(path.getScreenCTM());
            const at = (path, part) => onScreen(path, path.getPointAtLength(path.getTotalLength() * part));
            const touches = ({x, y}) => Math.abs(x - box.left) < 9 && box.top < y && y < box.bottom;
            const paths = [...document.querySelectorAll('.djs-connection .djs-visual > path')];
            const {x, y} = at(paths.find((path) => touches(at(path, 1))), 0.85);
            return {x, y};
        }""",
        task,
    )
    page.mouse.click(point["x"], point["y"])
    expect(page.locator(".djs-connection.selected")).to_have_count(1)


def _condition(page: Page, task: str, expression: str) -> None:
    select_flow_to(page, task)
    group(page, "Condition").locator(".cm-content").fill(expression)


def _default(page: Page, task: str) -> None:
    select_flow_to(page, task)
    pad(page, "Change element")
    page.locator(".djs-popup").get_by_text("Default flow").click()
