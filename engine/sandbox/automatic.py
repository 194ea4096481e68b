"""The next step that needs no decision of a person: what simply is to be done is done.

A decision is needed where a form is to be filled in, where the way on is chosen by variables that the work may bring,
where the work may also end with an error that is caught at it, and where a worker chooses what is to be done.
"""

from __future__ import annotations

from engine.machine.graph import Node
from engine.machine.lifecycle import JobKind
from engine.machine.state import Job, UserTask
from engine.sandbox.bench import Bench
from engine.sandbox.steps import CompleteJob, CompleteTask
from engine.sandbox.waiting import Waiting, find_wait, waiting

#: Types of elements that wait for nobody, unless they are jobs.
_PASSING = frozenset(
    {
        "EXCLUSIVE_GATEWAY",
        "INCLUSIVE_GATEWAY",
        "PARALLEL_GATEWAY",
        "COMPLEX_GATEWAY",
        "SCRIPT_TASK",
        "BUSINESS_RULE_TASK",
        "MANUAL_TASK",
        "TASK",
        "INTERMEDIATE_THROW_EVENT",
    }
)


def next_step(bench: Bench) -> CompleteJob | CompleteTask | str:
    """The next step, or why there is none: the reason is a sentence for a person."""
    reasons: list[str] = []
    for each in waiting(bench):
        if each.kind == "incident":
            return f"'{each.name}' is stuck: {each.message}"
        if each.kind not in ("job", "task") or each.due_at is not None:
            continue
        reason = _decision(bench, each)
        if reason is None and each.kind == "job":
            return CompleteJob(element=each.element, nth=each.nth)
        if reason is None:
            return CompleteTask(element=each.element, nth=each.nth)
        reasons.append(reason)
    return reasons[0] if reasons else _nothing_to_do(bench)


def _nothing_to_do(bench: Bench) -> str:
    for each in waiting(bench):
        if each.kind == "message":
            return f"'{each.name}' waits for the message '{each.detail}'."
        if each.kind == "signal":
            return f"'{each.name}' waits for the signal '{each.detail}'."
        if each.kind in ("timer", "job"):
            return f"'{each.name}' waits for its time to come."
        if each.kind in ("condition", "ad-hoc"):
            return f"'{each.name}' waits for a decision."
    return "Nothing is left to do." if bench.all_instances else "Nothing has been started."


def _decision(bench: Bench, each: Waiting) -> str | None:
    wait = find_wait(bench, each.kind, each.element, each.nth)
    assert wait is not None
    if isinstance(wait, Job) and wait.kind is JobKind.AD_HOC_SUB_PROCESS:
        return f"The worker of '{each.name}' decides what is to be done."
    if each.listener:
        return None
    if isinstance(wait, UserTask) and (wait.form_key or wait.external_form_reference):
        return f"'{each.name}' has a form to be filled in."
    node = wait.element.node.drawn
    chooser = next((each for each in _reached(node) if each.conditional), None)
    if chooser is not None:
        return f"After '{each.name}', the way on is chosen by variables at '{chooser.name or chooser.id}'."
    if isinstance(wait, Job) and any(_catches_error(event) for event in node.boundary):
        return f"'{each.name}' may be completed, or end with an error that is caught at it."
    return None


def _reached(node: Node) -> list[Node]:
    """The element itself, and what is passed behind it up to what waits for somebody."""
    found = [node]
    for each in found:
        found += [flow.target for flow in each.outgoing if flow.target not in found and _passes(flow.target)]
    return found


def _passes(node: Node) -> bool:
    """Whether a token goes through without anybody's help."""
    return node.type in _PASSING and getattr(node.behavior, "job", None) is None


def _catches_error(event: Node) -> bool:
    return any(part.kind == "error" for part in event.trigger.parts)
