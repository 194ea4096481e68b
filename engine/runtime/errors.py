"""What can go wrong beside a Rejection (engine.machine.commands), which says that the command itself cannot be done."""

from __future__ import annotations


class Unavailable(Exception):
    """The command was not carried out, or nobody knows, because the database or a free place in the queue is missing.

    Repeating it later may help; the message says what is missing.
    """


class Overloaded(Unavailable):
    """Too much waits already. The command was not carried out, so repeating it after a pause is safe."""


class InternalError(Exception):
    """The engine failed at this command, by a defect of its own; the log has the traceback. Nothing has happened."""
