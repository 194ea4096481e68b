"""Imports: models that another one refers to, and where a reference leads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from engine.dmn.compilation import Compilation
from engine.dmn.model import Model
from engine.dmn.source import VERSIONS, Element, attribute
from engine.dmn.types import Type


class Import(NamedTuple):
    """A model under the name that the importing one gives it; without a name its elements are as if its own."""

    alias: str
    model: Model


class Reference(NamedTuple):
    """What an `href` points at; `imported` is None for an element of the same file."""

    id: str
    imported: Import | None

    @property
    def alias(self) -> str | None:
        return None if self.imported is None else self.imported.alias


class Imports:
    """Those of one file, by namespace."""

    def __init__(self, compilation: Compilation, available: Iterable[Model]) -> None:
        self.compilation = compilation
        self.available = {model.namespace: model for model in available}
        self.by_namespace: dict[str, Import] = {}

    def read(self, elements: list[Element]) -> None:
        """The `<import>` elements. Other things than DMN are of no use to an evaluation and passed over."""
        for element in elements:
            wanted = attribute(element, "namespace")
            model = self.available.get(wanted)
            if model is not None:
                self.by_namespace[wanted] = Import(attribute(element, "name"), model)
            elif attribute(element, "importType") in VERSIONS:
                self.compilation.problem(
                    element,
                    f"The model with the namespace '{wanted}' is not there.",
                    "Deploy it together with this one, or remove the import.",
                )

    def types(self) -> dict[str, Type]:
        """The types of imported models, under the name of the import and, where that is free, under their own."""
        found: dict[str, Type] = {}
        for alias, model in self.by_namespace.values():
            for name, type_ in model.types.items():
                found.setdefault(name, type_)
                if alias:
                    found[f"{alias}.{name}"] = type_
        return found

    def special_names(self) -> frozenset[str]:
        """The names of their components that are not single words."""
        return frozenset().union(*(model.special_names for _, model in self.by_namespace.values()))
