"""The built-in functions, by topic. Importing this package fills the registry.

`strings.py` and `patterns.py` (regular expressions), `numbers.py`, `booleans.py`, `lists.py`, `aggregates.py`,
`contexts.py`, `conversion.py`, `temporals.py`, `ranges.py`; `registry.py` holds how one is declared and called.
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
