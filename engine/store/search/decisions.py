"""Decisions: what is deployed, and each evaluation of each decision.

An evaluation evaluates every decision of a graph; each of them is one decision instance, whose key names the
evaluation and the place in it: `2251799813685249-1`. Lists leave out inputs and rules, which may be large.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from sqlalchemy import SmallInteger, Text, and_, case, cast, exists, false, func, literal, not_, or_

from engine.store.search.entity import Entity, Field, MoreFilter, Source
from engine.store.search.errors import InvalidSearch
from engine.store.search.joins import with_instance
from engine.store.search.kinds import DATE, INTEGER, KEY, PART_SHIFT, TEXT, ChoiceKind, Column, Condition, Kind
from engine.store.search.values import MAX_KEY, read_boolean, read_text
from engine.store.tables import decision_definition as dd
from engine.store.tables import decision_instance as di
from engine.store.tables import process_instance as pi
from engine.store.tables import resource

_newer = dd.alias("newer")


def _latest(values: dict[str, Any], source: int, path: str) -> Condition:
    overtaken = exists().where(
        _newer.c.tenant_id == dd.c.tenant_id,
        _newer.c.decision_id == dd.c.decision_id,
        _newer.c.version > dd.c.version,
        not_(_newer.c.deleted),
    )
    latest = read_boolean(values["isLatestVersion"], f"{path}.isLatestVersion")
    return not_(overtaken) if latest else overtaken


#: The name of a requirements graph: that in the file, or its id where it has none.
_requirements_name = func.coalesce(resource.c.title, resource.c.resource_id)

DECISION_DEFINITIONS = Entity(
    "DecisionDefinition",
    [Source(dd.join(resource, resource.c.key == dd.c.resource_key), (dd.c.key,), where=(not_(dd.c.deleted),))],
    [
        Field("decisionDefinitionId", TEXT, dd.c.decision_id),
        Field("decisionDefinitionKey", KEY, dd.c.key),
        Field("decisionRequirementsId", TEXT, resource.c.resource_id),
        Field("decisionRequirementsKey", KEY, dd.c.resource_key),
        Field("decisionRequirementsName", TEXT, _requirements_name),
        Field("decisionRequirementsVersion", INTEGER, resource.c.version),
        Field("name", TEXT, dd.c.name),
        Field("tenantId", TEXT, dd.c.tenant_id),
        Field("version", INTEGER, dd.c.version),
    ],
    more_filters=[MoreFilter(("isLatestVersion",), _latest, "boolean")],
    default_sort=("decisionDefinitionKey",),
    key="decisionDefinitionKey",
)

DECISION_REQUIREMENTS = Entity(
    "DecisionRequirements",
    [Source(resource, (resource.c.key,), where=(resource.c.kind == "dmn", not_(resource.c.deleted)))],
    [
        Field("decisionRequirementsId", TEXT, resource.c.resource_id),
        Field("decisionRequirementsKey", KEY, resource.c.key),
        Field("decisionRequirementsName", TEXT, _requirements_name),
        Field("resourceName", TEXT, resource.c.name),
        Field("tenantId", TEXT, resource.c.tenant_id),
        Field("version", INTEGER, resource.c.version),
    ],
    default_sort=("decisionRequirementsKey",),
    key="decisionRequirementsKey",
)


class InstanceKeyKind(Kind):
    """The key of a decision instance: that of its evaluation, a dash, and its number in it, from 1."""

    def read(self, value: object, path: str) -> tuple[int, int]:
        text = read_text(value, path)
        match = re.fullmatch(r"([0-9]{1,19})-([0-9]{1,4})", text)
        if match is None or int(match[1]) > MAX_KEY:
            raise InvalidSearch(
                f"'{path}' must be the key of a decision instance, such as 2251799813685249-1, but is '{text[:40]}'."
            )
        return int(match[1]), int(match[2])

    def equals(self, column: Column, value: tuple[int, int]) -> Condition:
        key, index = value
        return and_(di.c.part == key >> PART_SHIFT, di.c.key == key, di.c.index == literal(index, SmallInteger))

    def among(self, column: Column, values: list[tuple[int, int]]) -> Condition:
        return or_(false(), *(self.equals(column, value) for value in values))


class InputsKind(Kind):
    """The inputs of a decision table, with their values as JSON texts."""

    operators = ()
    type = list[dict[str, Any]]
    json = "array"

    def write(self, value: str) -> list[dict[str, Any]]:
        return shown_inputs(msgspec.json.decode(value))


class RulesKind(Kind):
    """The rules that matched, with their outputs."""

    operators = ()
    type = list[dict[str, Any]]
    json = "array"

    def write(self, value: str) -> list[dict[str, Any]]:
        return shown_rules(msgspec.json.decode(value))


def shown_inputs(inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Inputs, as they are kept, with the names of the interface."""
    return [{"inputId": item["id"], "inputName": item["name"], "inputValue": item["value"]} for item in inputs]


def shown_rules(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rules that matched, as they are kept, with the names of the interface."""
    return [_shown_rule(rule) for rule in rules]


def _shown_rule(rule: dict[str, Any]) -> dict[str, Any]:
    place = {"ruleId": rule["id"], "ruleIndex": rule["index"]}
    outputs = [
        {"outputId": item["id"], "outputName": item["name"], "outputValue": item["value"], **place}
        for item in rule["outputs"]
    ]
    return {**place, "evaluatedOutputs": outputs}


INPUTS = InputsKind()
RULES = RulesKind()

#: The types that the interface knows; a boxed expression of any other is shown as UNKNOWN.
_TYPES = ("DECISION_TABLE", "LITERAL_EXPRESSION", "UNSPECIFIED")
DECISION_TYPE = ChoiceKind((*_TYPES, "UNKNOWN"))
DECISION_STATE = ChoiceKind({"EVALUATED": 0, "FAILED": 1, "UNSPECIFIED": -1, "UNKNOWN": -2})


def known_type(type: str) -> str:
    """The type of a decision as the interface names it."""
    return type if type in _TYPES else "UNKNOWN"


_instance_key = cast(di.c.key, Text) + "-" + cast(di.c.index, Text)


def _decision_instances(detailed: bool) -> Entity:
    details = [
        Field("evaluatedInputs", INPUTS, di.c.inputs, filter=False, sort=False),
        Field("matchedRules", RULES, di.c.rules, filter=False, sort=False),
    ]
    return Entity(
        "DecisionInstanceGetQuery" if detailed else "DecisionInstance",
        [Source(with_instance(di, di.outerjoin(dd, dd.c.key == di.c.decision_key)), (di.c.key, di.c.index))],
        [
            Field("businessId", TEXT, pi.c.business_id, nullable=True),
            Field("decisionDefinitionId", TEXT, dd.c.decision_id),
            Field("decisionDefinitionKey", KEY, di.c.decision_key),
            Field("decisionDefinitionName", TEXT, dd.c.name),
            Field("decisionDefinitionType", DECISION_TYPE, case((di.c.type.in_(_TYPES), di.c.type), else_="UNKNOWN")),
            Field("decisionDefinitionVersion", INTEGER, dd.c.version),
            Field("decisionEvaluationInstanceKey", InstanceKeyKind(), _instance_key),
            Field("decisionEvaluationKey", KEY, di.c.key),
            Field("elementInstanceKey", KEY, di.c.element_instance_key, nullable=True),
            Field("evaluationDate", DATE, di.c.evaluated_at),
            Field("evaluationFailure", TEXT, di.c.failure, nullable=True),
            Field("processDefinitionKey", KEY, di.c.process_definition_key, nullable=True),
            Field("processInstanceKey", KEY, di.c.process_instance_key, nullable=True),
            Field("result", TEXT, di.c.result, filter=False, sort=False),
            Field("rootDecisionDefinitionKey", KEY, di.c.root_decision_key),
            Field(
                "rootProcessInstanceKey",
                KEY,
                di.c.root_process_instance_key,
                nullable=True,
                filter=False,
                sort=False,
            ),
            Field("state", DECISION_STATE, di.c.state),
            Field("tenantId", TEXT, di.c.tenant_id),
            Field("decisionRequirementsKey", KEY, dd.c.resource_key, answer=False, sort=False),
            *(details if detailed else ()),
        ],
        default_sort=("evaluationDate",),
        key="decisionEvaluationInstanceKey",
    )


DECISION_INSTANCES = _decision_instances(detailed=False)
DECISION_INSTANCE_DETAILS = _decision_instances(detailed=True)
