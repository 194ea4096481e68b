"""What everybody sees and changes of themselves."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from engine.identity.errors import IdentityError, InvalidEntry, TooManyAttempts, WrongCredentials
from engine.identity.identity import ROLE_DESCRIPTIONS
from web.live import session_topic
from web.pages import render
from web.people.forms import complaint, done, people_of, said, status_of, text_of

router = APIRouter(prefix="/profile")


@router.get("")
async def profile(request: Request) -> Response:
    return await _page(request)


@router.post("/password")
async def change_password(request: Request) -> Response:
    """Another password, for whoever knows the present one; every other session ends."""
    form = await request.form()
    people, identity, session = people_of(request), request.state.identity, request.state.session
    try:
        if session is None:
            raise InvalidEntry("current", "The demo user has no password.")
        if text_of(form, "password") != text_of(form, "repeated"):
            raise InvalidEntry("repeated", "The two new passwords differ.")
        await people.credentials.verify(
            identity.username, text_of(form, "current"), request.state.visitor.origin.address
        )
        await people.directory.set_password(identity.username, text_of(form, "password"), session.id)
    except WrongCredentials:
        return await _page(request, InvalidEntry("current", "This is not your present password."))
    except (InvalidEntry, TooManyAttempts) as error:
        return await _page(request, error)
    return done("/profile", "password")


@router.post("/theme")
async def change_theme(request: Request) -> Response:
    theme = text_of(await request.form(), "theme")
    try:
        await people_of(request).directory.change_user(request.state.identity.username, theme=theme)
    except IdentityError as error:
        return await _page(request, error)
    return done("/profile", "saved")


@router.post("/sessions/end")
async def end_sessions(request: Request) -> Response:
    """End one session, named in the form, or all but the one at hand."""
    chosen = text_of(await request.form(), "id")
    people, username, session = people_of(request), request.state.identity.username, request.state.session
    if chosen:
        ended = [chosen] if await people.sessions.end(username, chosen) else []
    else:
        ended = await people.sessions.end_all(username, session.id if session else "")
    request.app.server.runtime.changes.publish(*(session_topic(id) for id in ended))
    return done("/profile", "ended")


async def _page(request: Request, error: IdentityError | None = None) -> Response:
    identity = request.state.identity
    people = people_of(request)
    names = {group.group_id: group.name for group in await people.directory.groups()}
    return render(
        request,
        "people/profile.html",
        status_of(error) if error else 200,
        sessions=await people.sessions.of(identity.username),
        groups=sorted(names.get(group_id, group_id) for group_id in identity.groups),
        roles=[(role, ROLE_DESCRIPTIONS[role]) for role in ROLE_DESCRIPTIONS if role in identity.roles],
        errors=complaint(error) if error else {},
        said=said(request),
    )
