"""Brings a database to the schema of this version.

The migrations are Alembic's, in the packaged `migrations/versions`, numbered in one line: 0001_…, 0002_….
Where nothing is to do, one query says so and Alembic is not even imported. Otherwise everything runs in one
transaction under an advisory lock, so that of several servers that start at once one migrates and the others
find it done, and a failed migration leaves nothing behind.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from engine.store import locks
from engine.store.patience import patience

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import URL, Connection


class SchemaError(RuntimeError):
    """The database cannot be brought to this version's schema; the message says what to do."""


def migrate(url: str) -> None:
    """Upgrades the database at `url` (libpq's form) to this version's schema.

    Waits for whoever does so already. Raises SchemaError where a newer Pointsman has migrated it or the account may
    not create tables, and what the driver raises where it is not reachable.
    """
    if current_revision(url) == head_revision():
        return
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    database = create_engine(sqlalchemy_url(url), poolclass=NullPool, connect_args=patience(url))
    try:
        with database.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": locks.MIGRATION})
            upgrade(connection)
    except DBAPIError as error:
        cause = error.orig or error
        if isinstance(cause, psycopg.OperationalError):
            raise cause from error
        first = str(cause).partition("\n")[0]
        raise SchemaError(
            f"The database cannot be migrated to {head_revision()}: {first}. Its account must be let to create tables."
        ) from error


def upgrade(connection: Connection) -> None:
    """Runs the missing migrations in the transaction of `connection`."""
    from alembic import command
    from alembic.util import CommandError

    config = alembic_config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise SchemaError(f"The database cannot be migrated to {head_revision()}: {error}") from error


def current_revision(url: str) -> str | None:
    """The revision that the database is at, None where it has no schema of ours.

    Raises SchemaError where that revision is newer than this version knows.
    """
    with psycopg.connect(url, **patience(url)) as connection:
        exists = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
        if not exists or not exists[0]:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is not None and row[0] > head_revision():
        raise SchemaError(
            f"The database is at revision {row[0]}, but this Pointsman knows only {head_revision()}: "
            "a newer version has migrated it. Start that version, or use another database."
        )
    return None if row is None else row[0]


def head_revision() -> str:
    """The newest revision, which is the number that its file's name begins with."""
    return max(path.name.partition("_")[0] for path in (migrations_folder() / "versions").glob("[0-9]*.py"))


def migrations_folder() -> Path:
    """Where the packaged migrations are."""
    return Path(str(files("migrations")))


def alembic_config() -> Config:
    """Alembic's configuration; `attributes["connection"]` is to be added."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def sqlalchemy_url(url: str) -> URL:
    """`url` as SQLAlchemy wants it, with psycopg 3 as the driver."""
    from sqlalchemy import make_url

    return make_url(url.replace("postgres://", "postgresql://", 1)).set(drivername="postgresql+psycopg")
