"""Text → tokens. One regular expression of our own; every branch is linear.

A token's kind is what the parser asks for: an operator or a key word is its own kind, the rest are "number",
"string", "name", "quoted" (a name in backticks), "temporal" (`@"…"`) and "end". A character that means
nothing is an operator too: it may be part of a name in scope, such as `applicant's age`.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from engine.feel.errors import FeelSyntaxError
from engine.feel.limits import MAX_DIGITS, MAX_SOURCE
from engine.feel.numbers import CONTEXT, as_number

KEYWORDS: Final = frozenset(
    (
        *("and", "or", "if", "then", "else", "for", "in", "return", "some", "every", "satisfies"),
        *("between", "instance", "function", "true", "false", "null"),
    )
)
NAME_START: Final = r"[^\W\d]|[$\u2070-\u218f\u2c00-\u2fef\U00010000-\U000effff]"
NAME_PART: Final = r"[\w$\u00b7\u200d\u2070-\u218f\u2c00-\u2fef\ufe0f\U00010000-\U000effff]"
TOKEN: Final = re.compile(
    r"(?:[\s\ufeff]+|//[^\n]*|/\*.*?\*/)*"
    r"(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
    rf"|(?P<name>(?:{NAME_START}){NAME_PART}*)"
    r'|(?P<string>"(?:[^"\\]|\\.)*")'
    r'|(?P<temporal>@\s*"[^"\\]*")'
    r"|(?P<quoted>`[^`\n]+`)"
    r"|(?P<operator>\*\*|\.\.|->|<=|>=|!=|/(?!\*)|[^\"`@/])"
    r"|(?P<end>\Z))",
    re.DOTALL,
)
SPACE: Final = re.compile(r"(?:[\s\ufeff]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
ESCAPE: Final = re.compile(r'\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|([nrt"\'\\]))')
SIMPLE_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}


class Tokens:
    """Parallel lists, because a parser mostly asks for one kind. The last token is "end"."""

    __slots__ = ("ends", "kinds", "starts", "text", "values")

    def __init__(self, text: str) -> None:
        self.text = text
        self.kinds: list[str] = []
        self.values: list[object] = []
        self.starts: list[int] = []
        self.ends: list[int] = []


def tokenize(text: str) -> Tokens:
    """All tokens of a text; FeelSyntaxError at the first character that begins none."""
    if len(text) > MAX_SOURCE:
        size = f"{len(text):,} characters; at most {MAX_SOURCE:,} are allowed"
        raise FeelSyntaxError(f"the expression has {size}", text)
    tokens = Tokens(text)
    kinds, values, starts, ends = tokens.kinds, tokens.values, tokens.starts, tokens.ends
    next_token = TOKEN.scanner(text).match  # type: ignore[attr-defined]
    position, group = 0, ""
    while group != "end":
        match = next_token()
        if match is None:
            raise unknown_character(text, SPACE.match(text, position).end())  # type: ignore[union-attr]
        group = match.lastgroup
        start, position = match.span(group)
        word = text[start:position]
        starts.append(start)
        ends.append(position)
        if group == "name":
            kinds.append(word if word in KEYWORDS else "name")
            values.append(word)
        elif group == "operator":
            kinds.append(word)
            values.append(word)
        else:
            kinds.append(group)
            values.append(literal(group, word, text, start))
    return tokens


def literal(group: str, word: str, text: str, start: int) -> object:
    if group == "number":
        return number_literal(word, text, start)
    if group == "string":
        return unescape(word[1:-1], text, start)
    if group == "end":
        return ""
    return word[1:-1] if group == "quoted" else word[word.index('"') + 1 : -1]


def number_literal(word: str, text: str, start: int) -> int | Decimal:
    if word.isdigit() and len(word) <= MAX_DIGITS:
        return int(word)
    try:
        return as_number(CONTEXT.create_decimal(word))
    except ArithmeticError as error:
        raise FeelSyntaxError(f"{word[:40]} is outside the range of numbers", text, start) from error


def unescape(body: str, text: str, start: int) -> str:
    """The characters a string literal stands for. An unknown escape stays: `\\d` in a pattern."""
    if "\\" not in body:
        return body
    body = ESCAPE.sub(escaped_character, body)
    try:
        return body.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError as error:
        raise FeelSyntaxError("the string holds half of a surrogate pair", text, start) from error


def escaped_character(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code is None:
        return SIMPLE_ESCAPES.get(match[3], match[3])
    return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else match[0]


def unknown_character(text: str, position: int) -> FeelSyntaxError:
    character = text[position]
    if character == '"':
        return FeelSyntaxError("the string that begins here has no end", text, position, 'a closing "')
    if character == "`":
        return FeelSyntaxError("the name that begins here has no end", text, position, "a closing `")
    if text.startswith("/*", position):
        return FeelSyntaxError("the comment that begins here has no end", text, position, "*/")
    return FeelSyntaxError("'@' must be followed by a string", text, position, '@"2024-01-31"')
