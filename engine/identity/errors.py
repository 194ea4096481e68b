"""What can go wrong with people. Each message is a sentence for whoever gets it."""

from __future__ import annotations


class IdentityError(Exception):
    """Base of all."""


class InvalidEntry(IdentityError):
    """A value cannot be taken. `field` is its name."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotFound(IdentityError):
    """There is no such user, group or role, or no such membership."""


class AlreadyExists(IdentityError):
    """The name is taken, or the membership is there already."""


class LastAdministrator(IdentityError):
    """Nobody would be left who manages users."""

    def __init__(self) -> None:
        super().__init__(
            "This would leave nobody who can sign in as administrator; give the role to another active user first."
        )


class WrongCredentials(IdentityError):
    """User name or password is wrong; which of them is not said, nor whether the account is switched off."""

    def __init__(self) -> None:
        super().__init__("User name or password is wrong.")


class TooManyAttempts(IdentityError):
    """Passwords were wrong too often. `seconds` until the next attempt is looked at."""

    def __init__(self, seconds: int) -> None:
        unit = "second" if seconds == 1 else "seconds"
        super().__init__(f"Too many attempts with a wrong password. Try again in {seconds} {unit}.")
        self.seconds = seconds
