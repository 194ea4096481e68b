"""Keeping what was played under a name, and running it again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from engine.identity import Role
from engine.machine.commands import Rejection
from engine.sandbox.scenario import Verdict, run_again
from web.pages import counted
from web.play.routes import answer, key_of, sandboxes_of
from web.play.store import Scenario, Stored
from web.security import require

router = APIRouter(prefix="/play/{key}/scenarios", dependencies=[require(Role.MODELER)], include_in_schema=False)


@router.post("")
async def keep(request: Request, key: str, name: Annotated[str, Form()] = "", instance: str = "") -> Response:
    """Keep the steps taken so far, with what each led to."""
    sandboxes = sandboxes_of(request)
    async with sandboxes.alone(key_of(key)):
        played = await sandboxes.open(key_of(key), request.state.identity.username)
        if not played.bench.taken:
            raise Rejection("INVALID_STATE", "There is nothing to keep yet: no step has been taken.")
        scenario = Scenario(
            process_id=played.stored.process_id,
            name=name,
            beginning=played.stored.beginning,
            taken=played.bench.taken,
            changed_by=request.state.identity.username,
            changed_at=datetime.now(UTC),
        )
        await sandboxes.store.keep(scenario)
        told = f"'{name.strip()}' is kept, with {counted(len(scenario.taken), 'step', 'steps')}."
        return await answer(request, played._replace(told=told), instance)


@router.post("/run")
async def run_all(request: Request, key: str, instance: str = "") -> Response:
    """Run all scenarios of the process on the sandbox's files, and say how each went; the sandbox stays as it is."""
    sandboxes = sandboxes_of(request)
    async with sandboxes.alone(key_of(key)):
        played = await sandboxes.open(key_of(key), request.state.identity.username)
        scenarios = await sandboxes.store.scenarios(played.stored.process_id)
        verdicts = await asyncio.to_thread(_verdicts, played.stored, scenarios)
        passed = sum(verdict.passed for _, verdict in verdicts)
        told = f"{passed} of {len(verdicts)} scenarios went as they were recorded."
        return await answer(request, played._replace(told=told), instance, [*verdicts])


def _verdicts(stored: Stored, scenarios: list[Scenario]) -> list[tuple[Scenario, Verdict]]:
    return [(each, run_again(stored.sources, each.beginning, each.taken)[1]) for each in scenarios]


@router.post("/opening")
async def open_scenario(request: Request, key: str, name: Annotated[str, Form()], instance: str = "") -> Response:
    """Take the steps of a scenario instead of those taken so far, and say how it went."""
    sandboxes = sandboxes_of(request)
    async with sandboxes.alone(key_of(key)):
        stored = await sandboxes.store.sandbox(key_of(key), request.state.identity.username)
        scenario = await sandboxes.store.scenario(stored.process_id, name)
        played, verdict = await sandboxes.run_scenario(stored, scenario.beginning, scenario.taken)
        told = f"'{scenario.name}' went as it was recorded." if verdict.passed else f"'{scenario.name}' went otherwise."
        return await answer(request, played._replace(told=told), instance, [(scenario, verdict)])


@router.post("/deletion")
async def delete(request: Request, key: str, name: Annotated[str, Form()], instance: str = "") -> Response:
    """Remove a scenario, for everybody."""
    sandboxes = sandboxes_of(request)
    async with sandboxes.alone(key_of(key)):
        played = await sandboxes.open(key_of(key), request.state.identity.username)
        await sandboxes.store.delete_scenario(played.stored.process_id, name)
        return await answer(request, played._replace(told=f"'{name}' is removed."), instance)

