"""Pages about people: the sign-in, one's own profile, and users and groups for administrators.

Plain forms that lead on to a page when they are done, so all of them work without any script.

    sign_in.py   /sign-in, /sign-out, /session, /acts-as
    profile.py   /profile: password, theme, sessions
    users.py     /admin/users
    groups.py    /admin/groups
    forms.py     what they have in common

Who asks, and whether they may, is settled before any of these: web/security.py.
"""

from fastapi import APIRouter

from web.people import groups, profile, sign_in, users

router = APIRouter(include_in_schema=False)
for part in (sign_in, profile, users, groups):
    router.include_router(part.router)
