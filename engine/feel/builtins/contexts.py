"""Context functions. A context is never changed: what adds an entry gives a new one."""

from __future__ import annotations

from typing import Any

from engine.feel.builtins.registry import builtin
from engine.feel.evaluation import Evaluation
from engine.feel.limits import MAX_DEPTH
from engine.feel.values import describe


@builtin("get value(m: context, key: string)", "get value(context: context, key: string)")
def get_value(run: Evaluation, context: dict[str, Any], key: str) -> object:
    return value_at(run, context, [key])


@builtin("get value(context: context, keys: list)")
def get_nested_value(run: Evaluation, context: dict[str, Any], keys: list[Any]) -> object:
    """The entry of the entry of …"""
    if not keys or not all(type(key) is str for key in keys):
        return run.warn("INVALID_TYPE", "get value(): expected one key or more, each a string")
    return value_at(run, context, keys)


def value_at(run: Evaluation, context: Any, keys: list[str]) -> object:
    run.copy(len(keys))
    for key in keys:
        if type(context) is not dict or key not in context:
            return run.warn(
                "NO_CONTEXT_ENTRY_FOUND", f"get value(): no entry {key[:40]!r} in {describe(context)}"
            )
        context = context[key]
    return context


@builtin("get entries(m: context)", "get entries(context: context)")
def get_entries(run: Evaluation, context: dict[str, Any]) -> list[dict[str, Any]]:
    run.copy(len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin(
    "context put(context: context, key: string, value: any?)",
    "put(context: context, key: string, value: any?)",
)
def context_put(run: Evaluation, context: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    run.copy(len(context))
    return {**context, key: value}


@builtin(
    "context put(context: context, keys: list, value: any?)", "put(context: context, keys: list, value: any?)"
)
def context_put_nested(run: Evaluation, context: dict[str, Any], keys: list[Any], value: Any) -> object:
    """The entry of the entry of …; entries on the way that are missing are added."""
    if not keys or len(keys) > MAX_DEPTH or not all(type(key) is str for key in keys):
        return run.warn("INVALID_TYPE", f"context put(): expected 1 to {MAX_DEPTH} keys, each a string")
    return put_at(run, context, keys, value)


def put_at(run: Evaluation, context: Any, keys: list[str], value: Any) -> object:
    if type(context) is not dict:
        return run.warn(
            "INVALID_TYPE", f"context put(): expected a context on the way, found {describe(context)}"
        )
    run.copy(len(context))
    key, *rest = keys
    if rest:
        value = put_at(run, context.get(key, {}), rest, value)
        if value is None:
            return None
    return {**context, key: value}


@builtin("put all(contexts: list)", gather=True)
@builtin("context merge(contexts: list)")
def context_merge(run: Evaluation, contexts: list[Any]) -> dict[str, Any] | None:
    """All entries; of entries with one key the last."""
    merged: dict[str, Any] = {}
    for context in contexts:
        if type(context) is not dict:
            return run.warn("INVALID_TYPE", f"context merge(): expected contexts, found {describe(context)}")
        run.copy(1 + len(context))
        merged.update(context)
    return merged
