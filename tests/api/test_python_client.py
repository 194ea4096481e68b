"""The Python client that everybody uses, as it is, drives a process from deployment to end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from camunda_orchestration_sdk import (
    CamundaAsyncClient,
    CancelProcessInstanceRequest,
    ConsistencyOptions,
    IncidentFilter,
    IncidentSearchQuery,
    JobChangeset,
    JobFailure,
    JobFilter,
    JobSearchQuery,
    JobUpdateRequest,
    MessageCorrelationRequest,
    ProcessCreationById,
    ProcessInstanceCreationInstructionBaseVariables,
    UserTaskAssignmentRequest,
    UserTaskCompletionRequest,
    UserTaskFilter,
    UserTaskSearchQuery,
    WorkerConfig,
)
from camunda_orchestration_sdk.errors import NotFoundError, UnauthorizedError

from tests.server import FIXTURES, Access, running_server
from tests.web.people import PASSWORD, add_people

pytestmark = pytest.mark.anyio

SOON = ConsistencyOptions(wait_up_to_ms=20_000, poll_interval_ms=20)


def ended(instance: Any) -> bool:
    return instance.state.value == "COMPLETED"


async def test_the_python_client_drives_a_process_from_deployment_to_end(server: str) -> None:
    charged: list[Any] = []
    shipped: list[str] = []

    async def charge(job: Any) -> dict[str, Any]:
        charged.append(job)
        return {"charged": job.variables.to_dict()["amount"]}

    async def ship(job: Any) -> dict[str, Any]:
        shipped.append(job.job_key)
        if len(shipped) == 1:
            raise JobFailure("no truck", retries=0)
        return {"shipped": True}

    async with CamundaAsyncClient(configuration={"CAMUNDA_REST_ADDRESS": server}) as client:
        deployed = await client.deploy_resources_from_files([FIXTURES / "client_story.bpmn"])
        assert deployed.processes[0].process_definition_id == "client_story"
        for type, work in (("charge", charge), ("ship", ship)):
            client.create_job_worker(
                WorkerConfig(type, job_timeout_milliseconds=60_000, request_timeout_milliseconds=1_000), work
            )
        workers = asyncio.create_task(client.run_workers())
        try:
            variables = ProcessInstanceCreationInstructionBaseVariables.from_dict({"orderId": "o-1", "amount": 12})
            started = await client.create_process_instance(
                data=ProcessCreationById("client_story", variables=variables, tags=["vip"])
            )
            key = started.process_instance_key
            await approve(client, key)
            correlated = await client.correlate_message(
                data=MessageCorrelationRequest("payment_received", correlation_key="o-1")
            )
            assert correlated.process_instance_key == key
            await give_another_try(client, key)
            instance = await client.get_process_instance(
                key, consistency=ConsistencyOptions(20_000, 20, predicate=ended)
            )
        finally:
            workers.cancel()
            await asyncio.gather(workers, return_exceptions=True)
        assert [job.custom_headers.to_dict() for job in charged] == [{"currency": "EUR"}]
        assert instance.tags == ["vip"]
        await everything_can_be_read(client, key)


async def approve(client: CamundaAsyncClient, instance_key: Any) -> None:
    """A person of the group takes the task and does it."""
    mine = UserTaskSearchQuery(filter_=UserTaskFilter(process_instance_key=instance_key, candidate_group="sales"))
    task = (await client.search_user_tasks(data=mine, consistency=SOON)).items[0]
    assert (task.name, task.state.value, task.assignee) == ("Approve", "CREATED", None)
    await client.assign_user_task(task.user_task_key, data=UserTaskAssignmentRequest("ada"))
    assert (await client.get_user_task(task.user_task_key)).assignee == "ada"
    await client.complete_user_task(task.user_task_key, data=UserTaskCompletionRequest())
    with pytest.raises(NotFoundError):
        await client.complete_user_task(task.user_task_key, data=UserTaskCompletionRequest())


async def give_another_try(client: CamundaAsyncClient, instance_key: Any) -> None:
    """An operator finds the incident, gives the job a retry and resolves it."""
    stuck = IncidentSearchQuery(filter_=IncidentFilter(process_instance_key=instance_key))
    long = ConsistencyOptions(wait_up_to_ms=30_000, poll_interval_ms=20)
    incident = (await client.search_incidents(data=stuck, consistency=long)).items[0]
    assert incident.error_type.value == "JOB_NO_RETRIES"
    assert "no truck" in incident.error_message
    assert incident.job_key is not None
    await client.update_job(incident.job_key, data=JobUpdateRequest(JobChangeset(retries=1)))
    await client.resolve_incident(incident.incident_key)


async def everything_can_be_read(client: CamundaAsyncClient, instance_key: Any) -> None:
    """The client refuses an answer that lacks any field; so reading is the test."""
    assert {item.name for item in (await client.search_variables()).items} == {
        "orderId",
        "amount",
        "charged",
        "shipped",
    }
    elements = (await client.search_element_instances()).items
    assert [element.element_id for element in elements] == [
        "client_story",
        "start",
        "charge",
        "approve",
        "paid",
        "ship",
        "end",
    ]
    assert (await client.get_element_instance(elements[1].element_instance_key)).element_id == "start"
    jobs = (await client.search_jobs(data=JobSearchQuery(filter_=JobFilter(type_="ship")))).items
    assert [job.state.value for job in jobs] == ["COMPLETED"]
    assert len((await client.search_process_instances()).items) == 1
    assert len((await client.search_incidents()).items) == 1
    assert len((await client.search_user_tasks()).items) == 1
    assert len((await client.search_message_subscriptions()).items) == 1
    assert len((await client.search_correlated_message_subscriptions()).items) == 1
    definition = (await client.search_process_definitions()).items[0]
    assert "<bpmn:process" in await client.get_process_definition_xml(definition.process_definition_key)
    flows = (await client.get_process_instance_sequence_flows(instance_key)).items
    assert flows[0].sequence_flow_id == "start_to_charge"
    figures = (await client.get_process_instance_statistics(instance_key)).items
    assert {figure.element_id: figure.completed for figure in figures}["ship"] == 1
    assert (await client.get_process_instance_call_hierarchy(instance_key))[0].process_definition_name
    assert (await client.get_topology()).gateway_version.startswith("8.10")
    assert (await client.get_license()).valid_license
    assert (await client.get_authentication()).username == "demo"
    with pytest.raises(NotFoundError):
        await client.cancel_process_instance(instance_key, data=CancelProcessInstanceRequest())


async def test_the_python_client_signs_in_with_user_name_and_password(database_url: str) -> None:
    await asyncio.to_thread(add_people, database_url)
    with running_server(database_url, access=Access()) as url:
        credentials = {"CAMUNDA_BASIC_AUTH_USERNAME": "olga", "CAMUNDA_BASIC_AUTH_PASSWORD": PASSWORD}
        basic = {"CAMUNDA_REST_ADDRESS": url, "CAMUNDA_AUTH_STRATEGY": "BASIC", **credentials}
        async with CamundaAsyncClient(configuration=basic) as client:
            assert (await client.get_authentication()).username == "olga"
            deployed = await client.deploy_resources_from_files([FIXTURES / "none_events.bpmn"])
            assert deployed.processes
        async with CamundaAsyncClient(configuration={"CAMUNDA_REST_ADDRESS": url}) as client:
            with pytest.raises(UnauthorizedError):
                await client.get_topology()
