"""The built-in functions, by topic. Importing this package fills the registry.

Text: `strings.py` and, for regular expressions, `patterns.py`. Numbers: `numbers.py`. Lists: `lists.py` and
`aggregates.py`. The rest: `booleans.py`, `contexts.py`, `conversion.py`, `temporals.py`, `ranges.py`. How a
function is declared and called is in `registry.py`.
"""

from __future__ import annotations

from engine.feel.builtins import (
    aggregates,
    booleans,
    contexts,
    conversion,
    lists,
    numbers,
    ranges,
    strings,
    temporals,
)
from engine.feel.builtins.registry import REGISTRY, as_value, invocation

__all__ = [
    "REGISTRY",
    "aggregates",
    "as_value",
    "booleans",
    "contexts",
    "conversion",
    "invocation",
    "lists",
    "numbers",
    "ranges",
    "strings",
    "temporals",
]
