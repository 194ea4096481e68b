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


# ---- Models that import each other -----------------------------------------------------------------------------------

PRICE = (
    "price.dmn",
    b'''<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="prices" name="Prices" namespace="prices">
  <import name="discounts" namespace="http://pointsman.example/discounts"
          importType="https://www.omg.org/spec/DMN/20191111/MODEL/" />
  <decision id="price" name="Price">
    <variable name="price" typeRef="number" />
    <informationRequirement>
      <requiredDecision href="http://pointsman.example/discounts#discount" />
    </informationRequirement>
    <literalExpression><text>amount * (100 - discounts.discount) / 100</text></literalExpression>
  </decision>
</definitions>''',
)
ASK = EvaluateDecision(decision_id="price", variables={"orders": 20, "amount": 150})


async def test_a_decision_requires_one_of_another_file(runtime: Runtime, database_url: str) -> None:
    await runtime.deploy([PRICE, DMN])
    async with Runtime.open(database_url) as restarted:
        answers = [await each.execute(ASK) for each in (runtime, restarted)]

    assert [answer.output for answer in answers] == [135, 135]
    assert [told["id"] for told in answers[0].trace] == ["customer_kind", "discount", "price"]
    assert len({told["key"] for told in answers[0].trace}) == 3


async def test_what_imports_a_changed_file_is_a_new_version(runtime: Runtime) -> None:
    await runtime.deploy([PRICE, DMN])
    again = await runtime.deploy([DMN, PRICE])
    changed = await runtime.deploy([PRICE, (DMN[0], DMN[1].replace(b"<text>10</text>", b"<text>50</text>"))])

    assert {each.version for each in again.deployments} == {1}
    assert {each.version for each in changed.deployments} == {2}
    assert (await runtime.execute(ASK)).output == 75


async def test_an_import_that_is_not_deployed_with_it_is_refused(runtime: Runtime) -> None:
    with pytest.raises(Rejection, match="Deploy it together with this one"):
        await runtime.deploy([PRICE])


async def test_models_that_import_each_other_in_a_circle_are_refused(runtime: Runtime) -> None:
    circle = DMN[1].replace(b"<decision id=\"customer_kind\"", PRICE_IMPORT + b"<decision id=\"customer_kind\"")
    with pytest.raises(Rejection, match="is not there"):
        await runtime.deploy([PRICE, (DMN[0], circle)])


PRICE_IMPORT = (
    b'<import name="prices" namespace="prices" importType="https://www.omg.org/spec/DMN/20191111/MODEL/" />'
)
