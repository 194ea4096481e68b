"""What a batch needs of the runtime: one object instead of a dozen arguments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.machine.commands import Command
from engine.runtime.commits.participants import Dispatch, Participant

if TYPE_CHECKING:
    from engine.runtime.clock import Clock
    from engine.runtime.commits.cache import InstanceCache
    from engine.runtime.completion import Completions
    from engine.runtime.deployed.definitions import Definitions
    from engine.store.keys import KeySource


@dataclass(slots=True)
class Context:
    """Shared by all batches of one runtime."""

    clock: Clock
    keys: KeySource
    cache: InstanceCache
    definitions: Definitions
    jobs: Dispatch
    completions: Completions
    participants: list[Participant] = field(default_factory=list)
    service_commands: frozenset[type[Command]] = frozenset()

    def join(self, participant: Participant) -> None:
        """Let a participant take part in every batch from now on."""
        self.participants.append(participant)
        self.service_commands |= participant.commands
