"""Who acts: the name of the user whose request is being served, for the log.

Whoever lets a request in sets it (web/security.py, api/rest/access.py). A request is served in a task of its own, so
what is set there goes with everything that it asks of the runtime, and with nothing else. Empty: a worker or another
program that need not say who it is, or the engine itself.
"""

from __future__ import annotations

from contextvars import ContextVar

ACTOR: ContextVar[str] = ContextVar("actor", default="")
