"""The task list: what people have to do, and where they do it.

The address is the state: a view (mine, my groups', unassigned, all, completed) with conditions and an order, and the
task that is open. A page is three columns: the views, the list, the task; the browser replaces the last two alone.

Whoever asks sees the tasks of their own and of their groups and those that nobody is named for; operators see all.
That is one SQL condition (rights.py), which every look-up carries, so that an action on a task that somebody may not
see finds none. Actions are commands of the engine, whose log keeps who sent them; what the engine refuses is told in
its words.

    filters.py    the address: what is asked for, as parameters and back
    rights.py     who sees a task, and may do what with it
    reading.py    lists and single tasks
    forms.py      the form of a task or a start, linked or embedded
    fields.py     variables as typed fields, where there is no form
    history.py    who did what, from the log
    notes.py      rows of the pages' own: drafts, comments, attachments, saved filters, started instances
    people.py     to whom a task can be given
    routes.py     the pages;  actions.py  what is done to a task;  starting.py  starting a process;  pages.py  all three
    asking.py     what each of them knows of a request

In the browser: web/islands/tasks.js.
"""
