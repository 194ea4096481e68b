"""Tokens → type expressions: `number`, `list<string>`, `context<a: date>`, `function<number> -> boolean`."""

from __future__ import annotations

from typing import Final

from engine.feel.cursor import WORDS, Cursor
from engine.feel.errors import FeelSyntaxError
from engine.feel.limits import MAX_NESTING
from engine.feel.nodes import TypeNode

TYPE_PHRASES: Final = (
    ("date", "and", "time"),
    ("days", "and", "time", "duration"),
    ("years", "and", "months", "duration"),
)


class TypeParser(Cursor):
    """The part of the parser that reads types."""

    def type_node(self) -> TypeNode:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise FeelSyntaxError(
                f"the type is nested more than {MAX_NESTING} deep", self.text, self.position
            )
        at, name = self.position, self.type_name()
        arguments: list[TypeNode] = []
        keys: list[str] = []
        if self.kinds[self.index] == "<" and name in ("list", "context", "function", "range"):
            self.index += 1
            while self.kinds[self.index] != ">":
                if arguments:
                    self.take(",")
                if name == "context":
                    keys.append(self.context_key())
                    self.take(":")
                arguments.append(self.type_node())
            self.index += 1
        result = None
        if name == "function" and self.kinds[self.index] == "->":
            self.index += 1
            result = self.type_node()
        self.depth -= 1
        return TypeNode(at, name, tuple(arguments), tuple(keys), result)

    def type_name(self) -> str:
        for words in TYPE_PHRASES:
            if all(self.word(self.index + offset) == word for offset, word in enumerate(words)):
                self.index += len(words)
                return " ".join(words)
        if self.kinds[self.index] not in ("name", "quoted", "function", "null"):
            raise self.unexpected("a type")
        self.index += 1
        name = self.merged(str(self.values[self.index - 1]))
        while self.kinds[self.index] == "." and self.kinds[self.index + 1] in WORDS:
            self.index += 2
            name = f"{name}.{self.merged(str(self.values[self.index - 1]))}"
        return name

    def parameter_type(self) -> TypeNode | None:
        if self.kinds[self.index] != ":":
            return None
        self.index += 1
        return self.type_node()
