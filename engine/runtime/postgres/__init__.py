"""Connections to PostgreSQL, and a PostgreSQL where there is none.

    database.py  connections, as the runtime needs them
    sending.py   a connection whose pipelines send what they are given at once
    opening.py   which database to use: one that is named, or one of our own
    embedded.py  the latter; keeper.py starts it again should it end; binaries.py, where its programs are
"""
