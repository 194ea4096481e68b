"""FEEL expressions, tried out with variables that are given or that are there."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Any

import msgspec

from api.rest.operation import Call, Operations
from api.rest.problems import invalid_argument, not_found
from api.rest.wire import Key, Request, Result, TenantId, Text, Variables, key_of
from engine import feel
from engine.store.search import ELEMENT_INSTANCES, VARIABLES, PageRequest, SearchQuery, figures
from engine.store.search.query import MAX_LIMIT

operations = Operations("Expression")


class ExpressionEvaluationRequest(Request):
    """`scopeKey`: an element instance, or a process instance, whose variables the expression sees; `variables` hide
    those of the same name. The expression may begin with `=`, as it does in a model.
    """

    expression: Text
    tenant_id: TenantId | None = None
    scope_key: Key | None = None
    variables: Variables | None = None


class ExpressionEvaluationWarningItem(Result):
    message: str


class ExpressionEvaluationResult(Result):
    """`warnings` say why a part of the expression became null."""

    expression: str
    result: Any
    warnings: list[ExpressionEvaluationWarningItem]
    referenced_secrets: list[dict[str, str]]


@operations(
    "POST",
    "/expression/evaluation",
    "evaluateExpression",
    body=ExpressionEvaluationRequest,
    result=ExpressionEvaluationResult,
    errors=(404,),
)
async def evaluate_expression(call: Call) -> ExpressionEvaluationResult:
    """The value of a FEEL expression; 400 where it is none, or needs too much."""
    request: ExpressionEvaluationRequest = call.body
    scope = {} if request.scope_key is None else await _variables_of(call, key_of(request.scope_key, "scopeKey"))
    context = scope | (request.variables or {})
    try:
        value, warnings = await asyncio.to_thread(_evaluate, request.expression.removeprefix("="), context)
    except feel.FeelError as error:
        raise invalid_argument(f"The expression '{request.expression[:200]}' cannot be evaluated: {error}.") from error
    told = [ExpressionEvaluationWarningItem(warning.message) for warning in warnings]
    return ExpressionEvaluationResult(request.expression, value, told, [])


def _evaluate(text: str, context: Variables) -> tuple[Any, tuple[feel.Warning, ...]]:
    result = feel.compile(text).evaluate_with_warnings(context, now=datetime.now(UTC), entropy=token_bytes)
    return feel.to_json(result.value), result.warnings


async def _variables_of(call: Call, key: int) -> Variables:
    """The variables that an element instance sees."""
    reader = call.server.reader
    element = await reader.get(ELEMENT_INSTANCES, key)
    if element is None:
        raise not_found("element instance or process instance", key)
    instance_key = int(element.processInstanceKey)
    scopes = await figures.scopes_around(reader, instance_key, key)
    keys = [str(each) for each in await figures.effective_variables(reader, instance_key, scopes)]
    query = SearchQuery(filter={"variableKey": {"$in": keys}}, page=PageRequest(limit=MAX_LIMIT))
    found = await reader.search(VARIABLES, query)
    return {variable.name: msgspec.json.decode(variable.value) for variable in found.items}
