"""People of the demonstration at work on tasks: by requests, and in browsers of their own."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import httpx
from playwright.sync_api import BrowserContext

from tests.models import definitions, flows
from tests.server import Api

#: A form of two fields, embedded in the process.
FORM = {
    "type": "default",
    "id": "approval",
    "schemaVersion": 18,
    "executionPlatform": "Camunda Cloud",
    "components": [
        {"type": "text", "id": "text", "text": "An offer for {{customer}}."},
        {"type": "checkbox", "id": "approved", "key": "approved", "label": "Approved"},
        {"type": "textfield", "id": "reason", "key": "reason", "label": "Reason", "validate": {"required": True}},
    ],
}


def offer(id: str = "offer", task: str = "", form: dict[str, Any] | None = FORM) -> bytes:
    """A process with one user task for the loan officers, done with an embedded form; `task`: more extensions."""
    embedded = f'<zeebe:userTaskForm id="approval">{escape(json.dumps(form))}</zeebe:userTaskForm>'
    reference = '<zeebe:formDefinition formKey="camunda-forms:bpmn:approval"/>'
    content = f"""
        <process id="{id}" name="Make an offer" isExecutable="true">
          <extensionElements>{embedded if form else ""}</extensionElements>
          <startEvent id="start"/>
          <userTask id="check" name="Check the offer"><extensionElements>
            <zeebe:userTask/>{reference if form else ""}
            {task or '<zeebe:assignmentDefinition candidateGroups="loan-officers"/>'}
          </extensionElements></userTask>
          <endEvent id="end"/>
          {flows("start -> check -> end")}
        </process>"""
    return definitions(content)


def deploy(api: Api, *files: bytes) -> None:
    """Deploys processes that a story has written itself."""
    parts = [("resources", (f"process_{i}.bpmn", file)) for i, file in enumerate(files)]
    api.request("POST", "/deployments", files=parts)


def task_of(api: Api, instance: str) -> str:
    """The key of the open task of an instance."""
    (task,) = api.search("/user-tasks", processInstanceKey=instance, state="CREATED")
    key: str = task["userTaskKey"]
    return key


def acting_cookie(url: str, username: str) -> tuple[str, str]:
    """The cookie of somebody who acts as one of the people of the demonstration."""
    return f"pointsman-acts-as-{urlsplit(url).port}", username


def acts_as(context: BrowserContext, url: str, username: str) -> BrowserContext:
    """Lets a browser be somebody else's."""
    name, value = acting_cookie(url, username)
    context.add_cookies([{"name": name, "value": value, "url": url}])
    return context


class Person:
    """Somebody's requests to the pages, with the token of a page of theirs."""

    def __init__(self, url: str, username: str) -> None:
        self.process = ""  # lists are narrowed to it
        name, value = acting_cookie(url, username)
        self.client = httpx.Client(base_url=url, cookies={name: value}, timeout=30)
        page = self.client.get("/tasks", headers={"accept": "text/html"})
        token = re.search(r'name="csrf-token" content="([^"]*)"', page.text)
        assert token, page.text
        self.client.headers["x-csrf-token"] = token[1]

    def __enter__(self) -> Person:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def sees(self, **query: str) -> list[str]:
        """The keys of the tasks in a list, in their order."""
        if self.process:
            query.setdefault("process", self.process)
        answer = self.client.get("/tasks/list", params=query)
        assert answer.status_code == 200, answer.text
        return re.findall(r'data-task="(\d+)"', answer.text)

    def reads(self, path: str, status: int = 200) -> str:
        """A page, or a part of one."""
        answer = self.client.get(path, headers={"accept": "text/html"})
        assert answer.status_code == status, answer.text
        return answer.text

    def does(self, path: str, body: Any = None, status: int = 204) -> Any:
        """Posts JSON; the decoded answer."""
        answer = self.client.post(path, json=body)
        assert answer.status_code == status, answer.text
        is_json = "json" in answer.headers.get("content-type", "")
        return answer.json() if is_json else answer.text

    def is_refused(self, path: str, body: Any = None, status: int = 403) -> str:
        """Posts JSON; the reason why nothing was done."""
        detail: str = self.does(path, body, status)["detail"]
        return detail
