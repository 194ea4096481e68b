"""One module per BPMN node: how it is read from a model, checked, and how it behaves.

A module registers itself with the `@element(tag)` decorator (registry.py) and is named as its tag; nothing else names
it. What stands around a node whatever it is (mappings, listeners, boundary events, compensation) is not its business.
The loops around an activity, multi_instance.py and standard_loop.py, are behaviours of a node of their own.

    base.py       the points at which the machine asks a behaviour
    registry.py   BPMN tag → module
    reading.py    what several elements read the same way (job definitions, headers, mappings)
    tasks.py, events.py, gateways.py, scopes.py     what those of a family do alike
    ad_hoc_activities.py    what the worker of an ad-hoc sub-process is told
"""
