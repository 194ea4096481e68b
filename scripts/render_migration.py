"""Writes a migration from the difference between the declared tables and what the migrations arrive at.

    python -m scripts.render_migration              the initial schema anew (until the first release)
    python -m scripts.render_migration add_retention   the next numbered file

Read what it wrote before committing it: Alembic sees neither renamed columns nor changed storage settings.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import UpgradeOps
from mako.template import Template
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

import engine.identity.tables  # noqa: F401 (its tables join the others)
import web.tables  # noqa: F401
from engine.runtime.postgres.embedded import temporary_postgres
from engine.store.migrate import head_revision, migrate, migrations_folder, sqlalchemy_url
from engine.store.tables import metadata

# The rows without which the schema does not work.
INITIAL_ROWS = """
    # One row per part, to be locked.
    op.execute("INSERT INTO message_lock SELECT generate_series(0, 4095)")
"""


def main() -> None:
    initial = len(sys.argv) == 1
    name = "initial_schema" if initial else sys.argv[1]
    number = 1 if initial else int(head_revision()) + 1
    upgrades = _difference(migrated=not initial) + (INITIAL_ROWS if initial else "")
    target = migrations_folder() / "versions" / f"{number:04}_{name}.py"
    target.write_text(
        Template(filename=str(migrations_folder() / "script.py.mako")).render(
            message=name.replace("_", " ").capitalize() + ".",
            up_revision=f"{number:04}",
            down_revision=f"{number - 1:04}" if number > 1 else None,
            upgrades=upgrades,
        )
    )
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([ruff, "check", "--quiet", "--fix", target], check=True)
    subprocess.run([ruff, "format", "--quiet", target], check=True)
    print(f"Wrote {target}")


def _difference(migrated: bool) -> str:
    """The operations, as Python, from an empty or a migrated database to the declared tables."""
    with temporary_postgres({"fsync": "off"}) as server:
        if migrated:
            migrate(server.url)
        with create_engine(sqlalchemy_url(server.url), poolclass=NullPool).connect() as connection:
            context = MigrationContext.configure(connection)
            operations = produce_migrations(context, metadata).upgrade_ops
            assert isinstance(operations, UpgradeOps)
            lines = render_python_code(operations, migration_context=context).splitlines()
            return "\n".join(line for line in lines if "# ###" not in line).lstrip()


if __name__ == "__main__":
    main()
