"""Instances in memory: the least recently used go first, and nobody loses one that it works on."""

from __future__ import annotations

import gc
from itertools import count

from engine.bpmn import compile_model
from engine.machine import advance as machine
from engine.machine.commands import CreateInstance
from engine.machine.state import ElementInstance, Instance
from engine.runtime.commits.cache import InstanceCache
from engine.runtime.deployed.definitions import Definitions
from tests.runtime.conftest import fixture

(GRAPH,) = compile_model(fixture("one_task.bpmn")[1]).processes
PER_INSTANCE = 2  # element instances: the process and its task

_keys = count(1)


def waiting_instance() -> Instance:
    """An instance that waits for a worker, after its rows were written."""
    command = CreateInstance(process_id="one_task", variables={"amount": 12})
    outcome = machine.create(GRAPH, command, next(_keys), 0, lambda: next(_keys), Definitions())
    outcome.instance.changes.clear()
    return outcome.instance


def job_key(instance: Instance) -> int:
    (key,) = instance.waits
    return key


def test_the_least_recently_used_leaves_first() -> None:
    cache = InstanceCache(capacity=3 * PER_INSTANCE)
    instances = [waiting_instance() for _ in range(4)]
    keys = [instance.key for instance in instances]
    for instance in instances[:3]:
        cache.put(instance)
    assert cache.take(keys[0]) is instances[0]
    cache.put(instances[0])
    cache.put(instances[3])
    cache.trim()
    assert [cache.owner(key) is not None for key in keys] == [True, False, True, True]
    assert cache.elements == 3 * PER_INSTANCE


def test_what_is_taken_stays_whole() -> None:
    cache = InstanceCache(capacity=0)
    mine = waiting_instance()
    cache.put(mine)
    assert cache.take(mine.key) is mine
    for _ in range(10):
        cache.put(waiting_instance())
    cache.trim()
    assert job_key(mine) in mine.root.children[next(iter(mine.root.children))].waits
    cache.put(mine)
    assert cache.owner(job_key(mine)) == mine.key


def test_the_owner_of_a_job_is_known_while_its_instance_is_held() -> None:
    cache = InstanceCache(capacity=100)
    instance = waiting_instance()
    job = job_key(instance)
    assert cache.owner(job) is None
    cache.put(instance)
    assert cache.owner(job) == cache.owner(instance.key) == instance.key
    cache.take(instance.key)
    assert cache.owner(job) == cache.owner(instance.key) == instance.key
    cache.discard(instance.key)
    assert cache.owner(job) is None
    assert cache.elements == 0


def test_an_instance_that_leaves_is_freed_without_the_collector() -> None:
    cache = InstanceCache(capacity=PER_INSTANCE)
    gc.collect()
    gc.disable()
    try:
        before = of_instances()
        cache.put(waiting_instance())
        cache.put(waiting_instance())
        cache.trim()
        assert of_instances() - before == PER_INSTANCE
    finally:
        gc.enable()


def of_instances() -> int:
    """How many element instances there are in memory."""
    return sum(isinstance(each, ElementInstance) for each in gc.get_objects())
