"""Which database to use: one that is named, or one of our own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from engine.runtime.postgres.binaries import PostgresUnavailable
from engine.runtime.postgres.embedded import EmbeddedPostgres
from engine.runtime.postgres.keeper import kept_alive

DATABASE_URL_VARIABLE = "POINTSMAN_DATABASE_URL"


@contextlib.contextmanager
def open_database(url: str | None, directory: Path | str) -> Iterator[str]:
    """The URL of the database to use, for as long as the block runs.

    That is `url`, else POINTSMAN_DATABASE_URL, else an embedded server with its data in `directory`,
    which is started again should it end. Raises PostgresUnavailable for a URL that cannot be one.
    """
    chosen = url or os.environ.get(DATABASE_URL_VARIABLE)
    if chosen:
        _check(chosen)
        yield chosen
        return
    with EmbeddedPostgres(directory) as server, kept_alive(server):
        yield server.url


def _check(url: str) -> None:
    """Nothing of the URL is repeated in the message: there may be a password in it."""
    try:
        if url.startswith(("postgresql://", "postgres://")):
            conninfo_to_dict(url)
            return
    except psycopg.ProgrammingError:
        pass
    raise PostgresUnavailable(
        f"The URL of the database (--database-url, {DATABASE_URL_VARIABLE}) cannot be understood. It looks like "
        "postgresql://USER:PASSWORD@HOST:5432/DATABASE, with special characters as %40."
    )
