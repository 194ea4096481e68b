"""Decisions: the DMN models that are deployed, as the machine and clients evaluate them.

A business rule task asks the catalog for a decision and evaluates it within its command; `EvaluateDecision` does the
same without an instance (engine/runtime/evaluations.py). Either way every decision of the graph that was evaluated is
told in a trace, which the store keeps: inputs, matched rules, output or failure.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from engine import dmn, feel
from engine.machine.graph import DecisionOutcome
from engine.machine.values import encode_json


class DecisionInfo(NamedTuple):
    """One version of a decision; `resource_key` is its requirements graph."""

    key: int
    decision_id: str
    name: str
    version: int
    tenant: str
    version_tag: str | None
    resource_key: int
    deployment_key: int


class DeployedDecision:
    """A decision with its compiled model; `known` are all decisions of it, and of what it imports, by id."""

    def __init__(self, info: DecisionInfo, model: dmn.Model, known: dict[str, DecisionInfo]) -> None:
        self.info = info
        self.key = info.key
        self._model = model
        self._known = known

    def evaluate(self, variables: dict[str, Any], now: datetime) -> DecisionOutcome:
        """Evaluate it and what it requires; a failure is in the outcome."""
        result = self._model.evaluate(self.info.decision_id, variables, now)
        trace = [self._told(decision) for decision in result.decisions]
        failure = self._reason(result.failure) if result.failure else None
        if failure and not any(decision["failure"] for decision in trace):
            trace.append(self._failed(failure))
        output = None if failure else feel.to_json(result.value)
        return DecisionOutcome(output, failure, encode_json(trace).decode())

    def _reason(self, failure: dmn.DecisionEvaluationError) -> str:
        """One sentence: which decision was asked for, which one failed at which rule, and why."""
        if failure.decision_id == self.info.decision_id:
            return str(failure)
        where = "failed" if failure.rule is None else f"failed at rule {failure.rule}"
        return (
            f"Expected to evaluate decision '{self.info.decision_id}', but decision '{failure.decision_id}', which it "
            f"requires, {where}: {failure.message}"
        )

    def _told(self, decision: dmn.EvaluatedDecision) -> dict[str, Any]:
        info = self._known.get(decision.id, self.info)
        return {
            "key": info.key,
            "id": decision.id,
            "name": decision.name,
            "version": info.version,
            "type": decision.type.value,
            "output": _text(decision.value),
            "inputs": [{"id": i.id, "name": i.name, "value": _text(i.value)} for i in decision.inputs],
            "rules": [
                {
                    "id": rule.id,
                    "index": rule.index,
                    "outputs": [{"id": o.id, "name": o.name, "value": _text(o.value)} for o in rule.outputs],
                }
                for rule in decision.rules
            ],
            "failure": decision.failure,
        }

    def _failed(self, failure: str) -> dict[str, Any]:
        """What is kept of a decision that failed before any of its graph was evaluated."""
        info = self.info
        told = {"key": info.key, "id": info.decision_id, "name": info.name, "version": info.version}
        return {**told, "type": "UNSPECIFIED", "output": "null", "inputs": [], "rules": [], "failure": failure}


def _text(value: object) -> str:
    """The JSON text of a value; what has none (a function) is told as null."""
    try:
        return encode_json(feel.to_json(value)).decode()
    except feel.FeelError:
        return "null"
