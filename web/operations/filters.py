"""Which process instances: what a person filters by, read from the address and made a filter of a search."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from starlette.datastructures import QueryParams

from web.operations.asking import as_json, between, containing, key, of_state, whole_number

#: What an instance's state may be, as a person names it, and as a filter of a search says it.
STATES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "running": ("Running", {"endDate": {"$exists": False}}),
    "incident": ("With incidents", {"endDate": {"$exists": False}, "hasIncident": True}),
    "suspended": ("Suspended", {"state": "SUSPENDED"}),
    "finished": ("Finished", {"endDate": {"$exists": True}}),
    "completed": ("Completed", {"state": "COMPLETED"}),
    "canceled": ("Canceled", {"state": "TERMINATED"}),
    "all": ("All", {}),
}

#: Of the states, those whose instances have ended; a list of them begins with what ended last.
ENDED = frozenset({"finished", "completed", "canceled"})


#: How a variable is compared: the words for it, and what a filter of its value says. Values are JSON.
OPERATORS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "is": ("is", as_json),
    "not": ("is not", lambda text: {"$neq": as_json(text)}),
    "contains": ("contains", containing),
    "there": ("is there", lambda _: {"$exists": True}),
}


class VariableCondition(msgspec.Struct, frozen=True):
    """One condition on a variable of an instance, in whichever scope it is."""

    name: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f"{self.name} {OPERATORS[self.operator][0]} {self.value}".strip()


class InstanceFilter(msgspec.Struct):
    """What a list of process instances shows. Empty texts do not narrow it.

    Dates are those of the address, with an offset; without one they are UTC. `process` is fixed by a page of one
    process; `hash` is that of an error message (IncidentGroup).
    """

    process: str = ""
    version: str = ""
    state: str = "running"
    started_from: str = ""
    started_to: str = ""
    ended_from: str = ""
    ended_to: str = ""
    error: str = ""
    hash: str = ""
    business: str = ""
    parent: str = ""
    element: str = ""
    keys: str = ""
    batch: str = ""
    variables: list[VariableCondition] = []

    @classmethod
    def read(cls, params: QueryParams, **fixed: str) -> InstanceFilter:
        """From the parameters of an address."""
        names = [name for name in cls.__struct_fields__ if name != "variables"]
        given = {name: params[name].strip() for name in names if params.get(name, "").strip()}
        conditions = zip(params.getlist("variable"), params.getlist("operator"), params.getlist("value"), strict=False)
        variables = [
            VariableCondition(name.strip(), operator if operator in OPERATORS else "is", value.strip())
            for name, operator, value in conditions
            if name.strip()
        ]
        return cls(**{**given, **fixed}, variables=variables)

    @property
    def ended(self) -> bool:
        """Whether it is about instances that have ended."""
        return self.state in ENDED

    @property
    def plain(self) -> bool:
        """Whether it narrows by nothing but process, version and state."""
        return not self.narrowed

    @property
    def narrowed(self) -> list[str]:
        """The names of what it narrows by, beside process, version and state."""
        basic = ("process", "version", "state")
        return [name for name in self.__struct_fields__ if name not in basic and getattr(self, name)]

    def search(self) -> dict[str, Any]:
        """The filter of a search of process instances. Raises Unreadable for what makes no sense."""
        found = of_state({"state": self.state}, STATES, "running") | self._of_definition()
        found |= between("startDate", self.started_from, self.started_to)
        if self.ended_from or self.ended_to:
            found |= between("endDate", self.ended_from, self.ended_to)
        if self.error:
            found["errorMessage"] = containing(self.error)
        if self.hash:
            found["incidentErrorHashCode"] = whole_number(self.hash, "The hash code of an error message")
        if self.business:
            found["businessId"] = {"$like": self.business} if "*" in self.business else self.business
        if self.parent:
            found["parentProcessInstanceKey"] = key(self.parent, "The key of a calling instance")
        if self.element:
            found |= {"elementId": self.element} | ({} if self.ended else self._waiting())
        if self.keys:
            keys = re.findall(r"[^\s,;]+", self.keys)
            found["processInstanceKey"] = {"$in": [key(each, "The key of an instance", self.keys) for each in keys]}
        if self.batch:
            found["batchOperationKey"] = key(self.batch, "The key of a batch operation")
        if self.variables:
            found["variables"] = [
                {"name": each.name, "value": OPERATORS[each.operator][1](each.value)} for each in self.variables
            ]
        return found

    def _of_definition(self) -> dict[str, Any]:
        found: dict[str, Any] = {"processDefinitionId": self.process} if self.process else {}
        if self.version and self.version != "all":
            found["processDefinitionVersion"] = whole_number(self.version, "A version")
        return found

    def _waiting(self) -> dict[str, Any]:
        """Instances that run are meant to be at the element now; of all, whether they have ever been there."""
        if self.state == "all":
            return {}
        return {"elementInstanceState": "ACTIVE"} | (
            {"hasElementInstanceIncident": True} if self.state == "incident" else {}
        )
