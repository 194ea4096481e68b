"""Files become versions: all of a deployment or nothing, an unchanged file not again, and everybody knows at once."""

from __future__ import annotations

import asyncio

import pytest

from engine.machine.commands import CreateInstance, Rejection
from engine.runtime.deployed.files import InvalidDeployment
from engine.runtime.results import Deployed, DeployedProcess
from engine.runtime.runtime import Options, Runtime
from tests.models import definitions, job, model
from tests.runtime.conftest import fixture
from tests.runtime.stage import Stage

pytestmark = pytest.mark.anyio

START = '<startEvent id="start"/>'


@pytest.fixture
def stage(still: Runtime, database_url: str) -> Stage:
    return Stage(still, database_url)


def process(id: str = "order", type: str = "pack", version_tag: str = "") -> bytes:
    """A process of one job."""
    tag = f'<extensionElements><zeebe:versionTag value="{version_tag}"/></extensionElements>' if version_tag else ""
    return model(tag + START + job(type), f"start -> {type}", id=id)


async def deploy(stage: Stage, *contents: bytes, names: tuple[str, ...] = ()) -> Deployed:
    files = names or tuple(f"file_{n}.bpmn" for n in range(len(contents)))
    return await stage.runtime.deploy(list(zip(files, contents, strict=True)))


def only(deployed: Deployed) -> DeployedProcess:
    (found,) = deployed.deployments
    assert isinstance(found, DeployedProcess)
    return found


# ---- Versions ----------------------------------------------------------------------------------------------------


async def test_versions_count_up_and_the_latest_is_started(stage: Stage) -> None:
    first = only(await deploy(stage, process(type="pack")))
    second = only(await deploy(stage, process(type="ship")))
    assert (first.version, second.version) == (1, 2)
    started = await stage.runtime.execute(CreateInstance(process_id="order"))
    assert (started.version, started.process_definition_key) == (2, second.key)
    older = await stage.runtime.execute(CreateInstance(process_id="order", process_version=1))
    assert older.process_definition_key == first.key
    by_key = await stage.runtime.execute(CreateInstance(process_definition_key=first.key))
    assert by_key.version == 1


async def test_an_unchanged_file_keeps_its_key_and_version(stage: Stage) -> None:
    first = await deploy(stage, process())
    again = await deploy(stage, process())
    assert again.deployments == first.deployments
    assert stage.count("process_definition") == stage.count("deployment") == 1


async def test_a_file_that_returns_to_an_older_content_is_a_new_version(stage: Stage) -> None:
    for version, type in ((1, "pack"), (2, "ship"), (3, "pack")):
        assert only(await deploy(stage, process(type=type))).version == version


async def test_a_file_with_several_processes_deploys_them_all(stage: Stage) -> None:
    both = "".join(
        f'<process id="{id}" isExecutable="true"><startEvent id="start_{id}"/></process>' for id in ("one", "two")
    )
    deployed = await deploy(stage, definitions(both))
    assert [each.process_id for each in deployed.deployments if isinstance(each, DeployedProcess)] == ["one", "two"]
    assert stage.count("resource") == 1
    assert await stage.start("two")


async def test_tenants_have_versions_of_their_own(stage: Stage) -> None:
    await deploy(stage, process(type="pack"))
    there = await stage.runtime.deploy([("file_0.bpmn", process(type="pack"))], tenant="there")
    assert only(there).version == 1
    with pytest.raises(Rejection, match="none found"):
        await stage.runtime.execute(CreateInstance(process_id="order", tenant="elsewhere"))
    started = await stage.runtime.execute(CreateInstance(process_id="order", tenant="there"))
    assert started.process_definition_key == only(there).key


async def test_deployments_at_once_give_each_version_once(stage: Stage) -> None:
    deployments = [deploy(stage, process(type=f"type_{n}")) for n in range(10)]
    versions = [only(deployed).version for deployed in await asyncio.gather(*deployments)]
    assert sorted(versions) == list(range(1, 11))


async def test_a_running_instance_stays_on_its_version(stage: Stage) -> None:
    await deploy(stage, process(type="pack"))
    key = await stage.start("order")
    await deploy(stage, process(type="ship"))
    assert await stage.work("pack") == 1
    assert stage.has_ended(key)


# ---- Errors ------------------------------------------------------------------------------------------------------


async def test_one_error_and_nothing_is_deployed(stage: Stage) -> None:
    broken = model(START + '<serviceTask id="pack"/>', "start -> nowhere", id="broken")
    with pytest.raises(InvalidDeployment) as refused:
        await deploy(stage, process(), broken, b"<not xml", names=("good.bpmn", "broken.bpmn", "torn.bpmn"))
    assert refused.value.kind == "INVALID_ARGUMENT"
    assert {name for name, _ in refused.value.problems} == {"broken.bpmn", "torn.bpmn"}
    assert "Nothing was deployed" in refused.value.reason
    assert stage.count("process_definition") == stage.count("resource") == 0


async def test_the_same_process_twice_is_refused(stage: Stage) -> None:
    with pytest.raises(InvalidDeployment, match=r"'order' is in 'file_0\.bpmn' already"):
        await deploy(stage, process(type="pack"), process(type="ship"))
    with pytest.raises(InvalidDeployment, match=r"'order' is in 'order\.bpmn' already"):
        await deploy(stage, process(type="pack"), process(type="ship"), names=("order.bpmn", "order.bpmn"))


async def test_an_empty_deployment_is_refused(stage: Stage) -> None:
    with pytest.raises(InvalidDeployment, match=r"at least one file"):
        await deploy(stage)


async def test_a_form_needs_an_id(stage: Stage) -> None:
    for content in (b"[]", b"{}", b'{"id": 7}', b"\xff"):
        with pytest.raises(InvalidDeployment, match=r"order\.form"):
            await deploy(stage, content, names=("order.form",))


# ---- Other files -------------------------------------------------------------------------------------------------


async def test_forms_and_other_files_have_versions_too(stage: Stage) -> None:
    names = ("order.form", "terms.txt")
    await deploy(stage, b'{"id": "order"}', b"one", names=names)
    deployed = await deploy(stage, b'{"id": "order", "versionTag": "stable"}', b"one", names=names)
    assert [each.version for each in deployed.deployments] == [2, 1]
    assert stage.rows("SELECT kind, resource_id, version, version_tag FROM resource ORDER BY kind, version") == [
        ("form", "order", 1, None),
        ("form", "order", 2, "stable"),
        ("resource", "terms.txt", 1, None),
    ]


# ---- Deleting ----------------------------------------------------------------------------------------------------


async def test_a_deleted_version_is_not_started_and_its_instances_go_on(stage: Stage) -> None:
    first = only(await deploy(stage, process(type="pack")))
    second = only(await deploy(stage, process(type="ship")))
    key = await stage.start("order")
    await stage.runtime.delete_resource(second.key)
    started = await stage.runtime.execute(CreateInstance(process_id="order"))
    assert started.process_definition_key == first.key
    with pytest.raises(Rejection, match="none found"):
        await stage.runtime.execute(CreateInstance(process_definition_key=second.key))
    async with Runtime.open(stage.url, Options(background=False), stage.runtime.clock) as other:
        assert await Stage(other, stage.url).work("ship") == 1
    assert stage.has_ended(key)
    assert only(await deploy(stage, process(type="bill"))).version == 3


async def test_deleting_the_latest_version_gives_the_starts_back_to_the_one_before(stage: Stage) -> None:
    await stage.deploy("message_start")
    (first,) = stage.column("SELECT key FROM process_definition WHERE process_id = 'message_start'")
    name, content = fixture("message_start.bpmn")
    second = await stage.runtime.deploy([(name, content.replace(b"</bpmn:process>", b"<!-- --></bpmn:process>"))])
    newer = next(each for each in second.deployments if getattr(each, "process_id", "") == "message_start")
    starts = "SELECT process_definition_key FROM start_subscription WHERE process_id = 'message_start'"
    assert set(stage.column(starts)) == {newer.key}
    await stage.runtime.delete_resource(newer.key)
    assert set(stage.column(starts)) == {first}


async def test_what_is_not_there_cannot_be_deleted(stage: Stage) -> None:
    first = only(await deploy(stage, process()))
    await stage.runtime.delete_resource(first.key)
    for key in (first.key, 77):
        with pytest.raises(Rejection, match="no such resource") as refused:
            await stage.runtime.delete_resource(key)
        assert refused.value.kind == "NOT_FOUND"


# ---- Several processes -------------------------------------------------------------------------------------------


async def test_what_one_process_deploys_another_starts_with_the_next_command(stage: Stage) -> None:
    """Without any notification: neither has background work."""
    async with Runtime.open(stage.url, Options(background=False), stage.runtime.clock) as other:
        for version in range(1, 4):
            await deploy(stage, process(type=f"type_{version}"))
            started = await other.execute(CreateInstance(process_id="order"))
            assert started.version == version


async def test_two_processes_work_on_the_parallel_branches_of_one_instance(stage: Stage) -> None:
    """Each completes a job of every pair while the other does, and both see where the branches meet."""
    branches = "".join(job(f"branch_{n}") for n in range(8))
    ways = [f"fork -> branch_{n} -> meet" for n in range(8)]
    gateways = '<parallelGateway id="fork"/><parallelGateway id="meet"/><endEvent id="end"/>'
    parallel = model(START + gateways + branches, "start -> fork", *ways, "meet -> end", id="parallel")
    await deploy(stage, parallel)
    async with Runtime.open(stage.url, Options(background=False), stage.runtime.clock) as other:
        keys = [await stage.start("parallel") for _ in range(10)]
        there = Stage(other, stage.url)
        for first, second in ((0, 1), (2, 3), (4, 5), (6, 7)):
            done = await asyncio.gather(
                stage.work(f"branch_{first}", **{f"by_{first}": "one"}),
                there.work(f"branch_{second}", **{f"by_{second}": "other"}),
            )
            assert done == [10, 10]
    assert all(stage.has_ended(key) for key in keys)
    assert all(len(stage.variables(key)) == 8 for key in keys)
    assert all(stage.path(key).count("end") == 1 for key in keys)
    assert stage.leftovers() == {}


# ---- Which version a call means --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("binding", "called"),
    [("", "new"), ('bindingType="deployment"', "mine"), ('bindingType="versionTag" versionTag="1.0"', "old")],
)
async def test_a_call_is_bound_to_the_latest_to_its_deployment_or_to_a_version_tag(
    stage: Stage, binding: str, called: str
) -> None:
    call = '<callActivity id="call"><extensionElements><zeebe:calledElement processId="order"'
    parent = model(f"{START}{call} {binding}/></extensionElements></callActivity>", "start -> call", id="parent")
    await deploy(stage, process(type="old", version_tag="1.0"))
    await deploy(stage, process(type="mine", version_tag="1.1"), parent)
    await deploy(stage, process(type="new"))
    await stage.start("parent")

    assert [len(await stage.jobs(type)) for type in ("old", "mine", "new")] == [
        int(type == called) for type in ("old", "mine", "new")
    ]


async def test_a_call_of_a_version_tag_that_nobody_has_is_an_incident(stage: Stage) -> None:
    call = '<callActivity id="call"><extensionElements><zeebe:calledElement processId="order" bindingType="versionTag"'
    parent = model(f'{START}{call} versionTag="2.0"/></extensionElements></callActivity>', "start -> call", id="parent")
    await deploy(stage, process(version_tag="1.0"), parent)
    await stage.start("parent")

    ((message,),) = stage.rows("SELECT message FROM incident")
    assert "2.0" in message
