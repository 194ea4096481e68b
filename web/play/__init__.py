"""Play: a draft runs on the real engine, in a sandbox of its own, with a clock that its user moves.

A sandbox is stored as the files that run in it and the steps that were taken (engine/sandbox); its state is their
replay. So any server process answers any request, a restart loses nothing, and a step back is a shorter list. What is
in memory between two requests is only saved work. Sandboxes belong to whoever made them and are removed when they have
not been used for two weeks; scenarios belong to a process, for everybody who draws.

    sources.py    what a draft needs to run: what it refers to, from the library or as it is deployed
    store.py      sandboxes and scenarios in PostgreSQL
    playing.py    stored steps → sandbox → one step more
    reading.py    forms → steps
    picture.py    what the page shows of a sandbox
    routes.py     the pages; scenarios.py: keeping and running scenarios

The page is one list of what can be done, rendered here; the diagram beside it (modeler/play) shows the same and its
buttons press those of the list.
"""
