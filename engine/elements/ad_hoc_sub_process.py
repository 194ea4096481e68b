"""Ad-hoc sub-process: activities without a fixed order; what is to be done is decided while it runs.

Either the model lists what to activate (`activeElementsCollection`) and people or programs add to it, or a job decides:
its worker is asked at the beginning and each time something has been done, and answers with what to activate next.

Each activated element runs in an *inner instance*, a scope of its own: its variables stay apart from those of the
others. What may be activated stands in a variable (ad_hoc_activities.py). The ad-hoc sub-process completes when its
completion condition holds, or, without one, when nothing that was activated is left.

Event sub-processes drawn in it belong to the whole, not to one inner instance: they listen as long as it is active, an
interrupting one ends all inner instances, and the worker is asked again when one that does not interrupt has completed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.ad_hoc_activities import VARIABLE, describe
from engine.elements.base import Behavior
from engine.elements.reading import read_job
from engine.elements.registry import Source, element
from engine.elements.scopes import Container, begins_by_itself
from engine.machine.catching import is_interrupted
from engine.machine.commands import Rejection
from engine.machine.jobs import JobPlan, create_job, plan_job
from engine.machine.lifecycle import ElementState, IncidentType, JobKind
from engine.machine.state import Job
from engine.machine.values import Stuck, to_text

if TYPE_CHECKING:
    from engine.machine.commands import CompleteJob
    from engine.machine.graph import Node
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


class InnerInstance(Container):
    """The scope of one activated element: enters it, and completes when nothing is left."""

    type = "AD_HOC_SUB_PROCESS_INNER_INSTANCE"
    enters_alone = False

    def __init__(self) -> None:
        """Read from nothing: each ad-hoc sub-process makes one."""

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        m.enter(m.graph.nodes[(e.data or {})["element"]], e)

    def retry(self, m: Work, e: ElementInstance) -> None:
        m.ask_held(e)


@element("adHocSubProcess")
class AdHocSubProcess(Behavior):
    """Activities without a fixed order; what is to be done is decided while it runs.

    Its children are the inner instances, and its event sub-processes.
    """

    type = "AD_HOC_SUB_PROCESS"
    activity = True
    container = True
    words = "ad-hoc sub-process"

    def __init__(self, source: Source) -> None:
        self.told = "[]"
        self.job = read_job(source, required=False)
        details = source.extension("adHoc")
        self.collection: Any = None
        self.output_collection = self.output_element = None
        if details is not None:
            self.collection = source.feel(details.get("activeElementsCollection"), "the active elements")
            self.output_collection = details.get("outputCollection") or None
            self.output_element = source.feel(details.get("outputElement"), "the output element")
        condition = source.child("completionCondition")
        text = condition.text() if condition is not None else None
        self.completion: Any = source.feel(text, "the completion condition")
        self.cancel_remaining = source.flag("cancelRemainingInstances", default=True)

    def check(self, node: Node, source: Source) -> None:
        self.told = to_text([describe(child) for child in self.startable(node)])
        inside = _activities(node)
        if not inside:
            source.problem("Must contain at least one activity.")
        for child in inside:
            if child.type in ("START_EVENT", "END_EVENT"):
                source.problem(f"Must contain no start and end events, but has '{child.id}'.")

    def inner_instance(self) -> Behavior:
        return InnerInstance()

    # ---- Activation -------------------------------------------------------------------------------------------------

    def prepare(self, m: Work, e: ElementInstance) -> Any:
        if self.job is not None:
            return plan_job(m, e, self.job)
        ids = m.evaluate(self.collection, e) if self.collection is not None else []
        if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
            reason = f"Expected the active elements of '{e.node.id}' to be a list of element ids, but was {ids!r}."
            raise Stuck(IncidentType.EXTRACT_VALUE_ERROR, reason)
        for id in ids:
            self._check_activity(e.node, id)
        return ids

    @staticmethod
    def startable(node: Node) -> list[Node]:
        """The activities that may be activated: those that no flow leads to."""
        return [child for child in _activities(node) if begins_by_itself(child)]

    @classmethod
    def _check_activity(cls, node: Node, id: str) -> None:
        known = [child.id for child in cls.startable(node)]
        if id not in known:
            listed = ", ".join(known)
            reason = f"Expected '{id}' to be an activity of '{node.id}' that no flow leads to; those are: {listed}."
            raise Stuck(IncidentType.EXTRACT_VALUE_ERROR, reason)

    def activate(self, m: Work, e: ElementInstance, prepared: JobPlan | list[str]) -> None:
        m.set_local(e, VARIABLE, self.told)
        if self.output_collection:
            m.set_local(e, self.output_collection, "[]")
        if isinstance(prepared, JobPlan):
            create_job(m, e, prepared, JobKind.AD_HOC_SUB_PROCESS)
            return
        for id in prepared:
            self._enter(m, e, id, {})

    @staticmethod
    def _enter(m: Work, e: ElementInstance, id: str, variables: dict[str, Any]) -> None:
        texts = {name: to_text(value) for name, value in variables.items()}
        assert e.node.inner_node is not None
        m.enter(e.node.inner_node, e, data={"element": id}, variables=texts)

    def add(self, m: Work, e: ElementInstance, elements: list[dict[str, Any]], cancel_remaining: bool) -> None:
        """Somebody activates elements: [{"elementId", "variables"}]. Raises Rejection."""
        if is_interrupted(e):
            raise Rejection("INVALID_STATE", f"An event sub-process has interrupted '{e.node.id}': it takes no more.")
        for wanted in elements:
            try:
                self._check_activity(e.node, wanted["elementId"])
            except Stuck as stuck:
                raise Rejection("NOT_FOUND", stuck.message) from stuck
        if cancel_remaining:
            self._cancel_rest(m, e)
        for wanted in elements:
            self._enter(m, e, wanted["elementId"], wanted.get("variables") or {})

    # ---- What the job decides ---------------------------------------------------------------------------------------

    def job_completed(self, m: Work, e: ElementInstance, job: Job, command: CompleteJob) -> None:
        m.hand_out(e, command.variables)
        result = command.result
        if result is None:
            return
        self.add(m, e, result.activate_elements, result.cancel_remaining_instances)
        if result.completion_condition_fulfilled:
            m.record(e, fulfilled=True)
            self._check_done(m, e)

    def check_job_result(self, e: ElementInstance, command: CompleteJob) -> None:
        """Refuse an answer that names what cannot be activated, before anything has happened."""
        for wanted in command.result.activate_elements if command.result else []:
            try:
                self._check_activity(e.node, wanted["elementId"])
            except Stuck as stuck:
                raise Rejection("NOT_FOUND", stuck.message) from stuck

    # ---- Inner instances --------------------------------------------------------------------------------------------

    def inner_completing(self, m: Work, body: ElementInstance, child: ElementInstance) -> None:
        output = to_text(m.evaluate(self.output_element, child)) if self.output_element is not None else None
        if output is not None and self.output_collection is not None:
            before = body.variables[self.output_collection].text
            m.set_local(body, self.output_collection, before[:-1] + ("," if len(before) > 2 else "") + output + "]")
        if self.completion is not None and m.expect_boolean(self.completion, body):
            m.record(body, fulfilled=True)

    def child_completed(self, m: Work, scope: ElementInstance, child: ElementInstance) -> None:
        if scope.state is not ElementState.ACTIVATED:
            m.check_scope(scope)
        elif self.job is None or _is_over(scope):
            self._check_done(m, scope)
        elif child.node.inner or child.node.behavior.event_scope:
            m.try_step(lambda scope: self._ask_worker(m, scope), scope)

    def child_terminated(self, m: Work, scope: ElementInstance, child: ElementInstance) -> None:
        if scope.state is not ElementState.ACTIVATED or "then" in (scope.data or {}):
            m.check_scope(scope)
        elif _is_over(scope):
            self._check_done(m, scope)

    def _ask_worker(self, m: Work, e: ElementInstance) -> None:
        assert self.job is not None
        plan = plan_job(m, e, self.job)
        for wait in list(e.waits.values()):
            if isinstance(wait, Job):
                m.close_wait(wait)  # it was asked before this was done
        create_job(m, e, plan, JobKind.AD_HOC_SUB_PROCESS)

    def _check_done(self, m: Work, e: ElementInstance) -> None:
        if (e.data or {}).get("fulfilled") and self.cancel_remaining:
            self._cancel_rest(m, e)
        if e.children or (self.completion is not None and not _is_over(e)):
            return
        if self.output_collection and e.scope is not None:
            m.merge(e.scope, {self.output_collection: e.variables[self.output_collection].text})
        m.complete(e)

    @staticmethod
    def _cancel_rest(m: Work, e: ElementInstance) -> None:
        for child in list(e.children.values()):
            m.terminate(child)

    def retry(self, m: Work, e: ElementInstance) -> None:
        """What can be stuck while it is active is the question to the worker."""
        if self.job is not None:
            m.try_step(lambda e: self._ask_worker(m, e), e)


def _is_over(e: ElementInstance) -> bool:
    """Nothing more is to be activated: what completes it holds, or an event sub-process has taken over."""
    return bool(e.data and e.data.get("fulfilled")) or is_interrupted(e)


def _activities(node: Node) -> tuple[Node, ...]:
    """What is drawn in an ad-hoc sub-process."""
    return node.inner_node.nodes if node.inner_node is not None else ()
