"""The statements of the directory."""

# ruff: noqa: S608 (statements are put together from constants; values are parameters)

from __future__ import annotations

from engine.identity.rows import GROUP_COLUMNS, IDENTITY_COLUMNS, PERSON_COLUMNS
from engine.store import locks

TAKE_LOCK = f"SELECT pg_advisory_xact_lock({locks.DIRECTORY})"
ADMINISTRATORS = """
    SELECT count(*) FROM user_account u WHERE u.active AND u.password IS NOT NULL AND 'ADMINISTRATOR' IN (
        SELECT r.role FROM user_role r WHERE r.username = u.username
        UNION ALL
        SELECT r.role FROM group_role r JOIN group_member m USING (group_id) WHERE m.username = u.username)
"""
MATCHING = """
    WHERE (%(text)s::text IS NULL OR concat_ws(' ', u.username, u.name, u.email) ILIKE %(text)s)
      AND (%(with_password)s::boolean IS NULL OR (u.password IS NOT NULL) = %(with_password)s)
"""
PEOPLE = f"SELECT {PERSON_COLUMNS} FROM user_account u {MATCHING} ORDER BY u.username LIMIT %(limit)s OFFSET %(from)s"
PEOPLE_COUNT = f"SELECT count(*) FROM user_account u {MATCHING}"
PERSON = f"SELECT {PERSON_COLUMNS} FROM user_account u WHERE u.username = %(username)s"
IDENTITY = f"SELECT {IDENTITY_COLUMNS} FROM user_account u WHERE u.username = %(username)s AND u.active"
GROUPS = f"SELECT {GROUP_COLUMNS} FROM user_group g ORDER BY lower(g.name), g.group_id"
GROUP = f"SELECT {GROUP_COLUMNS} FROM user_group g WHERE g.group_id = %(group)s"
INSERT_USER = """
    INSERT INTO user_account (username, name, email, password, created_at, password_set_at)
    VALUES (%(username)s, %(name)s, %(email)s, %(password)s::text, %(now)s,
            CASE WHEN %(password)s::text IS NOT NULL THEN %(now)s END)
"""
CHANGE_USER = """
    UPDATE user_account SET name = coalesce(%(name)s, name), theme = coalesce(%(theme)s, theme),
        email = CASE WHEN %(email)s::text IS NULL THEN email ELSE nullif(%(email)s, '') END
    WHERE username = %(username)s
"""
RENEW = "UPDATE user_account SET password = %(password)s, password_set_at = %(now)s WHERE username = %(username)s"
ADD_ROLES = "INSERT INTO user_role (username, role) SELECT %(username)s, unnest(%(roles)s::text[])"
ADD_GROUPS = "INSERT INTO group_member (username, group_id) SELECT %(username)s, unnest(%(groups)s::text[])"
ADD_GROUP_ROLES = "INSERT INTO group_role (group_id, role) SELECT %(group)s, unnest(%(roles)s::text[])"
