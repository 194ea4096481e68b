"""The boxed expressions of DMN: one function per element, from XML to an evaluator.

| module              | elements                                                  |
|---------------------|-----------------------------------------------------------|
| `simple.py`         | literalExpression, list, relation, context, conditional   |
| `iterators.py`      | for, some, every, filter                                  |
| `functions.py`      | functionDefinition, invocation                            |
| `table_compiler.py` | decisionTable, which makes a `DecisionTable` of `tables`; |
|                     | `hit_policies.py` makes one result of many                |

Importing this package registers them all.
"""

from __future__ import annotations

from engine.dmn.boxed import functions, iterators, simple, table_compiler

__all__ = ["functions", "iterators", "simple", "table_compiler"]
