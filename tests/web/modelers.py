"""What a modeler does by requests: models are made, saved, deployed."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

from tests.web.people import Browser

SAMPLES = Path(__file__).parents[2] / "bpmn_samples"
FIXTURES = Path(__file__).parents[1] / "fixtures"


class Modeler(Browser):
    """Somebody who is let into the modeler."""

    @cached_property
    def page_token(self) -> str:
        """That of the session, for all requests of a page."""
        return self.token("/modeler")

    def send(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """A request of the editor; gives the decoded answer, None where there is none."""
        headers = {"x-csrf-token": self.page_token, "accept": "application/json", "origin": self.url}
        options: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = self.client.request(method, f"/modeler{path}", headers=headers, **options)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def new(self, kind: str, name: str, id: str = "") -> str:
        """The key of a blank model."""
        key: str = self.send("POST", "/models", {"kind": kind, "name": name, "id": id}, 201)["key"]
        return key

    def bring(self, file_name: str, content: bytes, status: int = 201) -> Any:
        """Import a file."""
        return self.send("POST", f"/files?name={file_name}", content, status)

    def bring_sample(self, path: str) -> str:
        """The key of the model made from a file of bpmn_samples."""
        file = SAMPLES / path
        key: str = self.bring(file.name, file.read_bytes())["key"]
        return key

    def draft(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = self.send("GET", f"/{key}/draft")
        return found

    def save(self, key: str, revision: int, content: str, status: int = 200) -> Any:
        return self.send("PUT", f"/{key}/draft", {"revision": revision, "content": content}, status)

    def replace(self, key: str, old: str, new: str) -> int:
        """Save the draft with another text in one place; gives its revision."""
        draft = self.draft(key)
        assert old in draft["content"]
        revision: int = self.save(key, draft["revision"], draft["content"].replace(old, new))["revision"]
        return revision

    def page(self, path: str = "") -> httpx.Response:
        return self.get(f"/modeler{path}")
