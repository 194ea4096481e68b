"""Addresses: what a person has chosen on a page is in its address, and changes by following links."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import Request

#: Where on a list one is. It means nothing once anything else has changed.
CURSORS = ("after", "before")


class Here:
    """The address of a page as it was asked for, to be changed in part.

    `here(state="completed")` is the same page with that parameter; one that is None goes. Cursors go with any change.
    `path` stands in where a part of a page is asked for by itself.
    """

    def __init__(self, request: Request, path: str | None = None) -> None:
        self.path = path or request.url.path
        self.pairs = [pair for pair in request.query_params.multi_items() if pair[1] != ""]

    def __call__(self, **changes: object) -> str:
        kept = [pair for pair in self.pairs if pair[0] not in changes and pair[0] not in CURSORS]
        given = [(name, str(value)) for name, value in changes.items() if value is not None]
        return self._address(kept + given)

    def without(self, given: str) -> str:
        """The same page without the parameters that say so."""
        return self._address([pair for pair in self.pairs if pair[1].strip() != given.strip()])

    def _address(self, pairs: list[tuple[str, str]]) -> str:
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path
