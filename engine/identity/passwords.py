"""Passwords: argon2id, in threads, a few at a time.

One verification takes some tens of milliseconds and 64 MiB by intention. So at most `AT_ONCE` run at a time; the others
wait. A user who does not exist costs the same as one who does.
"""

from __future__ import annotations

import asyncio
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.identity.errors import InvalidEntry

AT_ONCE = 2
SHORTEST, LONGEST = 8, 256  # characters

_WORD_LENGTH = 5
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another


class Passwords:
    """Hashes and verifies; `hasher` sets what it costs."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._nobodys: str | None = None  # what the passwords of unknown users are compared with

    async def hash(self, password: str) -> str:
        """The hash of a password, with its parameters and salt."""
        async with self._places:
            return await asyncio.to_thread(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Whether this is the password. Without a hash the answer is False, and takes as long."""
        async with self._places:
            return await asyncio.to_thread(self._verify, _normal(password), hashed)

    def is_outdated(self, hashed: str) -> bool:
        """Whether it was hashed with other parameters than those of today."""
        return self._hasher.check_needs_rehash(hashed)

    def _verify(self, password: bytes, hashed: str | None) -> bool:
        if hashed is None:
            self._nobodys = self._nobodys or self._hasher.hash(secrets.token_hex())
        try:
            right = self._hasher.verify(hashed or str(self._nobodys), password)
        except (VerificationError, InvalidHashError):
            return False
        return right and hashed is not None


def check_password(password: str, username: str) -> None:
    """Refuse what is guessed first. Raises InvalidEntry."""
    if len(password) < SHORTEST:
        raise InvalidEntry("password", f"A password has at least {SHORTEST} characters; this one has {len(password)}.")
    if len(password) > LONGEST:
        raise InvalidEntry("password", f"A password has at most {LONGEST} characters; this one has {len(password)}.")
    if password.casefold() == username.casefold():
        raise InvalidEntry("password", "A password must not be the user name.")


def new_password() -> str:
    """A random password of 99 bits that can be read out and typed: 20 letters and digits in four groups."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_WORD_LENGTH)) for _ in range(4))


def _normal(password: str) -> bytes:
    """The same bytes, however a keyboard composed the characters."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
