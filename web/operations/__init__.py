"""Operations: what operators see of everything that runs, and what they do about it.

    dashboard.py         /operations: processes with counts, incidents by message, jobs nobody takes, the last hour
    definitions.py       /operations/definitions/ID: the diagram with counts and heat map, versions, instances
    instances.py         /operations/instances: process instances of all processes
    incidents.py  jobs.py  decisions.py  messages.py  batches.py    the other lists
    previews.py          what a migration or modification of many would do to each
    instance/            one instance: its diagram, variables, history, and its repair

A list is one search of `engine.store.search`, found by index however many rows there are:

    addresses.py         the address with something changed: every choice on a page is a link or a form to it
    filters.py           which instances, asking.py what people type into filters
    listing.py           one page of a search: order and cursor from the address, headings that sort
    figures.py           counts of everything, shared by all who look; kept.py, counted no oftener than they are worth

What is done is done by the REST API: islands send the filter of the list that is shown, so that an operation on all
that match means what the list shows, and what is refused is said in the engine's own words.
"""
