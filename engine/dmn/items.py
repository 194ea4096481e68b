"""Item definitions → types."""

from __future__ import annotations

from engine.dmn.compilation import Compilation
from engine.dmn.source import Element, attribute, child, children, text_of, type_ref
from engine.dmn.types import ANY, FunctionType, ListOf, Restricted, Structure, Type

NO_NAMES: frozenset[str] = frozenset()


def read_types(compilation: Compilation, definitions: list[Element]) -> None:
    """Put the types of a file into the compilation. They may refer to each other in any order."""
    aliases = {attribute(element, "name"): type_ref(element) for element in definitions}
    for element in definitions:
        name = compilation.owner = attribute(element, "name")
        if refers_to_itself(name, aliases):
            compilation.problem(
                element, f"The type '{name}' is defined by itself.", "Refer to another type, or to one of FEEL."
            )
            compilation.types[name] = ANY
            continue
        compilation.types[name] = type_of(compilation, element)
        list_allowed_values(compilation, name, element)


def list_allowed_values(compilation: Compilation, name: str, element: Element) -> None:
    """Keep the lists of values, in their order, for tables that rank their outputs by them."""
    values = child(element, "allowedValues")
    if values is not None and text_of(values):
        compilation.allowed_values[name] = values
    for part in children(element, "itemComponent"):
        list_allowed_values(compilation, f"{name}.{attribute(part, 'name')}", part)


def refers_to_itself(name: str, aliases: dict[str, str]) -> bool:
    seen: set[str] = set()
    while name and name not in seen:
        seen.add(name)
        name = aliases.get(name, "")
    return bool(name)


def type_of(compilation: Compilation, element: Element) -> Type:
    """The type of an item definition or of one of its components.

    Allowed values are those of the items where the definition is a collection; a type constraint is for the
    whole value.
    """
    name = attribute(element, "name")
    type_ = restricted(compilation, element, "allowedValues", base_of(compilation, element, name))
    if attribute(element, "isCollection") == "true":
        type_ = ListOf(name, type_)
    return restricted(compilation, element, "typeConstraint", type_)


def base_of(compilation: Compilation, element: Element, name: str) -> Type:
    components = children(element, "itemComponent")
    if components:
        return Structure(name, {attribute(part, "name"): type_of(compilation, part) for part in components})
    function = child(element, "functionItem")
    if function is not None:
        parameters = tuple(compilation.type(type_ref(parameter)) for parameter in children(function, "parameters"))
        return FunctionType(name, parameters, compilation.type(attribute(function, "outputTypeRef")))
    return compilation.type(type_ref(element))


def restricted(compilation: Compilation, element: Element, constraint: str, type_: Type) -> Type:
    values = child(element, constraint)
    tests = compilation.tests(values, NO_NAMES) if values is not None else None
    if tests is None:
        return type_
    return Restricted(attribute(element, "name"), type_, tests, each=constraint == "allowedValues")


def component_names(definitions: list[Element]) -> frozenset[str]:
    """The names of all components that are not single words."""
    found: set[str] = set()
    for element in definitions:
        name = attribute(element, "name")
        if not name.isidentifier():
            found.add(name)
        found |= component_names(children(element, "itemComponent"))
    return frozenset(found)
