"""What a person does in a sandbox: one step after the other.

A step names its target by element and position among the open ones there (`nth`, 0 is the oldest), not by key: so it
means the same on a later version of the drawing. `element` of a process instance is the id of its process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from engine.machine.commands import JobResult

Variables = dict[str, Any]


class Step(msgspec.Struct, kw_only=True, tag_field="step", omit_defaults=True, forbid_unknown_fields=True):
    """Base of all steps."""


class Start(Step, tag="start", kw_only=True):
    """Start a process, or (`event`) what its message, signal, timer or conditional start event sets off."""

    process: str
    event: str = ""
    variables: Variables = {}


class CompleteJob(Step, tag="complete job", kw_only=True):
    """`result`: what a listener's or an ad-hoc sub-process' worker answers besides variables."""

    element: str
    nth: int = 0
    variables: Variables = {}
    result: JobResult | None = None


class FailJob(Step, tag="fail job", kw_only=True):
    """`retries` None takes one off; `back_off` is an ISO 8601 duration."""

    element: str
    nth: int = 0
    retries: int | None = None
    message: str = ""
    back_off: str = ""
    variables: Variables = {}


class ThrowError(Step, tag="throw error", kw_only=True):
    """The worker of a job throws a BPMN error."""

    element: str
    nth: int = 0
    code: str
    message: str = ""
    variables: Variables = {}


class CompleteTask(Step, tag="complete task", kw_only=True):
    element: str
    nth: int = 0
    variables: Variables = {}


class AssignTask(Step, tag="assign task", kw_only=True):
    """An empty assignee takes the task from whoever has it."""

    element: str
    nth: int = 0
    assignee: str = ""


class PublishMessage(Step, tag="publish message", kw_only=True):
    """`time_to_live` is an ISO 8601 duration; empty: the message is not kept."""

    name: str
    key: str = ""
    time_to_live: str = ""
    variables: Variables = {}


class BroadcastSignal(Step, tag="broadcast signal", kw_only=True):
    name: str
    variables: Variables = {}


class SetVariables(Step, tag="set variables", kw_only=True):
    """In the scope of an active element, or (`element` a process id) of an instance."""

    element: str
    nth: int = 0
    variables: Variables
    local: bool = True


class Resolve(Step, tag="resolve incident", kw_only=True):
    """`retries`: given to the job first, where the incident is that it had none left."""

    element: str
    nth: int = 0
    retries: int = 1


class Activate(Step, tag="activate", kw_only=True):
    """Begin activities of an ad-hoc sub-process."""

    element: str
    nth: int = 0
    activities: list[str]


class Cancel(Step, tag="cancel", kw_only=True):
    """Cancel an instance of the process."""

    element: str
    nth: int = 0


class Advance(Step, tag="advance", kw_only=True):
    """Move the clock by an ISO 8601 duration."""

    duration: str


class SkipTimer(Step, tag="skip timer", kw_only=True):
    """Move the clock to the date of a timer; `element` is the event that waits for it."""

    element: str
    nth: int = 0


class NextDate(Step, tag="next date", kw_only=True):
    """Move the clock to whatever comes due next."""


class GoOn(Step, tag="go on", kw_only=True):
    """Continue what was put off because it did not come to an end."""


AnyStep = (
    Start
    | CompleteJob
    | FailJob
    | ThrowError
    | CompleteTask
    | AssignTask
    | PublishMessage
    | BroadcastSignal
    | SetVariables
    | Resolve
    | Activate
    | Cancel
    | Advance
    | SkipTimer
    | NextDate
    | GoOn
)


def describe(step: AnyStep, name: Callable[[str], str] = str) -> str:
    """A step in a few words, such as "complete job 'charge' (2nd)"; `name` turns ids into what people call them."""
    kind = str(step.__struct_config__.tag)
    match step:
        case Start():
            return f"start '{name(step.process)}'" + (f" at '{name(step.event)}'" if step.event else "")
        case PublishMessage():
            return f"publish message '{step.name}'" + (f" with the key '{step.key}'" if step.key else "")
        case BroadcastSignal():
            return f"broadcast signal '{step.name}'"
        case Advance():
            return f"advance the clock by {step.duration}"
        case NextDate() | GoOn():
            return kind
        case AssignTask():
            return f"assign task '{name(step.element)}' to '{step.assignee or 'nobody'}'"
        case ThrowError():
            return f"throw error '{step.code}' at '{name(step.element)}'{_ordinal(step.nth)}"
        case _:
            return f"{kind} '{name(step.element)}'{_ordinal(step.nth)}"


def _ordinal(nth: int) -> str:
    if not nth:
        return ""
    suffix = {1: "st", 2: "nd", 3: "rd"}.get((nth + 1) % 10 if (nth + 1) % 100 not in (11, 12, 13) else 0, "th")
    return f" ({nth + 1}{suffix})"
