"""Groups, as administrators manage them."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from engine.identity.errors import IdentityError
from engine.identity.identity import ROLE_DESCRIPTIONS, Role
from web.pages import render
from web.people.forms import complaint, done, people_of, roles_of, said, status_of, text_of
from web.security import require

PATH = "/admin/groups"
SUGGESTED = 500  # user names that are suggested while one types

router = APIRouter(prefix=PATH, dependencies=[require(Role.ADMINISTRATOR)])


@router.get("")
async def list_groups(request: Request) -> Response:
    return await _list(request)


@router.post("")
async def add_group(request: Request) -> Response:
    form = await request.form()
    group_id = text_of(form, "groupId").strip()
    try:
        await people_of(request).directory.add_group(group_id, text_of(form, "name"), text_of(form, "description"))
    except IdentityError as error:
        return await _list(request, form, error)
    return done(_path(group_id), "added")


@router.get("/{group_id:path}/edit")
async def show_group(request: Request, group_id: str) -> Response:
    return await _one(request, group_id)


@router.post("/{group_id:path}/edit")
async def change_group(request: Request, group_id: str) -> Response:
    form = await request.form()
    directory = people_of(request).directory
    try:
        await directory.change_group(group_id, text_of(form, "name"), text_of(form, "description"))
        await directory.set_group_roles(group_id, roles_of(form))
    except IdentityError as error:
        return await _one(request, group_id, error)
    return done(_path(group_id), "saved")


@router.post("/{group_id:path}/members")
async def change_members(request: Request, group_id: str) -> Response:
    """Add the user that `add` names, or remove the one that `remove` names."""
    form = await request.form()
    directory = people_of(request).directory
    try:
        if leaving := text_of(form, "remove"):
            await directory.remove_member(group_id, leaving)
        else:
            await directory.add_member(group_id, text_of(form, "add").strip())
    except IdentityError as error:
        return await _one(request, group_id, error)
    return done(_path(group_id), "saved")


@router.post("/{group_id:path}/removal")
async def remove_group(request: Request, group_id: str) -> Response:
    try:
        await people_of(request).directory.remove_group(group_id)
    except IdentityError as error:
        return await _one(request, group_id, error)
    return done(PATH, "removed")


def _path(group_id: str) -> str:
    return f"{PATH}/{quote(group_id, safe='')}/edit"


async def _list(request: Request, form: FormData | None = None, error: IdentityError | None = None) -> Response:
    return render(
        request,
        "people/groups.html",
        status_of(error) if error else 200,
        groups=await people_of(request).directory.groups(),
        form=form or {},
        errors=complaint(error) if error else {},
        said=said(request),
    )


async def _one(request: Request, group_id: str, error: IdentityError | None = None) -> Response:
    directory = people_of(request).directory
    group = await directory.group(group_id)
    people, _ = await directory.people(limit=SUGGESTED)
    return render(
        request,
        "people/group.html",
        status_of(error) if error else 200,
        group=group,
        path_of_group=f"{PATH}/{quote(group_id, safe='')}",
        roles=ROLE_DESCRIPTIONS,
        people=[person for person in people if person.username not in group.members],
        names={person.username: person.name for person in people},
        errors=complaint(error) if error else {},
        said=said(request),
    )
