"""A pause after wrong passwords, longer each time, so that guessing leads nowhere.

Counted in the database, hence over all server processes. An attempt is counted *before* the password is looked at, in
one statement, and taken back when it was right: a thousand attempts at the same moment get no more than the free ones.

The number of failures sinks as time passes (one in each `leak` seconds), so that a worker with a wrong password, which
tries again for ever, does not close the door for everybody else at its address.
"""

# ruff: noqa: S608 (statements are put together from constants; values are parameters)

from __future__ import annotations

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from engine.identity.errors import TooManyAttempts
from engine.runtime.postgres.database import Connection


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
_PAUSES = f"""
    SELECT 1 FROM sign_in_failure
    WHERE subject = %(subject)s AND failures >= %(free)s AND last_at + {_PAUSE} > %(now)s
"""
_FORGIVE_USER = "DELETE FROM sign_in_failure WHERE subject = %(subject)s"
_FORGIVE_ADDRESS = (
    "UPDATE sign_in_failure SET failures = greatest(0, failures - 1) WHERE subject = %(subject)s"
)
_FORGET = f"DELETE FROM sign_in_failure WHERE last_at < %(now)s - interval '{FORGET_AFTER}'"


async def count_attempt(connection: Connection, username: str, address: str, now: datetime) -> None:
    """Count an attempt as failed until it is known to be right. Raises TooManyAttempts while one has to wait.

    An address that has to wait is sent away first: its attempts keep nobody else waiting, and leave no rows behind.
    What the user's pause refuses does not count for the address.
    """
    by_user = _parameters(_subject_of_user(username), BY_USER, now)
    by_address = _parameters(_subject_of_address(address), BY_ADDRESS, now)
    if await (await connection.execute(_PAUSES, by_address)).fetchone() is not None:
        await _refuse(connection, by_address)
    for counted in (by_user, by_address):
        if await (await connection.execute(_COUNT, counted)).fetchone() is None:
            await _refuse(connection, counted)


async def forgive(connection: Connection, username: str, address: str, now: datetime) -> None:
    """The password was right: the user's failures are forgotten, the attempt does not count for the address."""
    await connection.execute(_FORGIVE_USER, {"subject": _subject_of_user(username)})
    await connection.execute(_FORGIVE_ADDRESS, {"subject": _subject_of_address(address)})
    await connection.execute(_FORGET, {"now": now})


def _parameters(subject: bytes, patience: Patience, now: datetime) -> dict[str, Any]:
    return {
        "subject": subject,
        "now": now,
        "free": patience.free,
        "longest": patience.longest,
        "leak": patience.leak,
    }


async def _refuse(connection: Connection, counted: dict[str, Any]) -> NoReturn:
    row = await (await connection.execute(_REMAINING, counted)).fetchone()
    raise TooManyAttempts(max(1, math.ceil(row[0])) if row else 1)


def _subject_of_user(username: str) -> bytes:
    return _subject("user", username.lower())


def _subject_of_address(address: str) -> bytes:
    """Whoever has one IPv6 address has all of its /64, so these count as one."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return _subject("address", address)
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or ipaddress.IPv6Address(int(parsed) >> 64 << 64)
    return _subject("address", str(parsed))


def _subject(kind: str, value: str) -> bytes:
    return hashlib.sha256(f"{kind}:{value}".encode("utf-8", "surrogatepass")).digest()
