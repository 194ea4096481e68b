"""Decision instances: what was decided, from what, and by which rules of which table."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from engine.store.search import (
    DECISION_DEFINITIONS,
    DECISION_INSTANCE_DETAILS,
    DECISION_INSTANCES,
    InvalidSearch,
    PageRequest,
    SearchQuery,
    figures,
)
from engine.store.search.reader import Reader
from web.operations.addresses import Here
from web.operations.asking import between, of_state, same, whole_number
from web.operations.decision_tables import DecisionTable, read_table
from web.operations.listing import Column, listing
from web.operations.server import ReaderOf
from web.pages import render
from web.refusals import NotThere

router = APIRouter(prefix="/decisions")

COLUMNS = (
    Column("Decision", "decisionDefinitionName"),
    Column("Version", "decisionDefinitionVersion", number=True),
    Column("State", "state"),
    Column("Result"),
    Column("Instance", "processInstanceKey"),
    Column("Evaluated", "evaluationDate", indexed=True),
)
STATES: dict[str, tuple[str, dict[str, Any]]] = {
    "all": ("All", {}),
    "evaluated": ("Evaluated", {"state": "EVALUATED"}),
    "failed": ("Failed", {"state": "FAILED"}),
}
FIELDS = {"decision": "decisionDefinitionId", "instance": "processInstanceKey"}
MOST_DECISIONS = 1_000  # in the choice of a decision


@router.get("")
async def decisions(request: Request, reader: ReaderOf) -> HTMLResponse:
    """Decision instances as the address narrows them, newest first."""
    params = request.query_params
    asked: dict[str, Any] | InvalidSearch
    try:
        asked = of_state(params, STATES, "all") | same(params, FIELDS)
        asked |= between("evaluationDate", params.get("from", ""), params.get("to", ""))
        if params.get("version"):
            asked["decisionDefinitionVersion"] = whole_number(params["version"], "A version")
    except InvalidSearch as error:
        asked = error
    found = await listing(request, DECISION_INSTANCES, asked, COLUMNS, "-evaluationDate")
    return render(
        request,
        "operations/decisions.html",
        400 if found.refused else 200,
        found=found,
        here=Here(request),
        states={name: title for name, (title, _) in STATES.items()},
        decisions=await _deployed(reader),
        given=params,
    )


async def _deployed(reader: Reader) -> dict[str, str]:
    """The names of the decisions that are deployed, by id."""
    query = SearchQuery({"isLatestVersion": True}, page=PageRequest(limit=MOST_DECISIONS))
    found = await reader.search(DECISION_DEFINITIONS, query)
    return {each.decisionDefinitionId: each.name for each in found.items}


@router.get("/{key}")
async def decision(request: Request, key: str, reader: ReaderOf) -> HTMLResponse:
    """One decision instance: its inputs, the rules that matched on their table, the outcome."""
    try:
        query = SearchQuery({"decisionEvaluationInstanceKey": key})
        found = (await reader.search(DECISION_INSTANCE_DETAILS, query)).items
    except InvalidSearch:
        found = []
    if not found:
        raise NotThere(f"There is no decision instance with the key '{key}'.")
    evaluation = found[0]
    others = SearchQuery({"decisionEvaluationKey": evaluation.decisionEvaluationKey})
    return render(
        request,
        "operations/decision.html",
        evaluation=evaluation,
        table=await _table(reader, evaluation),
        matched={rule["ruleIndex"] for rule in evaluation.matchedRules},
        others=(await reader.search(DECISION_INSTANCES, others)).items,
    )


async def _table(reader: Reader, evaluation: Any) -> DecisionTable | None:
    """The table as it was deployed; None where the decision is none, or its file has been deleted."""
    definition = await reader.get(DECISION_DEFINITIONS, int(evaluation.decisionDefinitionKey))
    if definition is None:
        return None
    content = await figures.content(reader, int(definition.decisionRequirementsKey))
    return None if content is None else read_table(content.content, evaluation.decisionDefinitionId)
