"""The rows: tables, what writes them in batches, what reads instances back, what searches them.

The rows are the truth. There is no second store and no index that lags: a search sees what the last answered request
wrote.

    tables.py   the schema (SQLAlchemy Core); migrate.py brings a database to it by `migrations/`
    keys.py     keys from blocks that a table hands out
    rows.py     instances → rows, by the statements of statements.py; load.py: rows → instances
    log.py      what happened, command by command
    batch.py    one statement per table, with array parameters (arrays.py); asking.py: carried out
    patience.py how long anybody waits for a database that has gone silent; limits.py: what is too large for it
    locks.py    what only one server process does at a time
    messages.py what is published, who waits for it, who got it
    batch_operations.py  what is done to many instances
    due.py      what waits for the clock; forgetting.py: what is old enough to go
    catalog.py  what is deployed; decisions.py: what was decided
    search/     filters, sorting and cursors for lists
"""
