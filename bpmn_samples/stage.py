"""What the sample scripts share: the command line, a client with workers, and waiting for the end.

A script deploys the files beside it, registers a handler for each type of job, starts its stories and prints
how each of them ended. Everything goes through the `camunda-orchestration-sdk`, as in any other project; the
handlers are what a project writes itself.
"""

import argparse
import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from functools import partial, wraps
from pathlib import Path
from typing import Any

import httpx
from camunda_orchestration_sdk import (
    CamundaAsyncClient,
    ConnectedJobContext,
    ElementInstanceSearchQuery,
    ElementInstanceSearchQueryFilter,
    ElementInstanceSearchQuerySortRequest,
    MessagePublicationRequest,
    MessagePublicationRequestVariables,
    ProcessCreationById,
    ProcessDefinitionId,
    ProcessInstanceCreationInstructionBaseVariables,
    ProcessInstanceKey,
    UserTaskCompletionRequest,
    UserTaskCompletionRequestVariables,
    UserTaskResult,
    UserTaskSearchQuery,
    UserTaskSearchQueryFilter,
    WorkerConfig,
)
from camunda_orchestration_sdk.models import (
    ElementInstanceSearchQueryFilterType,
    ElementInstanceSearchQuerySortRequestField,
    SortOrderEnum,
    UserTaskStateExactMatch,
)

Variables = dict[str, object]
Handler = Callable[[ConnectedJobContext], Coroutine[Any, Any, Variables | None]]
Decide = Callable[[str, UserTaskResult], Variables | None]
Chore = Callable[[], Awaitable[None]]

LOOK_AGAIN_SECONDS = 0.2


class Stage:
    """A client, its workers and the stories that were started, by name.

    Enter it as an asynchronous context manager; leaving stops the workers.
    """

    def __init__(self, url: str) -> None:
        # Without a logger of ours the client prints each of its polls between the lines of the story.
        self.client = CamundaAsyncClient(
            configuration={"CAMUNDA_REST_ADDRESS": url}, logger=logging.getLogger("camunda")
        )
        self._stories: dict[ProcessInstanceKey, str] = {}
        self._chores: list[Chore] = []
        self._exit = AsyncExitStack()

    async def __aenter__(self) -> "Stage":
        await self._exit.enter_async_context(self.client)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exit.aclose()

    async def deploy(self, folder: Path) -> None:
        """Deploy every diagram and form of `folder`."""
        files: list[str | Path] = [*sorted(folder.glob("*.bpmn")), *sorted(folder.glob("*.form"))]
        deployed = await self.client.deploy_resources_from_files(files)
        for process in deployed.processes:
            say("deployed", f"{process.process_definition_id}, version {process.process_definition_version}")

    def work(self, job_type: str, handler: Handler, *, variables: list[str] | None = None, at_once: int = 32) -> None:
        """Start a worker for `job_type` that fetches the named variables, or all of them."""
        config = WorkerConfig(
            job_type=job_type,
            job_timeout_milliseconds=30_000,
            request_timeout_milliseconds=5_000,
            max_concurrent_jobs=at_once,
            fetch_variables=variables,
            worker_name="sample",
        )
        worker = self.client.create_job_worker(config=config, callback=naming_what_is_missing(handler))
        self._exit.push_async_callback(worker.aclose)

    def people(self, process_id: str, decide: Decide) -> None:
        """Let `decide` play the people who complete the user tasks of `process_id`.

        It is asked again and again with the story's name and an open task, and answers with the
        variables that complete the task, or with None to leave it waiting.
        """
        self.meanwhile(partial(self._complete_user_tasks, process_id, decide))

    def meanwhile(self, chore: Chore) -> None:
        """Call `chore` again and again until the curtain falls."""
        self._chores.append(chore)

    async def start(self, process_id: str, story: str, variables: Variables) -> ProcessInstanceKey:
        """Start an instance; `story` is its name in what is printed. Returns the instance's key."""
        started = await self.client.create_process_instance(
            data=ProcessCreationById(
                process_definition_id=ProcessDefinitionId(process_id),
                variables=ProcessInstanceCreationInstructionBaseVariables.from_dict(variables),
            )
        )
        self._stories[started.process_instance_key] = story
        return started.process_instance_key

    async def curtain(self) -> None:
        """Wait until every story has ended and print each one's last end event."""
        waiting = dict(self._stories)
        while waiting:
            for chore in self._chores:
                await chore()
            for key in [key for key in waiting if await self._state(key) != "ACTIVE"]:
                say(waiting.pop(key), f"ended: {await self._last_end_event(key)}")
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _state(self, key: ProcessInstanceKey) -> str:
        return str((await self.client.get_process_instance(process_instance_key=key)).state)

    async def _last_end_event(self, key: ProcessInstanceKey) -> str:
        found = await self.client.search_element_instances(
            data=ElementInstanceSearchQuery(
                filter_=ElementInstanceSearchQueryFilter(
                    process_instance_key=key, type_=ElementInstanceSearchQueryFilterType.END_EVENT
                ),
                sort=[
                    ElementInstanceSearchQuerySortRequest(
                        field=ElementInstanceSearchQuerySortRequestField.ENDDATE, order=SortOrderEnum.DESC
                    )
                ],
            )
        )
        return found.items[0].element_name if found.items else "without an end event"

    async def _complete_user_tasks(self, process_id: str, decide: Decide) -> None:
        open_tasks = UserTaskSearchQuery(
            filter_=UserTaskSearchQueryFilter(process_definition_id=process_id, state=UserTaskStateExactMatch.CREATED)
        )
        for task in (await self.client.search_user_tasks(data=open_tasks)).items:
            await self._offer(task, decide)

    async def _offer(self, task: UserTaskResult, decide: Decide) -> None:
        story = self._stories.get(task.root_process_instance_key or task.process_instance_key)
        answer = decide(story, task) if story else None
        if answer is not None:
            await self.client.complete_user_task(
                task.user_task_key,
                data=UserTaskCompletionRequest(variables=UserTaskCompletionRequestVariables.from_dict(answer)),
            )


def naming_what_is_missing(handler: Handler) -> Handler:
    """`handler`, whose job fails with a reason that an operator understands where a variable of it is not there."""

    @wraps(handler)
    async def handle(job: ConnectedJobContext) -> Variables | None:
        try:
            return await handler(job)
        except KeyError as missing:
            raise LookupError(f"The job needs {missing}, which the instance does not have.") from missing

    return handle


async def publish(client: CamundaAsyncClient, name: str, key: str, variables: Variables | None = None) -> None:
    """Publish a message that is kept for a minute, should nobody wait for it yet."""
    await client.publish_message(
        data=MessagePublicationRequest(
            name=name,
            correlation_key=key,
            time_to_live=60_000,
            variables=MessagePublicationRequestVariables.from_dict(variables or {}),
        )
    )


def name_of(job: ConnectedJobContext) -> str:
    """What to call the job's instance: its story, or its key if somebody else started it."""
    return str(job.variables.to_dict().get("story", job.process_instance_key))


def say(who: str, what: str) -> None:
    """Print one line of the play."""
    print(f"{who:<22} {what}", flush=True)


def command_line(description: str) -> argparse.ArgumentParser:
    """The options that every sample script has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    url = os.environ.get("POINTSMAN_URL") or "http://127.0.0.1:8080"
    parser.add_argument("--url", default=url, help="the server (default: POINTSMAN_URL, else that of `make run`)")
    parser.add_argument(
        "--patience", type=float, default=120, metavar="SECONDS", help="give up after (default: %(default)s)"
    )
    parser.add_argument(
        "--stay", action="store_true", help="go on working the jobs of instances that you start yourself"
    )
    return parser


def perform(scene: Callable[[Stage], Awaitable[None]], options: argparse.Namespace) -> None:
    """Run `scene` against the server of `options`; exit with a reason if none answers or time is up."""
    try:
        asyncio.run(_perform(scene, options))
    except httpx.ConnectError:
        raise SystemExit(f"No server answers at {options.url}. Start one with `make run`.") from None
    except TimeoutError:
        raise SystemExit(
            f"Not every instance ended within {options.patience:g} s. `pointsman incidents` shows what is stuck."
        ) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


async def _perform(scene: Callable[[Stage], Awaitable[None]], options: argparse.Namespace) -> None:
    async with Stage(options.url) as stage:
        async with asyncio.timeout(options.patience):
            await scene(stage)
        if options.stay:
            say("stays", "until Ctrl-C; start an instance and see its jobs worked")
            await asyncio.Event().wait()
