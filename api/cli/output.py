"""How results are shown: tables for people, JSON for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

MAX_CELL = 60


def print_json(value: Any) -> None:
    """One document, indented, on standard output."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


def print_table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Columns as wide as they need be. Nothing is printed where there is no row."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        return
    table = [list(headings), *cells]
    widths = [max(len(row[column]) for row in table) for column in range(len(headings))]
    for row in table:
        print("  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip())


def note(text: str) -> None:
    """Something for a person that is no part of the result."""
    print(text, file=sys.stderr)


def local_time(text: str | None) -> str:
    """A time of the API in the zone of this machine, to the second; empty where there is none."""
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def elapsed(started: str, ended: str | None) -> str:
    """How long something took, or has taken so far: `12 ms`, `3.4 s`, `5 min`, `2 h`, `3 d`; never less than 0."""
    end = datetime.fromisoformat(ended) if ended else datetime.now(UTC)
    seconds = max((end - datetime.fromisoformat(started)) / timedelta(seconds=1), 0)
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for unit, size, limit in (("s", 1, 120), ("min", 60, 7_200), ("h", 3_600, 172_800)):
        if seconds < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 86_400:.0f} d"


def shorten(text: str, width: int = MAX_CELL) -> str:
    """`text` on one line, cut where it is longer than `width`."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"


def _cell(value: Any) -> str:
    return "" if value is None else shorten(str(value))
