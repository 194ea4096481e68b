"""What goes wrong: in a file (Problem, when it is read) and in an evaluation (DecisionEvaluationError)."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """Something in a file that has to be mended before it can be deployed.

    `element_id` is the id of the element, or of the nearest one around it that has one; `line` counts from 1,
    0 where the source does not tell. `mend` says what to do.
    """

    element_id: str
    line: int
    message: str
    mend: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.element_id or 'definitions'}: {self.message} {self.mend}".rstrip()


class DecisionFailure(Exception):
    """A decision's logic gives up; turned into a DecisionEvaluationError before anybody outside sees it.

    `rule` is the index of the rule, from 1, where it was one.
    """

    def __init__(self, message: str, rule: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.rule = rule


class DecisionEvaluationError(Exception):
    """A decision has no result.

    `decision_id` is the decision that failed, which may be one that the asked one requires; `rule` the index
    of the rule in its table, from 1, or None where no single rule is to blame.
    """

    def __init__(self, decision_id: str, rule: int | None, message: str) -> None:
        self.decision_id = decision_id
        self.rule = rule
        self.message = message
        where = f"decision '{decision_id}'" + ("" if rule is None else f", rule {rule}")
        super().__init__(f"Expected to evaluate {where}, but {message}")


class UnknownDecision(LookupError):
    """The model has no decision, or no decision service, of that id or name."""
