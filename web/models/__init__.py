"""The library of models, and what the modeler asks of the server.

A model is a draft that people work on: a process (BPMN), decisions (DMN), a form, or an element template. It is saved
as it is typed; each save names the revision that it is based on, so that of two browsers on one model the second is
told and nothing is overwritten. A version is a draft that somebody gave a name to keep it. What is deployed is not
copied here: it is read from the engine's own tables, by the ids that a draft declares.

    contents.py    what is in a draft: the ids it declares, the ids it refers to; whether it can be kept at all
    blanks.py      new models: empty ones, and those of bpmn_samples
    library.py     Library: the drafts and their versions in PostgreSQL
    deployed.py    what of a draft is deployed, and whether it has changed since
    deploying.py   a draft and what it refers to, deployed together, and started
    checking.py    the engine's own opinion of a draft, as a list of problems
    sources.py     any state of a model: the draft, a version, a deployment
    requests.py    what the editor sends
    answers.py     what it is answered where something is refused
    routes.py      the pages; editing.py: the editor's own requests
"""
