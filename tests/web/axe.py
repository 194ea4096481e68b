"""What axe finds on a page."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = ("serious", "critical")


def grave(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """What axe finds of the grave kind, for whoever has to mend it."""
    return [
        f"{each['id']}: {each['help']}: {node['html']} ({node['failureSummary']})"
        for each in Axe().run(page, options=options or {}).response["violations"]
        if each["impact"] in GRAVE
        for node in each["nodes"][:5]
    ]
