"""Who asks: the identity and the token that every page knows."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, HTTPException, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.identity.identity import Identity, Role


class Security:
    """Puts the identity of whoever asks on the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            state = scope.setdefault("state", {})
            state["identity"] = Identity("demo", "Demo", frozenset(), frozenset(Role))
            state["csrf_token"] = ""
        await self._app(scope, receive, send)


def require(role: Role) -> Any:
    """A dependency of a router: whoever asks must have the role."""

    def check(request: Request) -> None:
        if not request.state.identity.may(role):
            raise HTTPException(403, f"This page needs the role {role}.")

    return Depends(check)
