"""People with passwords, and a browser without windows: cookies, forms and their tokens."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from engine.identity import Role
from engine.identity.people import People

PASSWORD = "correct horse"


async def _add(url: str) -> None:
    async with People(url) as people:
        add = people.directory.add_user
        await people.directory.add_group("sales", "Sales")
        await add("root", PASSWORD, name="Root", roles=[Role.ADMINISTRATOR])
        await add("olga", PASSWORD, name="Olga Operator", roles=[Role.OPERATOR])
        await add("andy", PASSWORD, name="Andy Analyst", roles=[Role.MODELER])
        await add("ada", PASSWORD, name="Ada Clerk", roles=[Role.USER], groups=["sales"])
        await add("bob", PASSWORD, name="Bob Clerk", roles=[Role.USER], groups=["sales"])
        await add("eve", PASSWORD, name="Eve Clerk", roles=[Role.USER])
        await add("nobody_yet", PASSWORD)


def add_people(url: str) -> None:
    """Somebody of each role; ada and bob are in the group `sales`, eve is not."""
    with ThreadPoolExecutor(1) as elsewhere:  # whoever asks may have an event loop of its own
        elsewhere.submit(asyncio.run, _add(url)).result()


class Browser:
    """Keeps cookies and fills in forms. `headers` are what a proxy before the server adds."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self.url = url
        self.client = httpx.Client(base_url=url, timeout=30)
        self.proxy = headers or {}
        self.kept: dict[str, str] = {}
        self.client.event_hooks["request"].append(self._send_cookies)
        self.client.event_hooks["response"].append(self._keep_cookies)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def _send_cookies(self, request: httpx.Request) -> None:
        request.headers.update(self.proxy)
        request.headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.kept.items())

    def _keep_cookies(self, response: httpx.Response) -> None:
        self.client.cookies.clear()
        for cookie in response.headers.get_list("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.kept[name] = value

    @property
    def cookies(self) -> dict[str, str]:
        """By what they are for."""
        return {name.partition("pointsman-")[2].partition("-")[0]: value for name, value in self.kept.items()}

    def set_cookie(self, kind: str, value: str) -> None:
        name = next(name for name in self.kept if f"pointsman-{kind}" in name)
        self.kept[name] = value

    def get(self, path: str, **options: Any) -> httpx.Response:
        """A page."""
        accept = {} if path == "/session" else {"accept": "text/html"}
        return self.client.get(path, headers=accept, **options)

    def token(self, path: str) -> str:
        """The token that a page's changes carry."""
        found = re.search(r'<meta name="csrf-token" content="([^"]*)">', self.get(path).text)
        assert found, f"{path} has no token"
        return found[1]

    def submit(self, page: str, action: str, **fields: Any) -> httpx.Response:
        """Fill in a form of a page and send it."""
        data = {"csrf_token": self.token(page), **fields}
        return self.client.post(action, data=data, headers={"accept": "text/html", "origin": self._origin()})

    def sign_in(self, username: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
        return self.submit("/sign-in", "/sign-in", username=username, password=password, **fields)

    def _origin(self) -> str:
        host = self.proxy.get("x-forwarded-host")
        return f"{self.proxy['x-forwarded-proto']}://{host}" if host else self.url
