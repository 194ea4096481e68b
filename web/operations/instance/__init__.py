"""One process instance: how it stands, how it came to it, and what an operator can do about it.

The page (`/operations/instances/{key}`) is rendered with what stands above and beside the diagram; its island then
asks for the parts, as JSON or as rendered rows, and asks again whenever the instance has changed. Every part can be
had *now*, from the rows, or *as of* a step of the log, from its replay (engine.runtime.history); both fill the same
views, so that the page draws the past with what draws the present.

    views.py    what the parts are, as structs
    reading.py  now → views; past.py: a replay → views
    tabs.py     the lists beside it: jobs, timers, subscriptions, …; each a template in templates/operations/instance
    audit.py    the log in words
    timeline.py element instances as bars over time
    acting.py   what the REST API has no operation for: retry with changed variables, trigger a timer now
    routes.py   the addresses
"""
