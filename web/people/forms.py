"""What the forms about people have in common."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from engine.identity.errors import IdentityError, InvalidEntry, NotFound, TooManyAttempts, WrongCredentials
from engine.identity.identity import Role
from engine.identity.people import People

#: What is said when one comes back to a page, by what has been done.
DONE = {
    "added": "The entry has been added.",
    "saved": "The changes have been saved.",
    "removed": "The entry has been removed.",
    "password": "The password has been changed. All other sessions have ended.",
    "ended": "The sessions have ended.",
}


def people_of(request: Request) -> People:
    people: People = request.app.server.people
    return people


def text_of(form: FormData, name: str) -> str:
    """A field's text; empty where it is not there, or a file."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def texts_of(form: FormData, name: str) -> list[str]:
    """The texts of all fields of a name: of those boxes that are ticked."""
    return [value for value in form.getlist(name) if isinstance(value, str)]


def roles_of(form: FormData) -> list[Role]:
    """The roles that are ticked."""
    return [role for role in Role if role in texts_of(form, "role")]


def done(path: str, what: str) -> RedirectResponse:
    """Lead to a page that says what has been done."""
    return RedirectResponse(f"{path}?done={what}", HTTPStatus.SEE_OTHER)


def said(request: Request) -> str:
    """What has been done, where a page was led to by `done`."""
    return DONE.get(request.query_params.get("done", ""), "")


def complaint(error: IdentityError) -> dict[str, str]:
    """The message by the field that it is about; under `""` where it is about none."""
    return {error.field if isinstance(error, InvalidEntry) else "": str(error)}


def status_of(error: IdentityError) -> HTTPStatus:
    match error:
        case TooManyAttempts():
            return HTTPStatus.TOO_MANY_REQUESTS
        case WrongCredentials():
            return HTTPStatus.UNAUTHORIZED
        case NotFound():
            return HTTPStatus.NOT_FOUND
        case InvalidEntry():
            return HTTPStatus.BAD_REQUEST
    return HTTPStatus.CONFLICT
