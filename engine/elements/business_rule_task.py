"""Business rule task: a decision (DMN) that is evaluated at once, or a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.elements.reading import read_binding
from engine.elements.registry import Source, element
from engine.elements.tasks import JobTask
from engine.machine import events as ev
from engine.machine.lifecycle import IncidentType
from engine.machine.values import Stuck, to_text, visible

if TYPE_CHECKING:
    from engine.machine.graph import Decision
    from engine.machine.state import ElementInstance
    from engine.machine.work import Work


@element("businessRuleTask")
class BusinessRuleTask(JobTask):
    """Evaluates a decision, whose output becomes a variable; without one, a worker decides."""

    type = "BUSINESS_RULE_TASK"

    def __init__(self, source: Source) -> None:
        called = source.extension("calledDecision")
        self.decision_id: Any = None
        if called is None:
            super().__init__(source)
            return
        self.job = None
        self.decision_id = source.expression(called.get("decisionId"), "the decision id")
        self.result = called.get("resultVariable") or ""
        self.binding, self.version_tag = read_binding(source, called)
        if not self.decision_id:
            source.problem("Must have a decision: set the id of the decision that it evaluates.")
        if not self.result:
            source.problem("Must have a result variable: name the variable that takes the decision's output.")

    def prepare(self, m: Work, e: ElementInstance) -> Any:
        if self.decision_id is None:
            return super().prepare(m, e)
        decision_id = m.expect_text(self.decision_id, e)
        decision = m.catalog.decision(decision_id, self.binding, self.version_tag, m.graph)
        if decision is None:
            reason = f"Expected to evaluate decision '{decision_id}', but no decision found for id '{decision_id}'"
            raise Stuck(IncidentType.CALLED_DECISION_ERROR, reason)
        return decision

    def activate(self, m: Work, e: ElementInstance, prepared: Any) -> None:
        if self.decision_id is None:
            super().activate(m, e, prepared)
        else:
            self._decide(m, e, prepared)

    def _decide(self, m: Work, e: ElementInstance, decision: Decision) -> None:
        outcome = decision.evaluate(visible(e), m.datetime)
        m.emit(ev.DecisionEvaluated(m.new_key(), e.key, decision.key, outcome.trace))
        if outcome.failure is not None:
            m.create_incident(e, IncidentType.DECISION_EVALUATION_ERROR, outcome.failure)
            return
        output = to_text(outcome.output)
        if e.node.outputs:
            m.set_local(e, self.result, output)
        else:
            m.merge(e, {self.result: output})
        m.complete(e)
