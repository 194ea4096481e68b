"""Connections to PostgreSQL, and a PostgreSQL where there is none.

    database.py  connections, as the runtime needs them
    sending.py   a connection whose pipelines send what they are given at once
    embedded.py  a server of our own; binaries.py, where its programs are
"""
