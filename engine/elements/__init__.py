"""One module per BPMN node: how it is read from a model, checked, and how it behaves.

A module registers itself with the `@element(tag)` decorator (registry.py); nothing else names it. What stands around
a node whatever it is (mappings, listeners, boundary events, multi-instance loops, compensation) is not its business.

    base.py       the points at which the machine asks a behaviour
    registry.py   BPMN tag → module
    reading.py    what several elements read the same way (job definitions, headers, mappings)
"""
