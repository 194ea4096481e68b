"""Call activity: runs another process and completes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.reading import read_binding
from engine.elements.registry import Source, element
from engine.elements.tasks import Activity
from engine.machine import events as ev
from engine.machine.commands import CancelInstance, CreateInstance
from engine.machine.lifecycle import ElementState, IncidentType
from engine.machine.values import Stuck, visible

if TYPE_CHECKING:
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work

#: Calls within calls; a process that calls itself without end stops here.
MAX_DEPTH = 100


@element("callActivity")
class CallActivity(Activity):
    """Runs another process, with its own version, and completes with it."""

    type = "CALL_ACTIVITY"

    def __init__(self, source: Source) -> None:
        called = source.extension("calledElement")
        self.process_id: Any = source.expression(called.get("processId"), "the called process") if called else None
        if not called or not self.process_id:
            source.problem("Must have a called process: set the process id that it calls.")
            return
        self.binding, self.version_tag = read_binding(source, called)
        self.all_in = called.flag("propagateAllParentVariables", default=True)
        self.all_out = called.flag("propagateAllChildVariables", default=True)

    def prepare(self, m: Work, e: ElementInstance) -> str:
        process_id: str = m.expect_text(self.process_id, e)
        if (m.instance.root.data or {}).get("depth", 0) >= MAX_DEPTH:
            reason = f"The process '{process_id}' is not called: calls are nested {MAX_DEPTH} deep already."
            raise Stuck(IncidentType.CALLED_ELEMENT_ERROR, reason)
        return process_id

    def activate(self, m: Work, e: ElementInstance, prepared: str) -> None:
        child_key = m.new_key()
        m.emit(ev.DataChanged(e.key, {**(e.data or {}), "child": child_key}))
        own = {name: variable.value for name, variable in e.variables.items()}
        m.follow_ups.append(
            CreateInstance(
                key=child_key,
                process_id=prepared,
                binding=self.binding,
                binding_deployment_key=m.graph.deployment_key,
                binding_version_tag=self.version_tag,
                tenant=m.instance.tenant,
                variables=visible(e) if self.all_in else own,
                parent_key=m.instance.key,
                parent_element_key=e.key,
                root_key=m.instance.root_key,
                business_id=m.instance.business_id,
                depth=(m.instance.root.data or {}).get("depth", 0) + 1,
            )
        )

    def child_ended(self, m: Work, e: ElementInstance, variables: dict[str, Any] | None) -> None:
        if e.state is ElementState.TERMINATING:
            m.terminated(e)
            return
        self._forget_child(m, e)
        if variables is None:
            m.terminate(e)
        else:
            m.complete(e, variables if self.all_out or e.node.outputs else {})

    def call_failed(self, m: Work, e: ElementInstance, reason: str) -> None:
        if e.state is ElementState.TERMINATING:
            m.terminated(e)
            return
        self._forget_child(m, e)
        m.create_incident(e, IncidentType.CALLED_ELEMENT_ERROR, reason)

    def _forget_child(self, m: Work, e: ElementInstance) -> None:
        """There is nothing to cancel any longer when the call activity is terminated."""
        data = {name: value for name, value in (e.data or {}).items() if name != "child"}
        m.emit(ev.DataChanged(e.key, data or None))

    def terminate(self, m: Work, e: ElementInstance) -> bool:
        child = (e.data or {}).get("child")
        if child is None:
            return True
        m.follow_ups.append(CancelInstance(process_instance_key=child, by_parent=True))
        return False
