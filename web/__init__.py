"""The pages: what people do with Pointsman without writing code.

A page is a list, a filter or a form, rendered on the server by Jinja2; htmx replaces parts of it, and islands (ES
modules, built by `web/build.mjs`) bring to life what needs a diagram or an editor. The address is the state: whatever
a person has chosen is in it, so that it can be kept, sent and gone back to. What changes elsewhere arrives as a
Server-Sent Event that says "look again".

    app.py         add_pages: everything below, onto the application
    pages.py       rendering: templates, assets, what every page knows
    security.py    who asks, and whether they may (admission.py finds out);  refusals.py  what cannot be done, and why
    live.py        what changes elsewhere, as events
    tables.py      the pages' own rows
    tasks/         the task list
    operations/    what runs, what is stuck, and what is done about it
    models/        the library of models;  play/  drafts on the real engine, in a sandbox
    people/        the sign-in, one's profile, users and groups
    templates/     base.html, macros.html (the components), one folder an area
    static/        the style sheet and the icons; static/built is what the build makes
    islands/       browser code of the pages; the editors are in modeler/

Pages read by `engine.store.search` and act by commands of `engine.runtime`, as the REST API does; islands call the
REST API itself with the session of the page.
"""
