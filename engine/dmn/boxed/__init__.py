"""The boxed expressions of DMN: one function per element, from XML to an evaluator.

- `simple.py`          literal expressions, lists, relations, contexts, conditionals
- `iterators.py`       for, some, every, filters
- `functions.py`       function definitions and invocations
- `table_compiler.py`  decision tables, to the `DecisionTable` of `tables.py`, which does what `hit_policies.py` says
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.dmn.boxed.functions import function_definition, invocation
from engine.dmn.boxed.iterators import filtered, for_each, quantified
from engine.dmn.boxed.simple import conditional, context, list_of, literal_expression, relation
from engine.dmn.boxed.table_compiler import decision_table
from engine.dmn.compilation import Boxed
from engine.dmn.results import DecisionType

EXPRESSIONS: Final[Mapping[str, Boxed]] = {
    "decisionTable": Boxed(DecisionType.DECISION_TABLE, decision_table),
    "literalExpression": Boxed(DecisionType.LITERAL_EXPRESSION, literal_expression),
    "context": Boxed(DecisionType.CONTEXT, context),
    "list": Boxed(DecisionType.LIST, list_of),
    "relation": Boxed(DecisionType.RELATION, relation),
    "invocation": Boxed(DecisionType.INVOCATION, invocation),
    "functionDefinition": Boxed(DecisionType.FUNCTION, function_definition),
    "conditional": Boxed(DecisionType.CONDITIONAL, conditional),
    "for": Boxed(DecisionType.FOR, for_each),
    "some": Boxed(DecisionType.SOME, quantified),
    "every": Boxed(DecisionType.EVERY, quantified),
    "filter": Boxed(DecisionType.FILTER, filtered),
}
