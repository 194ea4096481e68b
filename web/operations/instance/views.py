"""The parts of the page as its island gets them. Keys are texts, since a browser's numbers are too small for them;
times are ISO 8601.
"""

from __future__ import annotations

import msgspec

LONGEST_VALUE = 300  # characters of a variable's JSON text; what is longer is opened by itself


class View(msgspec.Struct, rename="camel", kw_only=True):
    """Base of all views."""


class ElementCount(View):
    """How many instances of one element are active, stuck with an incident, completed, terminated."""

    element_id: str
    active: int = 0
    incidents: int = 0
    completed: int = 0
    terminated: int = 0


class IncidentView(View):
    """An open incident."""

    key: str
    element_instance_key: str
    element_id: str
    type: str
    message: str
    job_key: str | None


class Snapshot(View):
    """How an instance stands, or stood: what the diagram shows.

    `seq` is the step that it is shown after and `at` its time, `latest` the last step there is. `ends_early`: the step
    that was asked for lies beyond what is replayed, and `seq` is as far as it goes. Of the open incidents the first
    `incidents` are given, of `incident_count`; `stuck` speaks of those in called instances, too. `flows` counts how
    often each sequence flow was taken.
    """

    key: str
    state: str
    suspended: bool
    definition_key: str
    process_id: str
    process_name: str
    process_version: int
    started_at: str
    ended_at: str
    seq: int
    latest: int
    at: str
    happened: str
    ends_early: bool
    elements: list[ElementCount]
    flows: dict[str, int]
    incidents: list[IncidentView]
    incident_count: int
    stuck: bool


class Visit(View):
    """An element instance as the tree shows it; `children` counts those in it."""

    key: str
    scope_key: str | None
    element_id: str
    name: str
    type: str
    state: str
    incident: bool
    started_at: str
    ended_at: str
    loop_counter: int | None
    children: int


class Visits(View):
    """Some of the element instances in a scope, or of an element; `total` is how many there are."""

    items: list[Visit]
    total: int
    more: bool


class VariableView(View):
    """A variable; of a long value the beginning, with `length` the characters of all of it."""

    name: str
    text: str
    length: int


class ScopeVariables(View):
    """The variables that one scope holds itself, `total` in all."""

    scope_key: str
    name: str
    open: bool
    items: list[VariableView]
    total: int


class NodeView(View):
    """A node of a process definition; `enters`: a token can be put there. `scope_id` is the element around it."""

    id: str
    name: str
    type: str
    enters: bool
    scope_id: str | None
