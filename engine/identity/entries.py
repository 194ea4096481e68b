"""What names, addresses and themes can be. Everything here raises InvalidEntry."""

from __future__ import annotations

import re
from typing import Any

from engine.identity.errors import InvalidEntry

USERNAME = re.compile(r"[a-zA-Z0-9_~@.+-]{1,256}")
GROUP_ID = re.compile(r"[^\x00-\x1f]{1,256}")
THEMES = ("", "light", "dark")
LONGEST_TEXT = 256


def check_username(username: str) -> None:
    if not USERNAME.fullmatch(username):
        raise InvalidEntry("username", "A user name is made of 1 to 256 letters, digits and _ ~ @ . + - signs.")


def check_group_id(group_id: str) -> None:
    if not GROUP_ID.fullmatch(group_id) or group_id != group_id.strip():
        raise InvalidEntry("groupId", "A group id has 1 to 256 characters, and no space at either end.")


def check_theme(theme: str) -> None:
    if theme not in THEMES:
        raise InvalidEntry("theme", f"A theme is light, dark or empty; found '{theme}'.")


def group_values(group_id: str, name: str, description: str | None) -> dict[str, Any]:
    named = text_entry("name", name) or group_id
    return {"group": group_id, "name": named, "description": text_entry("description", description or "") or None}


def text_entry(field: str, value: str, what: str = "") -> str:
    """The text as it is kept, in one line; `what` names it in the message where the field's name does not."""
    value = " ".join(value.split())
    if len(value) > LONGEST_TEXT or not value.isprintable():
        raise InvalidEntry(field, f"{what or f'A {field}'} has at most {LONGEST_TEXT} printable characters.")
    return value


def email_entry(value: str | None) -> str | None:
    """The address as it is kept, None where there is none."""
    value = text_entry("email", value or "", "An e-mail address")
    if value and not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
        raise InvalidEntry("email", f"An e-mail address looks like name@example.org; found '{value}'.")
    return value or None
