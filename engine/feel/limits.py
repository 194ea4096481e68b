"""What an expression may cost. Every budget is charged before the work it stands for.

A step is one turn of a loop or one call of a user's function. A loop with a large body costs more than one
with a small body, so work is limited as well: a unit is about 0.1 µs, the time of a simple node. Together
they keep any expression below about 200 ms.
"""

from __future__ import annotations

from typing import Final

MAX_SOURCE: Final = 32 * 1024  # characters of one expression
MAX_NODES: Final = 2_000  # nodes of its syntax tree
MAX_NESTING: Final = 120  # brackets, ifs, functions … inside each other
MAX_FILTERS: Final = 20  # filters inside each other: each may give a name its meaning
MAX_STEPS: Final = 100_000  # turns of loops, calls
MAX_WORK: Final = 2_000_000  # turns of a loop times the cost of its body, summed
COST_OF_CALL: Final = 20  # in units of work; any other node costs 1
COST_OF_DECIMAL: Final = 25  # an operation on what is not a small whole number
COST_OF_ITEM: Final = 3  # copying an item of a list
COST_OF_LOOK: Final = 12  # comparing an item with something, or asking it for a property
COST_OF_SERIES: Final = 150  # roots, logarithms, powers
COST_OF_ZONE: Final = 200  # asking a zone for its offset
MAX_STRING: Final = 1024 * 1024  # characters of one string
MAX_CALL_DEPTH: Final = 120  # a user's functions inside each other
MAX_DIGITS: Final = 34  # significant digits of a number
MAX_DEPTH: Final = 200  # lists and contexts inside each other, when compared or written out
MAX_RESULT: Final = 1_000_000  # values of one JSON result
MAX_WARNINGS: Final = 50  # kept; the rest is dropped
REGEX_SECONDS: Final = 0.1  # one run of a user's regular expression
CHARACTERS_PER_STEP: Final = 1_000  # what a string function may look at for one step
