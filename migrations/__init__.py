"""The schema's history: one numbered file per change, run in order by `engine.store.migrate`.

`engine/store/tables.py` declares what the schema is; a test holds that the migrations arrive exactly there.
`make migration NAME=add_something` writes the next file from the difference; read it before committing it.
"""
