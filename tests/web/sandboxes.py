"""Sandboxes made over HTTP, for tests that look at one that has a history."""

from __future__ import annotations

import re
from pathlib import Path
from types import TracebackType

import httpx

SAMPLES = Path(__file__).parents[2] / "bpmn_samples"


class Player:
    """Somebody at the pages of Play, without a browser: follows each page as one would."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, headers={"Accept": "text/html"}, timeout=30)
        self.path = "/play"
        self.page = self._client.get(self.path)

    def __enter__(self) -> Player:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def play(self, path: str) -> None:
        """A sandbox of a file of bpmn_samples."""
        file = SAMPLES / path
        self.play_content(file.stem, file.read_text(encoding="utf-8"))

    def play_content(self, name: str, content: str) -> None:
        """A sandbox of a BPMN document."""
        self.post("/play", name=name, content=content)
        self.path = self.page.headers["location"]
        self.page = self._client.get(self.path)

    def get(self, path: str) -> str:
        """Something besides the page."""
        return self._client.get(path).text

    def step(self, kind: str, **fields: str) -> None:
        """Take a step, by the fields of its form."""
        self.post(f"{self.path}/steps", step=kind, **fields)

    def post(self, path: str, **fields: str) -> None:
        """Send a form with what the page carries along."""
        carried = {"csrf_token": self._carried('name="csrf-token" content', "")}
        if self.path != "/play":
            carried["revision"] = self._carried('name="revision" value', "0")
        self.page = self._client.post(path, data=carried | fields)

    def _carried(self, where: str, otherwise: str) -> str:
        found = re.search(f'{where}="([^"]*)"', self.page.text)
        return found[1] if found else otherwise


def food_order_that_is_late(url: str) -> str:
    """The address of a sandbox in which something waits, is stuck and has a history."""
    with Player(url) as player:
        player.play("food_order/food_order.bpmn")
        player.step("start", process="food_order", variables='{"orderId": "A-1"}')
        player.step("complete job", element="charge_card")
        player.step("complete job", element="send_order")
        player.step("skip timer", element="restaurant_is_late")
        player.step("fail job", element="offer_voucher", retries="0", message="There are no vouchers left.")
        return player.path
