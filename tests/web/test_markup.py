"""What people write is text on every page: names, documentation, variables, messages, comments, files."""

from __future__ import annotations

import re
from xml.sax.saxutils import quoteattr

from playwright.sync_api import Page, expect

from tests.models import definitions, flows
from tests.server import Api
from tests.web.task_people import Person, deploy, task_of

MARKUP = "\"'><img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>{{ 7 * 7 }}"


def process() -> bytes:
    """A service task that fails beside a user task, and markup wherever a modeler can write."""
    name, documentation = f"name={quoteattr(MARKUP)}", f"<documentation><![CDATA[{MARKUP}]]></documentation>"
    return definitions(
        f"""
        <message id="message" {name}/>
        <process id="marked" {name} isExecutable="true">{documentation}
          <startEvent id="start" {name}/>
          <parallelGateway id="fork" {name}/>
          <serviceTask id="work" {name}>{documentation}<extensionElements>
            <zeebe:taskDefinition type={quoteattr(MARKUP)}/></extensionElements></serviceTask>
          <userTask id="check" {name}>{documentation}<extensionElements><zeebe:userTask/>
            <zeebe:assignmentDefinition assignee="demo" candidateGroups={quoteattr(MARKUP)}/>
          </extensionElements></userTask>
          <endEvent id="end" {name}/>{flows("start -> fork -> work -> end", "fork -> check -> end")}
        </process>"""
    )


def write_everywhere(api: Api) -> tuple[str, str]:
    """Markup in all that people and programs say; the keys of an instance and of its user task."""
    deploy(api, process())
    body = {"processDefinitionId": "marked", "businessId": MARKUP[:100], "variables": {MARKUP: MARKUP, "plain": MARKUP}}
    instance: str = api.post("/process-instances", body)["processInstanceKey"]
    (job,) = api.jobs(MARKUP)
    api.post(f"/jobs/{job['jobKey']}/failure", {"retries": 0, "errorMessage": MARKUP})
    api.post("/messages/publication", {"name": MARKUP, "correlationKey": MARKUP, "timeToLive": 600_000})
    api.post("/groups", {"groupId": MARKUP, "name": MARKUP, "description": MARKUP})
    api.post("/users", {"username": "marked", "password": "long enough", "name": MARKUP})
    task = task_of(api, instance)
    with Person(api.url, "demo") as demo:
        demo.does(f"/tasks/{task}/comments", {"text": MARKUP}, status=200)
        demo.client.post(f"/tasks/{task}/attachments", files={"file": (MARKUP.replace("/", ""), b"text")})
        demo.does("/tasks/filters?view=all", {"name": MARKUP}, status=200)
    return instance, task


def test_what_people_write_is_text_on_every_page(page: Page, api: Api) -> None:
    instance, task = write_everywhere(api)

    def look(shown: str = MARKUP) -> None:
        """The text is there as it was written, and nothing of it has become part of the page."""
        expect(page.get_by_text(shown, exact=False).first).to_be_attached()
        assert page.locator("img[src=x]").count() == 0
        assert "taken" not in re.sub(re.escape(MARKUP), "", page.title())

    for path in (
        "/tasks", "/operations", "/operations/definitions/marked", "/operations/instances", "/operations/incidents",
        "/operations/jobs", "/operations/messages?view=buffered", "/admin/users", "/admin/users/marked",
        "/admin/groups", f"/tasks?view=all&q={MARKUP[:9]}",
    ):  # fmt: skip
        page.goto(path)
        look()
    page.goto(f"/operations/instances/{instance}")
    for tab in page.get_by_role("tab").all():
        tab.click()
        look()
    page.goto(f"/tasks/{task}")
    for tab in page.get_by_role("tab").all():
        tab.click()
        look()
    page.get_by_role("button", name="Start a process").click()
    look()
