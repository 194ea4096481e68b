"""Regular expressions of users, run by the `regex` package with a time limit.

The syntax is XPath's, as the standard has it; Camunda mode adds what Java has beside it. What `regex` writes
differently is rewritten before: `[A-Z-[OI]]` (subtraction), `\\p{IsBasicLatin}`, `\\i` and `\\c`, white space
in a pattern with flag `x`. Flags are `s m i x q`. In spec mode `$` is the end alone, in Camunda mode also the
place before a newline at the end; and in spec mode nothing is replaced by a pattern that matches the empty
string.
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
END: Final = r"\Z"
JAVA_ESCAPES: Final = {
    **{letter: "\\" + letter for letter in "AafuxGRX"},
    "z": END,
    "Z": r"(?=\n?\Z)",
    "h": r"[ \t]",
}
SPACES: Final = (" ", "\t", "\n", "\r")


def search(run: Evaluation, pattern: str, flags: str, string: str) -> bool:
    return bool(bounded(run, lambda limit: compiled(pattern, flags, run.spec).search(string, timeout=limit)))


def substitute(run: Evaluation, pattern: str, flags: str, replacement: str, string: str) -> str:
    expression = compiled(pattern, flags, run.spec)
    if run.spec and expression.search(""):
        raise ValueError(f"the pattern {pattern[:40]!r} matches the empty string")
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
    expression = compiled(pattern, "", run.spec)

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
def compiled(pattern: str, flags: str, spec: bool) -> Any:
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
        return regex.compile(Translation(pattern, flags, spec).result, options)
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


class Translation:
    """A pattern in XPath's syntax, in Camunda mode also Java's → the syntax of `regex`, version 1."""

    def __init__(self, pattern: str, flags: str, spec: bool) -> None:
        self.pattern = pattern
        self.index = 0
        self.depth = 0  # of character classes
        self.out: list[str] = []
        self.ignores_space = "x" in flags
        self.spec = spec
        self.plain = {
            ".": "." if "s" in flags else ANY_CHARACTER,
            "$": END if spec and "m" not in flags else "$",
        }
        while self.index < len(pattern):
            self.out.append(self.next())
        self.result = "".join(self.out)

    def next(self) -> str:
        character = self.pattern[self.index]
        self.index += 1
        if character == "\\":
            return self.escape()
        if character == "[":
            return self.open_class()
        if self.depth:
            self.depth -= character == "]"
            return "\\" + character if character in ("&|~" if self.spec else "|~") else character
        if self.ignores_space and character in SPACES:
            return ""
        return self.plain.get(character, character)

    def open_class(self) -> str:
        """A class in a class after `-` is taken away from it."""
        self.depth += 1
        if self.depth > 1 and self.out[-1] == "-":
            self.out.pop()
            return "--["
        return "["

    def escape(self) -> str:
        while self.ignores_space and self.pattern[self.index : self.index + 1] in SPACES:
            self.index += 1
        letter = self.pattern[self.index : self.index + 1]
        self.index += 1
        if letter in ("p", "P") and self.pattern[self.index : self.index + 1] == "{":
            return f"\\{letter}{{{self.category()}}}"
        if letter in NAME_CLASSES and not self.depth:
            return NAME_CLASSES[letter]
        if letter.isdigit():
            return self.back_reference(letter)
        if not self.spec and letter in JAVA_ESCAPES:
            return JAVA_ESCAPES[letter]
        if not letter or (letter.isalpha() and letter not in "nrtdDsSwWbB"):
            raise ValueError(f"unknown escape '\\{letter}'")
        return "\\" + letter

    def category(self) -> str:
        """The name in `\\p{…}`; a block, such as `IsGreek`, is called otherwise by `regex`."""
        end = self.pattern.find("}", self.index)
        name = self.pattern[self.index + 1 : end]
        name = "".join(name.split()) if self.ignores_space else name
        if end < 0 or not name or " " in name:
            raise ValueError("'\\p{' must be followed by the name of a category or block and '}'")
        self.index = end + 1
        return "In" + name[2:] if name.startswith("Is") else name

    def back_reference(self, digit: str) -> str:
        """`\\1` to a group that has been closed before it."""
        closed = self.pattern[: self.index].replace("\\)", "").count(")")
        if self.depth or digit == "0" or int(digit) > closed:
            raise ValueError(f"'\\{digit}' refers to a group that is not closed before it")
        return f"(?:\\{digit})"
