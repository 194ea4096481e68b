"""Decision instances → rows: one for each decision of the graph that was evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engine.store import tables
from engine.store.batch import Row, insert
from engine.store.keys import PART_SHIFT

if TYPE_CHECKING:
    from engine.machine.state import ElementInstance

INSERT_DECISION = insert(
    tables.decision_instance,
    [
        "part", "key", "index", "process_instance_key", "root_process_instance_key", "process_definition_key",
        "element_instance_key", "element_id", "decision_key", "root_decision_key", "tenant_id", "type", "state",
        "result", "inputs", "rules", "failure", "evaluated_at",
    ],
)  # fmt: skip

_encode = msgspec.json.Encoder().encode


def decision_rows(
    key: int, root_decision_key: int, trace: str, tenant: str, now: int, element: ElementInstance | None
) -> list[Row]:
    """The rows of one evaluation (its `trace` is told by DecisionOutcome); `element` is None without an instance."""
    place: tuple[int | str | None, ...] = (None, None, None, None, None)
    if element is not None:
        instance = element.instance
        place = (instance.key, instance.root_key, instance.graph.definition_key, element.key, element.node.id)
    return [
        (
            key >> PART_SHIFT, key, index, *place, told["key"], root_decision_key, tenant, told["type"],
            1 if told["failure"] else 0, told["output"], _encode(told["inputs"]).decode(),
            _encode(told["rules"]).decode(), told["failure"], now,
        )
        for index, told in enumerate(msgspec.json.decode(trace), start=1)
    ]  # fmt: skip
