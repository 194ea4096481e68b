"""Users, as administrators manage them."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from engine.identity.demo import USERNAME as DEMO_USER
from engine.identity.errors import IdentityError
from engine.identity.identity import ROLE_DESCRIPTIONS, Role
from engine.identity.passwords import new_password
from web.pages import render
from web.people.forms import complaint, done, people_of, roles_of, said, status_of, text_of, texts_of
from web.security import require

PATH = "/admin/users"
PAGE_SIZE = 50

router = APIRouter(prefix=PATH, dependencies=[require(Role.ADMINISTRATOR)])


@router.get("")
async def list_users(request: Request, q: str = "", page: int = 1) -> Response:
    return await _list(request, q, max(1, page))


@router.post("")
async def add_user(request: Request) -> Response:
    """Add a user; a password that is not given is made up, and shown once."""
    form = await request.form()
    username, password = text_of(form, "username").strip(), text_of(form, "password") or new_password()
    try:
        await people_of(request).directory.add_user(
            username,
            password,
            name=text_of(form, "name"),
            email=text_of(form, "email"),
            roles=roles_of(form),
            groups=texts_of(form, "group"),
        )
    except IdentityError as error:
        return await _list(request, "", 1, form, error)
    if text_of(form, "password"):
        return done(_path(username), "added")
    return await _one(request, username, password=password)


@router.get("/{username}")
async def show_user(request: Request, username: str) -> Response:
    return await _one(request, username)


@router.post("/{username}")
async def change_user(request: Request, username: str) -> Response:
    """Name, e-mail, roles, groups, and whether the account is open."""
    form = await request.form()
    directory = people_of(request).directory
    try:
        await directory.change_user(
            username,
            name=text_of(form, "name"),
            email=text_of(form, "email"),
            roles=roles_of(form),
            groups=texts_of(form, "group"),
            active=bool(text_of(form, "active")),
        )
    except IdentityError as error:
        return await _one(request, username, error)
    return done(_path(username), "saved")


@router.post("/{username}/password")
async def reset_password(request: Request, username: str) -> Response:
    """A new password, shown once; the user's sessions end."""
    password = new_password()
    try:
        await people_of(request).directory.set_password(username, password)
    except IdentityError as error:
        return await _one(request, username, error)
    return await _one(request, username, password=password)


@router.post("/{username}/removal")
async def remove_user(request: Request, username: str) -> Response:
    try:
        await people_of(request).directory.remove_user(username)
    except IdentityError as error:
        return await _one(request, username, error)
    return done(PATH, "removed")


def _path(username: str) -> str:
    return f"{PATH}/{quote(username, safe='')}"


async def _list(
    request: Request, text: str, page: int, form: FormData | None = None, error: IdentityError | None = None
) -> Response:
    directory = people_of(request).directory
    people, count = await directory.people(text, PAGE_SIZE, (page - 1) * PAGE_SIZE)
    return render(
        request,
        "people/users.html",
        status_of(error) if error else 200,
        people=people,
        count=count,
        page=page,
        last_page=max(1, -(-count // PAGE_SIZE)),
        text=text,
        roles=ROLE_DESCRIPTIONS,
        groups=await directory.groups(),
        form=form or {},
        chosen_roles=roles_of(form) if form else [Role.USER],
        chosen_groups=texts_of(form, "group") if form else [],
        errors=complaint(error) if error else {},
        said=said(request),
    )


async def _one(
    request: Request, username: str, error: IdentityError | None = None, password: str = ""
) -> Response:
    directory = people_of(request).directory
    return render(
        request,
        "people/user.html",
        status_of(error) if error else 200,
        person=await directory.person(username),
        roles=ROLE_DESCRIPTIONS,
        groups=await directory.groups(),
        is_everything=request.state.identity.demo and username == DEMO_USER,
        errors=complaint(error) if error else {},
        password=password,
        said=said(request),
    )
