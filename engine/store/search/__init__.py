"""Searches: filters, sorting, pages and cursors over the rows, and the figures that overviews show.

What can be searched is written as tables: an `Entity` lists its fields, each with its kind and its SQL
expression. From a search and an entity `statement` makes SQL, which `Reader` runs on connections of its
own. The answer is what the last commit wrote; there is no index beside the rows.

Cost: pages are found by index where the order starts with an indexed field (each default order does) and a
cursor is used; an offset is walked. Matches are counted exactly up to COUNT_LIMIT and no further, so that
the count costs the same on ten million rows. Filters by properties of a definition first look up its keys,
which are indexed.

    kinds.py        how the values of a field are read, compared and written; values.py, single values
    entity.py       Entity, Field, Source
    query.py        what is asked and answered: filter, sort, page, cursors
    statement.py    a search as SQL
    reader.py       Reader: runs it; pool.py, connections to read with; errors.py, what it refuses
    definitions.py  process definitions, resources
    decisions.py    decision definitions, requirements graphs, decision instances
    instances.py    process instances; elements.py, variables.py; joins.py, what rows belong to
    work.py         jobs, user tasks, incidents
    batches.py      batch operations and their items
    messages.py     message subscriptions, correlated messages; buffered.py, those that are kept
    figures.py      statistics, sequence flows taken, call hierarchies, files
    overview.py     what dashboards show: counts of all instances, groups of incidents, backlogs of jobs
"""

from engine.store.search.batches import BATCH_OPERATION_ITEMS, BATCH_OPERATIONS
from engine.store.search.decisions import (
    DECISION_DEFINITIONS,
    DECISION_INSTANCE_DETAILS,
    DECISION_INSTANCES,
    DECISION_REQUIREMENTS,
)
from engine.store.search.definitions import PROCESS_DEFINITIONS, RESOURCES
from engine.store.search.elements import ELEMENT_INSTANCES
from engine.store.search.entity import Entity
from engine.store.search.errors import InvalidCursor, InvalidSearch, SearchTimeout, SearchUnavailable
from engine.store.search.instances import PROCESS_INSTANCES
from engine.store.search.messages import CORRELATED_MESSAGES, MESSAGE_SUBSCRIPTIONS
from engine.store.search.query import Found, Order, PageInfo, PageRequest, SearchQuery, Sort
from engine.store.search.reader import Reader
from engine.store.search.variables import VARIABLES, VARIABLES_TRUNCATED
from engine.store.search.work import INCIDENTS, JOBS, USER_TASKS

__all__ = [
    "BATCH_OPERATIONS",
    "BATCH_OPERATION_ITEMS",
    "CORRELATED_MESSAGES",
    "DECISION_DEFINITIONS",
    "DECISION_INSTANCES",
    "DECISION_INSTANCE_DETAILS",
    "DECISION_REQUIREMENTS",
    "ELEMENT_INSTANCES",
    "INCIDENTS",
    "JOBS",
    "MESSAGE_SUBSCRIPTIONS",
    "PROCESS_DEFINITIONS",
    "PROCESS_INSTANCES",
    "RESOURCES",
    "USER_TASKS",
    "VARIABLES",
    "VARIABLES_TRUNCATED",
    "Entity",
    "Found",
    "InvalidCursor",
    "InvalidSearch",
    "Order",
    "PageInfo",
    "PageRequest",
    "Reader",
    "SearchQuery",
    "SearchTimeout",
    "SearchUnavailable",
    "Sort",
]
