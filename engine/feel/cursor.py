"""A place in the tokens of a text, and the names that can be used there.

A name of several words is a phrase: the tokens it is made of. Of the phrases in scope the longest one that
stands at the cursor is the name.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from engine.feel.errors import FeelSyntaxError
from engine.feel.lexer import KEYWORDS, tokenize

WORDS: Final = frozenset({"name", "quoted"} | KEYWORDS)
SPACES: Final = re.compile(r"\s+")

Phrases = dict[str, list[tuple[str, ...]]]
"""The names of more than one token, by their first, the longest first."""


def phrases_of(names: Collection[str]) -> Phrases:
    phrases: Phrases = {}
    for name in names:
        words = words_of(name)
        if len(words) > 1:
            phrases.setdefault(words[0], []).append(words)
    for candidates in phrases.values():
        candidates.sort(key=len, reverse=True)
    return phrases


def words_of(name: str) -> tuple[str, ...]:
    """The tokens a name is made of; the name as one word where it is not made of tokens."""
    if name.isidentifier():
        return (name,)
    try:
        tokens = tokenize(name)
    except FeelSyntaxError:
        return (name,)
    return tuple(name[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True))[:-1]


PROPERTY_PHRASES: Final = phrases_of(("time offset", "start included", "end included"))


class Cursor:
    """In one text. `names` are the multi-word names in scope, `functions` those of the built-in functions."""

    def __init__(self, text: str, *, spec: bool, names: Phrases, functions: Phrases) -> None:
        tokens = tokenize(text)
        self.text, self.tokens = text, tokens
        self.kinds, self.values, self.starts = tokens.kinds, tokens.values, tokens.starts
        self.index = 0
        self.depth = 0
        self.spec = spec
        self.scopes = [names] if names else []
        self.functions = functions
        self.range_end_depth = -1

    # -- tokens --------------------------------------------------------------------------------------

    @property
    def position(self) -> int:
        return self.starts[self.index]

    def source(self, start: int, end: int) -> str:
        return SPACES.sub(" ", self.text[start:end])

    def word(self, index: int) -> str:
        """The characters of a token; empty beyond the last."""
        if index >= len(self.kinds):
            return ""
        return self.text[self.starts[index] : self.tokens.ends[index]]

    def take(self, kind: str) -> None:
        if self.kinds[self.index] != kind:
            raise self.unexpected(f"{kind!r}")
        self.index += 1

    def take_word(self, word: str) -> None:
        if self.word(self.index) != word:
            raise self.unexpected(f"{word!r}")
        self.index += 1

    def unexpected(self, expected: str) -> FeelSyntaxError:
        kind = self.kinds[self.index]
        found = "the end" if kind == "end" else repr(self.word(self.index)[:40])
        return FeelSyntaxError(f"found {found}", self.text, self.position, expected)

    # -- names ---------------------------------------------------------------------------------------

    def phrase_in_scope(self) -> str | None:
        found = [words for scope in self.scopes if (words := self.matching_words(scope))]
        return self.accept_phrase(max(found, key=len)) if found else None

    def phrase(self, phrases: Phrases) -> str | None:
        words = self.matching_words(phrases)
        return self.accept_phrase(words) if words else None

    def matching_words(self, phrases: Phrases) -> tuple[str, ...]:
        for words in phrases.get(self.word(self.index), ()):
            if all(self.word(self.index + offset) == word for offset, word in enumerate(words)):
                return words
        return ()

    def accept_phrase(self, words: tuple[str, ...]) -> str:
        start = self.starts[self.index]
        self.index += len(words)
        return self.source(start, self.tokens.ends[self.index - 1])

    def property_name(self) -> str:
        name = self.phrase(PROPERTY_PHRASES) or self.phrase_in_scope()
        if name is not None:
            return name
        self.index += 1
        return self.merged(str(self.values[self.index - 1]))

    def merged(self, name: str) -> str:
        """In spec mode the words that follow belong to the name."""
        while self.spec and self.kinds[self.index] == "name":
            name = f"{name} {self.values[self.index]}"
            self.index += 1
        return name

    def name_until(self, ends: tuple[str, ...], expected: str) -> str:
        """All tokens up to one of `ends` as a name, spaces as one space."""
        if self.kinds[self.index] == "quoted" and self.kinds[self.index + 1] in ends:
            self.index += 1
            return str(self.values[self.index - 1])
        first = self.index
        if self.kinds[first] not in WORDS:
            raise self.unexpected(expected)
        while self.kinds[self.index] not in ends:
            if self.kinds[self.index] in ("end", "{", "}", "(", ")", "[", "]", ",", "string"):
                raise self.unexpected(expected)
            self.index += 1
        return self.source(self.starts[first], self.tokens.ends[self.index - 1])

    def declare(self, name: str) -> None:
        """A name that can be used from here on, in the innermost scope."""
        for word, candidates in phrases_of((name,)).items():
            known = self.scopes[-1].setdefault(word, [])
            known.extend(candidates)
            known.sort(key=len, reverse=True)

    def context_key(self) -> str:
        if self.kinds[self.index] in ("string", "quoted"):
            self.index += 1
            return str(self.values[self.index - 1])
        return self.name_until((":",), "a key and ':'")
