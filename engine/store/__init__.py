"""The rows: tables, what writes them in batches, what reads instances back, what searches them.

The rows are the truth. There is no second store and no index that lags: a search sees what the last answered request
wrote.

    tables.py   the schema (SQLAlchemy Core); `migrations/` brings a database to it
    keys.py     keys from blocks that a table hands out
    rows.py     instances ⇄ rows
    batch.py    one statement per table, with array parameters
    search.py   filters, sorting and cursors for lists
"""
