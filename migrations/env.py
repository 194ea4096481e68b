"""Alembic's entry point. The connection, its transaction and its lock come from `engine.store.migrate`."""

from alembic import context

import engine.identity.tables  # noqa: F401 (its tables join the others)
import web.tables  # noqa: F401
from engine.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
