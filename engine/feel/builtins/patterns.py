"""Regular expressions of users: XPath's syntax, run by the `regex` package with a time limit.

What XPath writes differently is rewritten before: `[A-Z-[OI]]` (subtraction), `\\p{IsBasicLatin}`, `\\i` and
`\\c`, white space in a pattern with flag `x`. Flags are `s m i x q`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from time import thread_time
from typing import Any, Final

import regex

from engine.feel.errors import FeelBudgetError
from engine.feel.evaluation import Evaluation
from engine.feel.limits import REGEX_SECONDS

FLAGS: Final = {"s": regex.DOTALL, "m": regex.MULTILINE, "i": regex.IGNORECASE, "x": 0, "q": 0}
MAX_PATTERN: Final = 1_000
MAX_REPEATED: Final = 10_000
TOKENS: Final = re.compile(r"\\.|\{(?P<count>\d{1,9}(?:,\d{0,9})?)\}|.", re.DOTALL | re.ASCII)
STEPS_PER_RUN: Final = 10
NAME_CLASSES: Final = {
    "i": r"[_:\p{L}]",
    "I": r"[^_:\p{L}]",
    "c": r"[-._:\p{L}\p{N}\u00b7]",
    "C": r"[^-._:\p{L}\p{N}\u00b7]",
}
ANY_CHARACTER: Final = r"[^\n\r]"


def search(run: Evaluation, pattern: str, flags: str, string: str) -> bool:
    return bool(bounded(run, lambda limit: compiled(pattern, flags).search(string, timeout=limit)))


def substitute(run: Evaluation, pattern: str, flags: str, replacement: str, string: str) -> str:
    expression = compiled(pattern, flags)
    parts = [("$", replacement)] if "q" in flags else template(replacement, expression.groups)
    length = len(string)

    def expanded(match: Any) -> str:
        nonlocal length
        run.charge(1, len(parts))
        pieces = [text if kind == "$" else match[int(kind)] or "" for kind, text in parts]
        length += sum(map(len, pieces)) - len(match[0])
        run.charge_string(length)
        return "".join(pieces)

    return str(bounded(run, lambda limit: expression.sub(expanded, string, timeout=limit)))


def split(run: Evaluation, pattern: str, string: str) -> list[str]:
    """The pieces between the matches, which groups in the pattern do not change."""
    spans = [match.span() for match in matches(run, pattern, string) if match.end() > match.start()]
    begins = [0, *(end for _, end in spans)]
    ends = [*(start for start, _ in spans), len(string)]
    return [string[begin:end] for begin, end in zip(begins, ends, strict=True)]


def find_all(run: Evaluation, pattern: str, string: str) -> list[str]:
    return [match[0] for match in matches(run, pattern, string)]


def matches(run: Evaluation, pattern: str, string: str) -> list[Any]:
    """All that do not overlap; each is a step."""
    expression = compiled(pattern, "")

    def collect(limit: float) -> list[Any]:
        found = []
        for match in expression.finditer(string, timeout=limit):
            run.charge(1)
            found.append(match)
        return found

    return list(bounded(run, collect))


def bounded(run: Evaluation, work: Callable[[float], Any]) -> Any:
    """Run with the time limit, which all runs of one evaluation share.

    The meter counts processor time, because no count of steps tells what a pattern costs.
    """
    run.charge(STEPS_PER_RUN)
    left = REGEX_SECONDS - run.regex_seconds
    began = thread_time()
    try:
        if left > 0:
            return work(left)
    except TimeoutError:
        pass
    finally:
        run.regex_seconds += thread_time() - began
    raise FeelBudgetError(
        f"regular expressions took longer than {REGEX_SECONDS} seconds; simplify the pattern"
    )


def template(replacement: str, groups: int) -> list[tuple[str, str]]:
    """`$1` and `$0` are groups, `\\$` and `\\\\` the character. ValueError for anything else after them."""
    parts: list[tuple[str, str]] = []
    index = 0
    while index < len(replacement):
        character, index = replacement[index], index + 1
        following = replacement[index : index + 1]
        if character == "\\":
            if following not in ("$", "\\") or not following:
                raise ValueError(f"{replacement[:40]!r} has a '\\' that is not before '$' or '\\'")
            parts.append(("$", following))
            index += 1
        elif character == "$":
            if not following.isdigit():
                raise ValueError(
                    f"the replacement {replacement[:40]!r} has a '$' without the number of a group"
                )
            parts.append((following, "") if int(following) <= groups else ("$", ""))
            index += 1
        else:
            parts.append(("$", character))
    return parts


@lru_cache(maxsize=512)
def compiled(pattern: str, flags: str) -> Any:
    """ValueError for a pattern or a flag that does not exist."""
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"the pattern has {len(pattern)} characters; at most {MAX_PATTERN} are allowed")
    options = regex.VERSION1
    for flag in flags:
        if flag not in FLAGS:
            raise ValueError(f"unknown flag {flag!r}; expected some of 's', 'm', 'i', 'x', 'q'")
        options |= FLAGS[flag]
    check_repeats(pattern)
    try:
        if "q" in flags:
            return regex.compile(regex.escape(pattern), options)
        return regex.compile(translate(pattern, dot_all="s" in flags, ignore_space="x" in flags), options)
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(f"the pattern {pattern[:40]!r} is not a regular expression: {error}") from error


def check_repeats(pattern: str) -> None:
    """ValueError where counted repeats, written out, are too long: `(a{1000}){1000}`."""
    sizes = [0]
    atom = 0
    for token in TOKENS.finditer(pattern):
        text = token[0]
        if text == "(":
            sizes.append(0)
        elif text == ")" and len(sizes) > 1:
            atom = max(sizes.pop(), 1)
            sizes[-1] += atom
        elif token["count"]:
            times = max(int(number) for number in token["count"].split(",") if number)
            sizes[-1] += atom * (times - 1)
            atom *= times
        else:
            atom = 1
            sizes[-1] += 1
        if sizes[-1] > MAX_REPEATED:
            raise ValueError(f"the pattern {pattern[:40]!r} repeats more than {MAX_REPEATED:,} parts")


def translate(pattern: str, *, dot_all: bool, ignore_space: bool) -> str:
    """XPath's syntax → the syntax of `regex`, version 1."""
    out: list[str] = []
    depth = 0
    index = 0
    while index < len(pattern):
        character = pattern[index]
        if character == "\\":
            text, index = escape(pattern, index + 1, in_class=depth > 0, ignore_space=ignore_space)
            out.append(text)
            continue
        if character == "[":
            depth, text = depth + 1, "--[" if depth and out and out[-1] == "-" else "["
            if text == "--[":
                out.pop()
            out.append(text)
        elif depth:
            depth -= character == "]"
            out.append("\\" + character if character in "&|~" or character == "[" else character)
        elif character in " \t\n\r" and ignore_space:
            pass
        else:
            out.append(ANY_CHARACTER if character == "." and not dot_all else character)
        index += 1
    return "".join(out)


def escape(pattern: str, index: int, *, in_class: bool, ignore_space: bool) -> tuple[str, int]:
    """What stands for the escape that begins before `index`, and where to go on."""
    while ignore_space and index < len(pattern) and pattern[index] in " \t\n\r":
        index += 1
    if index >= len(pattern):
        raise ValueError("the pattern ends with a '\\'")
    letter = pattern[index]
    if letter in "pP" and pattern[index + 1 : index + 2] == "{":
        end = pattern.find("}", index)
        name = pattern[index + 2 : end]
        name = "".join(name.split()) if ignore_space else name
        if end < 0 or not name or " " in name:
            raise ValueError(f"'\\{letter}{{' must be followed by the name of a category or block and '}}'")
        block = "In" + name[2:] if name.startswith("Is") else name
        return f"\\{letter}{{{block}}}", end + 1
    if letter in NAME_CLASSES and not in_class:
        return NAME_CLASSES[letter], index + 1
    if letter.isdigit():
        if in_class or letter == "0":
            raise ValueError(f"'\\{letter}' is not an escape here")
        return back_reference(pattern, index)
    if letter.isalpha() and letter not in "nrtdDsSwWbB":
        raise ValueError(f"unknown escape '\\{letter}'")
    return "\\" + letter, index + 1


def back_reference(pattern: str, index: int) -> tuple[str, int]:
    """`\\1` to a group that has been closed before it."""
    number = int(pattern[index])
    closed = pattern[:index].replace("\\)", "").count(")")
    if number > closed:
        raise ValueError(f"'\\{number}' refers to a group that is not closed before it")
    return f"(?:\\{number})", index + 1
