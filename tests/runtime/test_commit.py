"""Commands on a real database: what is answered is there."""

from __future__ import annotations

import pytest

from engine.machine.commands import CompleteJob, CreateInstance, Rejection
from engine.runtime.runtime import Runtime
from tests.runtime.conftest import fixture

pytestmark = pytest.mark.anyio


async def test_an_instance_runs_from_start_to_end(runtime: Runtime) -> None:
    await runtime.deploy([fixture("one_task.bpmn")])
    started = await runtime.execute(CreateInstance(process_id="one_task", variables={"amount": 12}))
    (job,) = await runtime.activate_jobs("work", "worker", timeout=10_000, max_jobs=5)
    assert (job.process_instance_key, job.element_id) == (started.process_instance_key, "work")
    assert job.variables == {"amount": "12"}

    await runtime.execute(CompleteJob(job_key=job.key, variables={"done": True}))

    ended = await runtime.completion(started.process_instance_key, timeout=1)
    assert ended is not None
    assert ended.completed
    assert ended.variables == {"amount": "12", "done": "true"}


async def test_a_completed_job_cannot_be_completed_again(runtime: Runtime) -> None:
    await runtime.deploy([fixture("one_task.bpmn")])
    await runtime.execute(CreateInstance(process_id="one_task"))
    (job,) = await runtime.activate_jobs("work", "worker", timeout=10_000, max_jobs=1)
    await runtime.execute(CompleteJob(job_key=job.key))
    with pytest.raises(Rejection, match=f"job with key '{job.key}'"):
        await runtime.execute(CompleteJob(job_key=job.key))
