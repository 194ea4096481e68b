"""Pointsman's engine: BPMN processes, executed as drawn, durable in PostgreSQL.

    engine/bpmn      BPMN XML → nodes → compile → Graph (immutable, cached)
    engine/runtime   collects commands, loads the instances they touch, commits one batch, answers
    engine/identity  users, groups, roles, passwords and sessions
    engine/sandbox   processes played in memory, with a clock that an argument moves
    engine/store     rows ⇄ instances, searches
    engine/machine   advance(graph, instance, command, now) → events;  apply(instance, event)
    engine/elements  one module per BPMN element: how it is read, checked and behaves
    engine/triggers  one module per event definition (timer, message, signal, …)
    engine/feel      the expression language; engine/dmn  decisions; xml.py  XML, read safely

Imports point one way:
api, web → sandbox → runtime, identity → store, bpmn, dmn → elements, triggers → machine, feel.
Machine, elements, triggers, feel and dmn are pure: time and keys come in as arguments, and nothing there
imports lxml, SQLAlchemy, asyncio, a clock or a random source. `tests/architecture` holds these rules.
"""

__version__ = "0.1.0"
