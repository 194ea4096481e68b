"""The migrations arrive exactly at the declared tables, once, whoever runs them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

import web.tables  # noqa: F401  (these tables join the others)
from engine.store.migrate import (
    SchemaError,
    alembic_config,
    current_revision,
    head_revision,
    migrate,
    sqlalchemy_url,
)
from engine.store.tables import metadata


def test_migrated_schema_equals_declared_schema(database_url: str) -> None:
    """When this fails, run `make migration` and read what it wrote."""
    with create_engine(sqlalchemy_url(database_url), poolclass=NullPool).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_storage_settings_equal_declared_ones(database_url: str) -> None:
    """Alembic does not compare these."""
    options = {table.name: table.dialect_options["postgresql"]["with"] for table in metadata.tables.values()}
    declared = {
        table: {f"{name}={value}" for name, value in (settings or {}).items()}
        for table, settings in options.items()
    }
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT relname, coalesce(reloptions, '{}') FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'"
        )
        assert {table: set(found) for table, found in rows} == declared


def test_revisions_are_one_line_and_the_file_names_say_their_order() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [head_revision()]


def test_new_database_is_migrated_and_a_second_time_changes_nothing(empty_database_url: str) -> None:
    assert current_revision(empty_database_url) is None
    migrate(empty_database_url)
    migrate(empty_database_url)
    assert current_revision(empty_database_url) == head_revision()


def test_servers_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [empty_database_url] * 4))
    assert current_revision(empty_database_url) == head_revision()


def test_an_account_that_may_not_create_tables_is_told_so(empty_database_url: str) -> None:
    only_reading = f"{empty_database_url}&options=-c%20default_transaction_read_only%3Don"
    with pytest.raises(SchemaError, match=r"cannot execute CREATE TABLE .* must be let to create tables\.$"):
        migrate(only_reading)
    assert current_revision(empty_database_url) is None


def test_database_of_a_newer_version_is_refused(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaError, match="9999"):
        migrate(database_url)
