"""List functions. A single value where a list is expected is a list of one; positions count from 1."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

from engine.feel.builtins.registry import MISMATCH, builtin, to_number
from engine.feel.evaluation import Evaluation
from engine.feel.limits import MAX_DEPTH
from engine.feel.operations.comparison import equal, keys
from engine.feel.operations.control import call_value
from engine.feel.values import Function, describe, kind


@builtin("list contains(list: list, element: any?)")
def list_contains(run: Evaluation, items: list[Any], element: Any) -> bool:
    if type(element) is str:
        run.spend(len(items) // 4)
        return element in items
    run.look(len(items))
    return any(same(run, item, element) for item in items)


def same(run: Evaluation, left: Any, right: Any) -> bool:
    """Equal, and of one type: what cannot be compared is not the same."""
    return kind(left) == kind(right) and equal(run, left, right) is True


@builtin("count(list: list)")
def count(_run: Evaluation, items: list[Any]) -> int:
    return len(items)


@builtin("sublist(list: list, start position: number, [length: number?])")
def sublist(run: Evaluation, items: list[Any], start: Any, length: Any = None) -> list[Any] | None:
    run.copy(len(items))
    first = int(start)
    if not 1 <= abs(first) <= len(items):
        return run.warn("OUT_OF_BOUNDS", f"sublist(): no position {first} in a list of {len(items)}")
    begin = first - 1 if first > 0 else len(items) + first
    if length is None:
        return items[begin:]
    if length < 1 or begin + int(length) > len(items):
        return run.warn(
            "OUT_OF_BOUNDS", f"sublist(): no {length} items from position {first} of {len(items)}"
        )
    return items[begin : begin + int(length)]


@builtin("append(list: list, item: any?…)", "append(list: list, items: any?…)")
def append(run: Evaluation, items: list[Any], *more: Any) -> list[Any]:
    run.copy(len(items) + len(more))
    return [*items, *more]


@builtin("concatenate(list: list…)", "concatenate(lists: list…)")
def concatenate(run: Evaluation, *lists: list[Any]) -> list[Any]:
    run.copy(sum(map(len, lists)))
    return [item for items in lists for item in items]


@builtin("insert before(list: list, position: number, newItem: any?)")
def insert_before(run: Evaluation, items: list[Any], position: Any, new_item: Any) -> list[Any] | None:
    run.copy(len(items))
    index = index_in(run, "insert before", items, position)
    return None if index is None else [*items[:index], new_item, *items[index:]]


@builtin("remove(list: list, position: number)")
def remove(run: Evaluation, items: list[Any], position: Any) -> list[Any] | None:
    run.copy(len(items))
    index = index_in(run, "remove", items, position)
    return None if index is None else items[:index] + items[index + 1 :]


@builtin("list replace(list: list, position: number, newItem: any?)")
def list_replace(run: Evaluation, items: list[Any], position: Any, new_item: Any) -> list[Any] | None:
    run.copy(len(items))
    index = index_in(run, "list replace", items, position)
    return None if index is None else [*items[:index], new_item, *items[index + 1 :]]


@builtin("list replace(list: list, match: function, newItem: any?)")
def list_replace_where(run: Evaluation, items: list[Any], match: Function, new_item: Any) -> list[Any] | None:
    """Each item for which `match(item, newItem)` is true."""
    run.look(len(items))
    result = []
    for item in items:
        matched = call_value(run, match, (), item, new_item)
        if type(matched) is not bool:
            return run.warn(
                "INVALID_TYPE", f"list replace(): expected a boolean of match(), found {describe(matched)}"
            )
        result.append(new_item if matched else item)
    return result


def index_in(run: Evaluation, name: str, items: list[Any], position: Any) -> int | None:
    """Python's index of a position that counts from 1, or backwards from -1."""
    number = int(position)
    if not 1 <= abs(number) <= len(items):
        return run.warn("OUT_OF_BOUNDS", f"{name}(): no position {number} in a list of {len(items)}")
    return number - 1 if number > 0 else len(items) + number


@builtin("reverse(list: list)")
def reverse(run: Evaluation, items: list[Any]) -> list[Any]:
    run.copy(len(items))
    return items[::-1]


@builtin("index of(list: list, match: any?)")
def index_of(run: Evaluation, items: list[Any], match: Any) -> list[int]:
    run.look(len(items))
    return [position for position, item in enumerate(items, 1) if same(run, item, match)]


@builtin("union(list: list…)", "union(lists: list…)")
def union(run: Evaluation, *lists: list[Any]) -> list[Any]:
    return distinct(run, concatenate(run, *lists))


@builtin("distinct values(list: list)")
def distinct_values(run: Evaluation, items: list[Any]) -> list[Any]:
    return distinct(run, items)


@builtin("duplicate values(list: list)")
def duplicate_values(run: Evaluation, items: list[Any]) -> list[Any]:
    """Each value that occurs twice or more, once."""
    seen, repeated = Seen(run), Seen(run)
    return [item for item in items if not seen.add(item) and repeated.add(item)]


def distinct(run: Evaluation, items: list[Any]) -> list[Any]:
    seen = Seen(run)
    return [item for item in items if seen.add(item)]


class Seen:
    """The values met so far. Numbers, strings and booleans are found at once, the rest by looking at all."""

    def __init__(self, run: Evaluation) -> None:
        self.run = run
        self.simple: set[tuple[str, Any]] = set()
        self.others: list[Any] = []

    def add(self, value: Any) -> bool:
        """Whether the value is new."""
        self.run.look(1)
        number = to_number(value)
        value = value if number is MISMATCH else number
        if number is not MISMATCH or type(value) in (str, bool):
            key = (kind(value), value)
            known = key in self.simple
            self.simple.add(key)
            return not known
        self.run.look(len(self.others))
        if any(same(self.run, other, value) for other in self.others):
            return False
        self.others.append(value)
        return True


@builtin("flatten(list: list)")
def flatten(run: Evaluation, items: list[Any]) -> list[Any]:
    result: list[Any] = []
    flatten_into(run, items, result, 0)
    return result


def flatten_into(run: Evaluation, items: list[Any], result: list[Any], depth: int) -> None:
    run.copy(len(items))
    if depth > MAX_DEPTH:
        raise ValueError(f"the list is nested more than {MAX_DEPTH} deep")
    for item in items:
        if type(item) is list:
            flatten_into(run, item, result, depth + 1)
        else:
            result.append(item)


@builtin("sort(list: list, [precedes: function?])")
def sort(run: Evaluation, items: list[Any], precedes: Function | None = None) -> list[Any] | None:
    """In the order of `precedes(a, b)`, without it ascending; equal items keep their order."""
    run.look(len(items))
    if precedes is None:
        return sorted_ascending(run, items)

    def comes_first(left: Any, right: Any) -> bool:
        truth = call_value(run, precedes, (), left, right)
        if type(truth) is not bool:
            raise ValueError(f"{describe(left)} and {describe(right)} have no order")
        return truth

    def compare(left: Any, right: Any) -> int:
        if comes_first(left, right):
            return -1
        return 1 if comes_first(right, left) else 0

    return sorted(items, key=cmp_to_key(compare))


def sorted_ascending(run: Evaluation, items: list[Any]) -> list[Any]:
    """ValueError if two items have no order."""
    pairs = [keys(run, item, items[0]) for item in items]
    if None in pairs:
        raise ValueError(f"{describe(items[pairs.index(None)])} and {describe(items[0])} have no order")
    order = {position: pair[0] for position, pair in enumerate(pairs) if pair is not None}
    return [items[position] for position in sorted(order, key=lambda position: order[position])]


@builtin("is empty(list: list)")
def is_empty(_run: Evaluation, items: list[Any]) -> bool:
    return not items


@builtin("partition(list: list, size: number)")
def partition(run: Evaluation, items: list[Any], size: Any) -> list[list[Any]] | None:
    run.copy(len(items))
    length = int(size)
    if length < 1:
        return run.warn("INVALID_VALUE", f"partition(): expected a size above 0, found {size}")
    return [items[begin : begin + length] for begin in range(0, len(items), length)]
