"""Stored steps → sandbox → one step more, on any server process.

A replay may take long, so it runs in a thread and other requests go on meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple
from weakref import WeakValueDictionary

from engine.machine.commands import Rejection
from engine.sandbox import Sandbox
from engine.sandbox.automatic import next_step
from engine.sandbox.sandbox import Taken
from engine.sandbox.scenario import Verdict, run_again
from engine.sandbox.steps import AnyStep
from web.play.store import Store, Stored, moved_on

MOST_STEPS = 1_000
MOST_AUTOMATIC = 200
KEPT_IN_MEMORY = 20


class Played(NamedTuple):
    """A sandbox as it is stored and as it runs, and what is to be told besides."""

    stored: Stored
    bench: Sandbox
    told: str = ""


class Sandboxes:
    """The sandboxes of a server process. What is in memory is only work that need not be done again."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._benches: OrderedDict[tuple[int, int], Sandbox] = OrderedDict()  # by key and revision
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def alone(self, key: int) -> asyncio.Lock:
        """Held from the look at a sandbox until the page is made: two requests must not move one bench."""
        return self._locks.setdefault(key, asyncio.Lock())

    async def open(self, key: int, owner: str) -> Played:
        """A sandbox as it stands. Raises Rejection where there is none."""
        stored = await self.store.sandbox(key, owner)
        bench = self._benches.pop((key, stored.revision), None)
        if bench is None:
            bench = await asyncio.to_thread(_as_far_as_possible, stored)
        self._keep(stored, bench)
        return Played(stored, bench, _left_out(len(stored.steps) - len(bench.taken), "this version of the engine"))

    async def take(self, key: int, owner: str, revision: int, step: AnyStep) -> Played:
        """Take a step on what the person saw (`revision`). Raises Rejection, and then nothing has happened."""
        return await self._change(key, owner, revision, lambda bench: _take(bench, step))

    async def run_on(self, key: int, owner: str, revision: int) -> Played:
        """Take all steps that need no decision; it is told why no more are taken."""
        return await self._change(key, owner, revision, _run_on)

    async def back_to(self, key: int, owner: str, revision: int, count: int) -> Played:
        """Go back to where the first `count` steps had been taken."""
        stored = await self.store.sandbox(key, owner)
        stored = stored._replace(revision=revision, steps=stored.steps[: max(count, 0)])
        return await self._save(stored, await asyncio.to_thread(replay, stored))

    async def renew(self, stored: Stored) -> Played:
        """The same steps on other sources, as far as they can be taken. Raises InvalidDeployment, Rejection."""
        bench = await asyncio.to_thread(_as_far_as_possible, stored)
        played = await self._save(stored._replace(steps=stored.steps[: len(bench.taken)]), bench)
        told = _left_out(len(stored.steps) - len(bench.taken), "the draft") or "This is the current draft."
        return played._replace(told=told)

    async def run_scenario(self, stored: Stored, beginning: int, taken: list[Taken]) -> tuple[Played, Verdict]:
        """The steps of a scenario instead of those that there are."""
        bench, verdict = await asyncio.to_thread(run_again, stored.sources, beginning, taken)
        steps = [each.step for each in bench.taken]
        return await self._save(stored._replace(steps=steps, beginning=beginning), bench), verdict

    # ---- How --------------------------------------------------------------------------------------------------------

    async def _change(self, key: int, owner: str, revision: int, work: Callable[[Sandbox], str]) -> Played:
        stored, bench, _ = await self.open(key, owner)
        if stored.revision != revision:
            raise moved_on()
        del self._benches[key, revision]  # what is refused halfway must not stay in memory
        told = await asyncio.to_thread(work, bench)
        played = await self._save(stored._replace(steps=[each.step for each in bench.taken]), bench)
        return played._replace(told=told)

    async def _save(self, stored: Stored, bench: Sandbox) -> Played:
        stored = stored._replace(revision=await self.store.save(stored))
        self._keep(stored, bench)
        return Played(stored, bench)

    def _keep(self, stored: Stored, bench: Sandbox) -> None:
        self._benches[stored.key, stored.revision] = bench
        while len(self._benches) > KEPT_IN_MEMORY:
            self._benches.popitem(last=False)


def _left_out(count: int, what: str) -> str:
    """What is told of steps that could not be taken again."""
    if not count:
        return ""
    return f"The last {count} steps do not fit {what} any more." if count > 1 else f"The last step does not fit {what}."


def replay(stored: Stored) -> Sandbox:
    """The state that the steps lead to. Raises InvalidDeployment, Rejection."""
    return Sandbox(stored.sources, stored.beginning, stored.steps)


def _take(bench: Sandbox, step: AnyStep) -> str:
    if len(bench.taken) >= MOST_STEPS:
        reason = f"A sandbox has at most {MOST_STEPS} steps. Restart it, or go back."
        raise Rejection("INVALID_STATE", reason)
    return bench.take(step).answer


def _run_on(bench: Sandbox) -> str:
    for _ in range(MOST_AUTOMATIC):
        step = next_step(bench)
        if isinstance(step, str):
            return step
        _take(bench, step)
    return f"{MOST_AUTOMATIC} steps were taken by themselves; there may be more."


def _as_far_as_possible(stored: Stored) -> Sandbox:
    """A sandbox on which as many of the steps were taken as fit."""
    bench = Sandbox(stored.sources, stored.beginning)
    for count, step in enumerate(stored.steps):
        try:
            bench.take(step)
        except Rejection:
            return Sandbox(stored.sources, stored.beginning, stored.steps[:count])
    return bench
