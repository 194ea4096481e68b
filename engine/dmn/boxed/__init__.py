"""The boxed expressions of DMN: one function per element, from XML to an evaluator.

| module           | elements                                                    |
|------------------|-------------------------------------------------------------|
| `simple.py`      | literalExpression, list, relation, context, conditional     |
| `iterators.py`   | for, some, every, filter                                    |
| `functions.py`   | functionDefinition, invocation                              |
| `tables.py`      | decisionTable; `hit_policies.py` makes one result of many   |

Importing this package registers them all.
"""

from __future__ import annotations

from engine.dmn.boxed import functions, iterators, simple, tables

__all__ = ["functions", "iterators", "simple", "tables"]
