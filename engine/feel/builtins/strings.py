"""String functions. Positions count characters from 1, or from -1 at the end."""

from __future__ import annotations

import base64
from typing import Any

from engine.feel.builtins import patterns
from engine.feel.builtins.registry import builtin
from engine.feel.evaluation import Evaluation
from engine.feel.limits import CHARACTERS_PER_STEP
from engine.feel.values import describe


def look_at(run: Evaluation, *texts: str) -> None:
    """Charge for reading these characters."""
    run.charge(1 + sum(map(len, texts)) // CHARACTERS_PER_STEP)


@builtin("substring(string: string, start position: number, [length: number?])")
def substring(run: Evaluation, string: str, start: Any, length: Any = None) -> str | None:
    look_at(run, string)
    first = int(start)
    if not 1 <= abs(first) <= len(string):
        return run.warn("OUT_OF_BOUNDS", f"substring(): no position {first} in {describe(string)}")
    shortest = 1 if run.spec else 0
    if length is not None and length < shortest:
        return run.warn("OUT_OF_BOUNDS", f"substring(): length {length} is below {shortest}")
    begin = first - 1 if first > 0 else len(string) + first
    return string[begin:] if length is None else string[begin : begin + int(length)]


@builtin("string length(string: string)")
def string_length(_run: Evaluation, string: str) -> int:
    return len(string)


@builtin("upper case(string: string)")
def upper_case(run: Evaluation, string: str) -> str:
    look_at(run, string)
    return string.upper()


@builtin("lower case(string: string)")
def lower_case(run: Evaluation, string: str) -> str:
    look_at(run, string)
    return string.lower()


@builtin("substring before(string: string, match: string)")
def substring_before(run: Evaluation, string: str, match: str) -> str:
    look_at(run, string, match)
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after(string: string, match: string)")
def substring_after(run: Evaluation, string: str, match: str) -> str:
    look_at(run, string, match)
    return string.partition(match)[2] if match else string


@builtin("contains(string: string, match: string)")
def contains(run: Evaluation, string: str, match: str) -> bool:
    look_at(run, string, match)
    return match in string


@builtin("starts with(string: string, match: string)")
def starts_with(run: Evaluation, string: str, match: str) -> bool:
    look_at(run, match)
    return string.startswith(match)


@builtin("ends with(string: string, match: string)")
def ends_with(run: Evaluation, string: str, match: str) -> bool:
    look_at(run, match)
    return string.endswith(match)


@builtin("matches(input: string, pattern: string, [flags: string?])")
def matches(run: Evaluation, string: str, pattern: str, flags: str | None = None) -> bool:
    look_at(run, string)
    return patterns.search(run, pattern, flags or "", string)


@builtin("replace(input: string, pattern: string, replacement: string, [flags: string?])")
def replace(run: Evaluation, string: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    look_at(run, string)
    return patterns.substitute(run, pattern, flags or "", replacement, string)


@builtin("split(string: string, delimiter: string)")
def split(run: Evaluation, string: str, delimiter: str) -> list[str]:
    look_at(run, string)
    return patterns.split(run, delimiter, string)


@builtin("extract(string: string, pattern: string)")
def extract(run: Evaluation, string: str, pattern: str) -> list[str]:
    look_at(run, string)
    return patterns.find_all(run, pattern, string)


@builtin("trim(string: string)")
def trim(run: Evaluation, string: str) -> str:
    look_at(run, string)
    return string.strip()


@builtin("is blank(string: string)")
def is_blank(run: Evaluation, string: str) -> bool:
    look_at(run, string)
    return not string.strip()


@builtin("to base64(value: string)")
def to_base64(run: Evaluation, value: str) -> str:
    run.charge_string(len(value) * 4 // 3)
    look_at(run, value)
    return base64.b64encode(value.encode("utf-8")).decode("ascii")


@builtin("uuid()")
def uuid(run: Evaluation) -> str | None:
    """A random UUID (version 4)."""
    if run.entropy is None:
        return run.warn(
            "FUNCTION_INVOCATION_FAILURE", "uuid(): this evaluation was given no source of randomness"
        )
    run.charge(1)
    number = int.from_bytes(run.entropy(16), "big")
    number = number & ~(0xF << 76) | 4 << 76
    number = number & ~(0b11 << 62) | 0b10 << 62
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


@builtin(
    "string join(list: list, [delimiter: string?])",
    "string join(list: list, delimiter: string?, prefix: string?, suffix: string?)",
)
def string_join(
    run: Evaluation,
    items: list[Any],
    delimiter: str | None = None,
    prefix: str | None = None,
    suffix: str | None = None,
) -> str | None:
    """Items that are null are left out."""
    run.charge(len(items))
    strings = [item for item in items if item is not None]
    for item in strings:
        if type(item) is not str:
            return run.warn("INVALID_TYPE", f"string join(): expected strings, found {describe(item)}")
    between = len(delimiter or "") * max(len(strings) - 1, 0)
    length = sum(map(len, strings)) + between + len(prefix or "") + len(suffix or "")
    run.charge_string(length)
    run.charge(1 + length // CHARACTERS_PER_STEP)
    return (prefix or "") + (delimiter or "").join(strings) + (suffix or "")
