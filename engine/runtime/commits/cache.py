"""Instances in memory, so that a command need not read what the last one wrote.

A batch *takes* the instances that it works on and *puts* them back after COMMIT; what it does not put back is
forgotten. The least recently used leave first, once more element instances are held than wanted; an instance that has
ended leaves at once. What is held may be behind its row when another process has moved it on: whoever takes an
instance from here compares versions first.

The cache also knows which instance an open wait (a job, a timer, …) belongs to; for others the database is asked.
"""

from __future__ import annotations

from engine.machine.state import Instance, Wait


class InstanceCache:
    """At most about `capacity` element instances."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._instances: dict[int, Instance] = {}  # the least recently used first
        self._taken: dict[int, Instance] = {}
        self._weights: dict[int, int] = {}
        self._owners: dict[int, int] = {}  # instance keys by the keys of waits
        self._weight = 0

    def __len__(self) -> int:
        return len(self._instances)

    @property
    def elements(self) -> int:
        """How many element instances are held."""
        return self._weight

    def owner(self, key: int) -> int | None:
        """The key of the instance that something with this key belongs to, None if it is not known here."""
        if key in self._instances or key in self._taken:
            return key
        return self._owners.get(key)

    def take(self, key: int) -> Instance | None:
        """The instance, for a batch that has its lock; `put` or `discard` must follow."""
        instance = self._instances.pop(key, None)
        if instance is not None:
            self._taken[key] = instance
        return instance

    def put(self, instance: Instance) -> None:
        """Hold an instance after a commit, as the most recently used one."""
        key = instance.key
        if instance.ended_at is not None:
            self.discard(key)
            return
        if self._taken.pop(key, None) is None:
            for wait in instance.waits:
                self._owners[wait] = key
        self._instances[key] = instance
        weight = len(instance.elements)
        self._weight += weight - self._weights.get(key, 0)
        self._weights[key] = weight

    def note(self, opened: list[Wait], closed: list[Wait]) -> None:
        """Waits that a commit has opened and closed."""
        owners = self._owners
        for wait in opened:
            if wait.open:
                owners[wait.key] = wait.element.instance.key
        for wait in closed:
            owners.pop(wait.key, None)

    def discard(self, key: int) -> None:
        """Forget an instance."""
        instance = self._instances.pop(key, None) or self._taken.pop(key, None)
        if instance is not None:
            self._forget(instance)

    def _forget(self, instance: Instance) -> None:
        self._weight -= self._weights.pop(instance.key)
        for wait in instance.waits:
            self._owners.pop(wait, None)

    def trim(self) -> None:
        """Let the least recently used go while there is more than wanted. Nobody may use them any more."""
        while self._weight > self._capacity and len(self._instances) > 1:
            instance = self._instances.pop(next(iter(self._instances)))
            self._forget(instance)
            take_apart(instance)


def take_apart(instance: Instance) -> None:
    """Free an instance that nobody uses at once, instead of leaving its circular references to the collector."""
    root = instance.root
    for element in (root, *instance.elements.values()):
        element.children.clear()
        element.variables.clear()
        element.waits.clear()
    instance.elements.clear()
    instance.waits.clear()
    del instance.root
