"""The business id of a running instance: given once, to a root instance, and never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.machine import events as ev
from engine.machine.commands import Rejection

if TYPE_CHECKING:
    from engine.machine.work import Work


def assign(m: Work, business_id: str) -> None:
    """Give the instance this business id, which it may have already. Raises Rejection, with nothing changed."""
    instance = m.instance
    if instance.parent_key is not None:
        raise Rejection(
            "INVALID_STATE",
            f"Expected to assign a business id to process instance '{instance.key}', but a parent process instance "
            f"created it. Assign one to the root process instance '{instance.root_key}' before it calls.",
        )
    if instance.business_id == business_id:
        return
    if instance.business_id:
        raise Rejection(
            "INVALID_STATE",
            f"Expected process instance '{instance.key}' to have no business id, but it has "
            f"'{instance.business_id}', which never changes.",
        )
    m.emit(ev.BusinessIdAssigned(instance.key, business_id))
