"""Transaction: a sub-process that can be cancelled, which undoes what was completed in it."""

from __future__ import annotations

from engine.elements.base import Behavior
from engine.elements.registry import Source, element
from engine.elements.sub_process import SubProcess


@element("transaction")
class Transaction(SubProcess):
    """A sub-process that can be cancelled, which undoes what was completed in it."""

    transaction = True

    @classmethod
    def read(cls, source: Source) -> Behavior:
        return cls(source)
