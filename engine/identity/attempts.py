"""A pause after wrong passwords, longer each time, so that guessing leads nowhere.

Counted in the database, hence over all server processes. An attempt is counted *before* the password is looked at, in
one statement, and taken back when it was right: a thousand attempts at the same moment get no more than the free ones.

The number of failures sinks as time passes (one in each `leak` seconds), so that a worker with a wrong password, which
tries again for ever, does not close the door for everybody else at its address.
"""

# ruff: noqa: S608 (statements are put together from constants; values are parameters)

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.identity.errors import TooManyAttempts
from engine.runtime.database import Connection


@dataclass(frozen=True, slots=True)
class Patience:
    """`free` failures cost nothing; each further one doubles the pause, from 1 s to `longest` seconds."""

    free: int
    longest: int
    leak: int


BY_USER = Patience(free=5, longest=60, leak=900)
BY_ADDRESS = Patience(free=20, longest=300, leak=30)
FORGET_AFTER = "1 day"

_PAUSE = "make_interval(secs => least(%(longest)s, power(2, least(failures - %(free)s, 20))))"
_COUNT = f"""
    INSERT INTO sign_in_failure AS was (subject, failures, last_at) VALUES (%(subject)s, 1, %(now)s)
    ON CONFLICT (subject) DO UPDATE SET last_at = %(now)s, failures = 1 + greatest(
        0, was.failures - greatest(0, extract(epoch FROM %(now)s - was.last_at)) / %(leak)s)
    WHERE was.failures < %(free)s OR was.last_at + {_PAUSE.replace("failures", "was.failures")} <= %(now)s
    RETURNING failures
"""
_REMAINING = f"""
    SELECT extract(epoch FROM last_at + {_PAUSE} - %(now)s) FROM sign_in_failure WHERE subject = %(subject)s
"""
_FORGIVE_USER = "DELETE FROM sign_in_failure WHERE subject = %(subject)s"
_FORGIVE_ADDRESS = (
    "UPDATE sign_in_failure SET failures = greatest(0, failures - 1) WHERE subject = %(subject)s"
)
_FORGET = f"DELETE FROM sign_in_failure WHERE last_at < %(now)s - interval '{FORGET_AFTER}'"


async def count_attempt(connection: Connection, username: str, address: str, now: datetime) -> None:
    """Count an attempt as failed until it is known to be right. Raises TooManyAttempts while one has to wait."""
    await _count(connection, _subject("user", username.lower()), BY_USER, now)
    await _count(connection, _subject("address", address), BY_ADDRESS, now)


async def forgive(connection: Connection, username: str, address: str, now: datetime) -> None:
    """The password was right: the user's failures are forgotten, the attempt does not count for the address."""
    await connection.execute(_FORGIVE_USER, {"subject": _subject("user", username.lower())})
    await connection.execute(_FORGIVE_ADDRESS, {"subject": _subject("address", address)})
    await connection.execute(_FORGET, {"now": now})


async def _count(connection: Connection, subject: bytes, patience: Patience, now: datetime) -> None:
    parameters: dict[str, Any] = {
        "subject": subject,
        "now": now,
        "free": patience.free,
        "longest": patience.longest,
        "leak": patience.leak,
    }
    if await (await connection.execute(_COUNT, parameters)).fetchone() is not None:
        return
    row = await (await connection.execute(_REMAINING, parameters)).fetchone()
    raise TooManyAttempts(max(1, math.ceil(row[0])) if row else 1)


def _subject(kind: str, value: str) -> bytes:
    return hashlib.sha256(f"{kind}:{value}".encode("utf-8", "surrogatepass")).digest()
