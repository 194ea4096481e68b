"""Link: a sequence flow that is not drawn, within one scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.elements.registry import Source, trigger
from engine.triggers.base import Trigger

if TYPE_CHECKING:
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@trigger("linkEventDefinition")
class LinkTrigger(Trigger):
    """A flow that is not drawn, from the throwing events of a name to the catching one."""

    kind = "link"
    positions = frozenset({"throw", "catch"})

    def __init__(self, definition: Source, event: Source, position: str) -> None:
        super().__init__(definition, event, position)
        self.name = definition.get("name") or ""
        if not self.name:
            event.problem("Must have a link name: give the throwing and the catching event the same one.")

    def check(self, node: Node, source: Source) -> None:
        targets = self._targets(node)
        if len(targets) != 1:
            source.problem(
                f"Must have exactly one catching link event '{self.name}' in its scope, but there are {len(targets)}."
            )

    def _targets(self, node: Node) -> list[Node]:
        assert node.scope is not None
        catching = [n for n in node.scope.nodes if n.type == "INTERMEDIATE_CATCH_EVENT" and n.trigger is not None]
        return [n for n in catching if isinstance(n.trigger, LinkTrigger) and n.trigger.name == self.name]

    def throw(self, m: Work, e: ElementInstance, prepared: object) -> None:
        assert e.scope is not None
        m.trigger(self._targets(e.node)[0], e.scope, {})
        m.complete(e)
