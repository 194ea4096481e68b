"""What ends a command, with the exit code that says which kind it was."""

from __future__ import annotations


class CommandError(Exception):
    """The command failed; the message is one line for a person."""

    exit_code = 1


class Refused(CommandError):
    """The server answered with a problem. `status` is the HTTP status, `title` the problem's title."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(f"{title}: {' '.join(detail.split())}" if detail else f"{title} (HTTP {status})")
        self.status = status
        self.title = title


class WrongUsage(CommandError):
    """What was typed cannot be meant so."""

    exit_code = 2


class Unreachable(CommandError):
    """No server answers."""

    exit_code = 3
