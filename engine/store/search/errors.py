"""What a search can be refused for."""

from __future__ import annotations


class InvalidSearch(ValueError):
    """A filter, sort or page that cannot be understood; the text says what was expected and found."""


class InvalidCursor(InvalidSearch):
    """A cursor that is none of this search, or two of them."""


class SearchTimeout(Exception):
    """A search ran into the time limit of its statement."""


class SearchUnavailable(Exception):
    """There is no connection to the database at the moment."""
