"""Rows joined with what they belong to. All are outer joins on unique keys, which cost nothing where unused."""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Table,
    and_,
    false,
    func,
)

from engine.store.search.kinds import (
    Column,
)
from engine.store.tables import process_definition as pd
from engine.store.tables import process_element
from engine.store.tables import process_instance as pi


def with_element(
    table: Table, rows: FromClause | None = None, inner: Column | None = None, id: str = "element_id"
) -> FromClause:
    """Rows joined with the node that their element id (the column `id`) names; of a multi-instance activity, the
    activity itself.
    """
    rows = table if rows is None else rows
    return rows.outerjoin(
        process_element,
        and_(
            process_element.c.process_definition_key == table.c.process_definition_key,
            process_element.c.element_id == table.c[id],
            process_element.c.inner == (false() if inner is None else inner),
        ),
    )


def with_definition(table: Table, rows: FromClause | None = None) -> FromClause:
    """Rows joined with their process definition."""
    rows = table if rows is None else rows
    return rows.outerjoin(pd, pd.c.key == table.c.process_definition_key)


def with_instance(table: Table, rows: FromClause | None = None) -> FromClause:
    """Rows joined with their process instance."""
    rows = table if rows is None else rows
    return rows.outerjoin(pi, and_(pi.c.part == table.c.part, pi.c.key == table.c.process_instance_key))


def element_name(table: Table) -> ColumnElement[str]:
    """The name of the element, or its id where it has none."""
    return func.coalesce(func.nullif(process_element.c.name, ""), table.c.element_id)
