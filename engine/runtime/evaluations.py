"""Evaluates decisions that a client asks for, without an instance, and keeps what was evaluated."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from engine.machine.commands import Command, EvaluateDecision, Rejection
from engine.runtime.commits.participants import Participant
from engine.runtime.deployed.decisions import DecisionInfo
from engine.store.decisions import INSERT_DECISION, decision_rows

if TYPE_CHECKING:
    from engine.runtime.commits.batch import Batch
    from engine.runtime.commits.queue import Entry


class DecisionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to EvaluateDecision; `trace` lists what was evaluated (see DecisionOutcome).

    `requirements_id` is the id of the requirements graph that the decision is part of.
    """

    evaluation_key: int
    info: DecisionInfo
    requirements_id: str
    output: Any
    failure: str | None
    trace: list[dict[str, Any]]


class Evaluations(Participant):
    """Evaluates decisions that a client asks for."""

    commands: frozenset[type[Command]] = frozenset({EvaluateDecision})

    async def settle(self, batch: Batch) -> None:
        for entry in batch.services:
            if isinstance(entry.command, EvaluateDecision) and entry not in batch.outcomes:
                await self._evaluate(batch, entry, entry.command)

    async def _evaluate(self, batch: Batch, entry: Entry, command: EvaluateDecision) -> None:
        definitions = batch.context.definitions
        try:
            decision = await definitions.find_decision(batch.connection, command)
        except Rejection as rejection:
            batch.reject(entry, rejection)
            return
        outcome = decision.evaluate(command.variables, datetime.fromtimestamp(batch.now / 1000, UTC))
        key = batch.context.keys.key(batch.context.keys.part)
        for row in decision_rows(key, decision.key, outcome.trace, decision.info.tenant, batch.now, None):
            batch.rows.add(INSERT_DECISION, row)
        answer = DecisionAnswer(
            evaluation_key=key,
            info=decision.info,
            requirements_id=definitions.catalog.requirements_id(decision.info),
            output=outcome.output,
            failure=outcome.failure,
            trace=msgspec.json.decode(outcome.trace),
        )
        batch.answer(entry, answer)
