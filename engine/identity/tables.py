"""The tables of people. They are small, the same everywhere, and refer only to each other.

A user without a password cannot sign in; users of demonstrations are such. What a session or a guess is known by is
kept as a digest only: whoever reads these tables can neither take over a session nor sign in.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)

from engine.store.tables import metadata


def _time(name: str, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _of(table: str, column: str) -> Column[str]:
    """A reference that goes when what it refers to goes."""
    return Column(column, Text, ForeignKey(f"{table}.{column}", ondelete="CASCADE"), primary_key=True)


user_account = Table(
    "user_account",
    metadata,
    Column("username", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("password", Text),  # argon2, with its parameters and salt
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("theme", Text, nullable=False, server_default=text("''")),  # light, dark, or as the browser has it
    _time("created_at"),
    _time("password_set_at", nullable=True),
    Index("user_account_any_case", func.lower(text("username")), unique=True),
)

user_group = Table(
    "user_group",
    metadata,
    Column("group_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text),
)

group_member = Table(
    "group_member",
    metadata,
    _of("user_group", "group_id"),
    _of("user_account", "username"),
    Index("group_member_user", "username"),
)

user_role = Table(
    "user_role", metadata, _of("user_account", "username"), Column("role", Text, primary_key=True)
)

group_role = Table("group_role", metadata, _of("user_group", "group_id"), Column("role", Text, primary_key=True))

# A browser that somebody is signed in with. Its token is replaced now and then; until the browser has used the new one
# the previous is good as well, since the answer that brought the new one may have been lost.
session = Table(
    "session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("username", Text, ForeignKey("user_account.username", ondelete="CASCADE"), nullable=False),
    Column("digest", LargeBinary, nullable=False),  # SHA-256 of the token
    Column("previous_digest", LargeBinary),
    Column("salt", LargeBinary, nullable=False),  # the present token was made from the previous one and this
    Column("csrf_token", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    _time("created_at"),
    _time("rotated_at"),
    _time("confirmed_at", nullable=True),  # when the present token was first seen
    _time("seen_at"),
    Index("session_digest", "digest", unique=True),
    Index(
        "session_previous_digest",
        "previous_digest",
        postgresql_where=text("previous_digest is not null"),
    ),
    Index("session_user", "username"),
)

# How often a password was wrong, by user name and by address; the number sinks as time passes.
sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("subject", LargeBinary, primary_key=True),  # SHA-256 of what is counted
    Column("failures", Double, nullable=False),
    _time("last_at"),
)
