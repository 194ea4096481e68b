"""Decisions: deployed with versions, evaluated by business rule tasks and for clients, and kept."""

from __future__ import annotations

import pytest

from engine.machine.commands import CreateInstance, EvaluateDecision, Rejection
from engine.runtime.evaluations import DecisionAnswer
from engine.runtime.results import InstanceStarted
from engine.runtime.runtime import Runtime
from tests.story import FIXTURES

pytestmark = pytest.mark.anyio

DMN = ("discount.dmn", (FIXTURES / "discount.dmn").read_bytes())
BPMN = ("task.bpmn", (FIXTURES / "business_rule_task_decision.bpmn").read_bytes())
KEPT = """
    SELECT d.decision_id, i.state, i.result
    FROM decision_instance i JOIN decision_definition d ON d.key = i.decision_key ORDER BY i.key, i.index
"""


async def rows(runtime: Runtime, query: str) -> list[tuple[object, ...]]:
    async with runtime.database.borrow() as connection:
        return await (await connection.execute(query.encode())).fetchall()


async def start(runtime: Runtime, **variables: object) -> InstanceStarted:
    command = CreateInstance(process_id="business_rule_task_decision", variables=variables)
    started = await runtime.execute(command)
    assert isinstance(started, InstanceStarted)
    return started


async def test_a_business_rule_task_evaluates_the_decision(runtime: Runtime) -> None:
    await runtime.deploy([DMN, BPMN])
    await start(runtime, orders=20, amount=150)

    values = await rows(runtime, "SELECT value FROM variable WHERE name = 'percent'")
    assert values == [("10",)]


async def test_every_decision_of_the_graph_is_kept(runtime: Runtime) -> None:
    await runtime.deploy([DMN, BPMN])
    await start(runtime, orders=20, amount=150)

    assert await rows(runtime, KEPT) == [("customer_kind", 0, '"regular"'), ("discount", 0, "10")]


async def test_a_decision_that_fails_is_an_incident_and_is_kept(runtime: Runtime) -> None:
    await runtime.deploy([DMN, BPMN])
    await start(runtime, orders=20, amount=-5)

    ((message,),) = await rows(runtime, "SELECT message FROM incident")
    assert "'discount'" in str(message)
    assert "an amount is not negative" in str(message)
    assert (await rows(runtime, KEPT))[-1][:2] == ("discount", 1)


async def test_a_decision_that_is_not_deployed_is_an_incident(runtime: Runtime) -> None:
    await runtime.deploy([BPMN])
    await start(runtime)

    ((message,),) = await rows(runtime, "SELECT message FROM incident")
    assert message == "Expected to evaluate decision 'discount', but no decision found for id 'discount'"


async def test_a_client_evaluates_a_decision_without_a_process(runtime: Runtime) -> None:
    await runtime.deploy([DMN])
    answer = await runtime.execute(EvaluateDecision(decision_id="discount", variables={"orders": 20, "amount": 150}))

    assert isinstance(answer, DecisionAnswer)
    assert answer.output == 10
    assert [told["id"] for told in answer.trace] == ["customer_kind", "discount"]
    assert answer.trace[1]["rules"] == [
        {"id": "rule_regular", "index": 1, "outputs": [{"id": "percent_output", "name": "Percent", "value": "10"}]}
    ]


async def test_an_unknown_decision_is_refused(runtime: Runtime) -> None:
    with pytest.raises(Rejection, match="no decision was found"):
        await runtime.execute(EvaluateDecision(decision_id="discount"))


async def test_an_unchanged_file_keeps_its_version_and_a_changed_one_counts_up(runtime: Runtime) -> None:
    first = await runtime.deploy([DMN])
    again = await runtime.deploy([DMN])
    changed = await runtime.deploy([(DMN[0], DMN[1].replace(b"<text>10</text>", b"<text>12</text>"))])

    assert again.deployments == first.deployments
    assert [each.version for each in changed.deployments] == [2, 2, 2]
    answer = await runtime.execute(EvaluateDecision(decision_id="discount", variables={"orders": 20, "amount": 150}))
    assert isinstance(answer, DecisionAnswer)
    assert answer.output == 12
