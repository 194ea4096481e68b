"""How long anybody waits for a PostgreSQL that has gone silent: a host that is gone, a network that is cut in two.

No end of a connection is heard then. Over TCP each side asks the other for a sign of life, or it would wait for hours
(Linux: 2 h 11 min): we, so that what waits for an answer, or only listens, goes on with another connection; the server,
so that it gives up the transaction and the locks of a process that is out of reach. A Unix socket needs none of it.
None of it bounds a statement: a server that lives may take its time.
"""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict

#: What psycopg.connect takes: to connect takes at most 5 s an address; who does not acknowledge what was sent for 10 s,
#: or answer 3 questions in 15 s after 10 s of silence, is gone.
OURS = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
#: The same from the server's side, as options of a session.
THEIRS = "-c tcp_user_timeout=10000 -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"


def patience(url: str) -> dict[str, Any]:
    """What psycopg.connect is given beside a libpq URL, which may say otherwise. Raises psycopg.ProgrammingError."""
    given = conninfo_to_dict(url)
    return {name: value for name, value in OURS.items() if name not in given}


def session_options(url: str, settings: str) -> str:
    """The options of a session: `settings` prevail over those of a libpq URL, and these over the server's patience."""
    return f"{THEIRS} {conninfo_to_dict(url).get('options', '')} {settings}"
