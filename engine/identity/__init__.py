"""People: users, groups, roles, passwords and sessions, in the same database as everything else.

Theory of operation
-------------------
`Identity` is what everybody else knows of a person: user name, groups, roles, and `may(role)`. One comes from a
session (a browser's token), from a user name and a password (programs, and the sign-in), or is the demo user's.

A password is worth nothing to whoever reads the database (argon2), nor is a session's token (its digest is kept).
Wrong passwords cost longer and longer pauses, over all server processes. Whatever changes (roles, an account switched
off, a new password) holds for sessions with the next request, and for programs within seconds.

    identity.py     Role, Identity
    people.py       People: all of this on one database; the first administrator
    directory.py    Directory: users and groups, and every change of them; rows.py, how they are read
                    statements.py, their SQL; entries.py, what names can be
    credentials.py  Credentials: user name and password → Identity
    passwords.py    Passwords: argon2; what a password must be
    attempts.py     the pause after wrong passwords
    sessions.py     Sessions: opened, found, renewed, ended
    visibility.py   which user tasks somebody sees
    search.py       users, groups and roles for the REST API's searches
    demo.py         people to try things out with
    tables.py       the tables
    errors.py       what can go wrong

The layer is that of engine.runtime: it uses connections as the runtime does, and knows nothing of HTTP.
"""

from engine.identity.identity import NOBODY, Identity, Role

__all__ = ["NOBODY", "Identity", "Role"]
