"""Rendering: what every page knows, whichever area it belongs to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

import engine
from engine.identity.identity import Role

FOLDER = Path(__file__).parent
BUILT = FOLDER / "static" / "built"
STATIC_PATH = "/static"


class AssetsMissing(RuntimeError):
    """The browser code has not been built."""

    def __init__(self) -> None:
        super().__init__("The pages' browser code is not built yet: run `make assets` in the checkout.")


@dataclass(frozen=True, slots=True)
class Area:
    """One entry of the navigation: a word for it, where it leads, its icon, the role that sees it, further paths."""

    title: str
    path: str
    icon: str
    role: Role
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether the page at a path belongs here."""
        return any(path == own or path.startswith(f"{own}/") for own in (self.path, *self.also))


AREAS = (
    Area("Tasks", "/tasks", "list-checks", Role.USER),
    Area("Modeler", "/modeler", "pencil-ruler", Role.MODELER, also=("/play",)),
    Area("Operations", "/operations", "activity", Role.OPERATOR),
)


@cache
def _manifest() -> dict[str, str]:
    try:
        names: dict[str, str] = json.loads((BUILT / "manifest.json").read_text())
    except FileNotFoundError:
        raise AssetsMissing from None
    return names


def asset(name: str) -> str:
    """The address of a built file by the name the sources know it by, such as `tasks.js` or `icons.svg`."""
    return f"{STATIC_PATH}/built/{_manifest()[name]}"


def has_asset(name: str) -> bool:
    """Whether the build made a file of that name (a style sheet is there only where an entry imports one)."""
    return name in _manifest()


def datetime_text(value: datetime | int | str | None) -> str:
    """A moment (aware, milliseconds since 1970, or as searches answer it) in ISO 8601 with UTC, for a <time>."""
    if value is None or isinstance(value, str):
        return value or ""
    moment = datetime.fromtimestamp(value / 1000, UTC) if isinstance(value, int) else value.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def duration_text(milliseconds: float | None) -> str:
    """A length of time in the two largest units that say something: `2 d 4 h`, `350 ms`; never less than 0."""
    if milliseconds is None:
        return ""
    milliseconds = max(milliseconds, 0)
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    first = next(number for number, (amount, _) in enumerate(parts) if amount)
    return " ".join(f"{amount} {unit}" for amount, unit in parts[first : first + 2] if amount)


def count_text(value: int) -> str:
    """A count with thin spaces between thousands."""
    return f"{value:,}".replace(",", "\u202f")


def counted(number: int, one: str, several: str) -> str:
    """A number with its word: 1 step, 2 steps."""
    return f"{number} {one if number == 1 else several}"


@cache
def environment() -> jinja2.Environment:
    """The templates, each compiled once. Everything that is not markup of a template itself is escaped."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {"asset": asset, "has_asset": has_asset, "version": engine.__version__}
    found.filters |= {"datetime": datetime_text, "duration": duration_text, "count": count_text}
    return found


def _areas_of(request: Request) -> Sequence[Area]:
    return [area for area in AREAS if request.state.identity.may(area.role)]


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page or a part of one, with what every page knows: who asks, where they are, where they may go."""
    known = {
        "request": request,
        "path": request.url.path,
        "query": request.url.query,
        "areas": _areas_of(request),
        "identity": request.state.identity,
        "csrf_token": request.state.csrf_token,
    }
    return HTMLResponse(environment().get_template(template).render(known | context), status)
