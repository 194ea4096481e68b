"""Functions and their invocation. Business knowledge models are functions too: `function_maker` serves both."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from engine.dmn.compilation import Compilation, Evaluator, Names, Scope, failing
from engine.dmn.source import Element, attribute, child, children, type_ref, weight_of
from engine.dmn.types import MISMATCH, FunctionType, Named, Type, convert
from engine.feel import Evaluation, Function, call_function
from engine.feel.values import describe

MakeFunction = Callable[[Scope], Function]
LANGUAGES_OF_KIND = {"J": "Java", "Java": "Java", "P": "PMML", "PMML": "PMML"}


class Parameter(NamedTuple):
    """A formal parameter of a function."""

    name: str
    type: Type


def parameters_of(compilation: Compilation, element: Element) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(attribute(parameter, "name"), compilation.type(type_ref(parameter)))
        for parameter in children(element, "formalParameter")
    )


def function_definition(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    """A function that sees the scope around it, as it is when the function is called."""
    make = function_maker(compilation, element, names, "function")
    return lambda scope, _run: make(scope)


def function_maker(compilation: Compilation, element: Element, names: Names, name: str) -> MakeFunction:
    """What makes a function of a scope, from its formal parameters and its boxed expression."""
    parameters = parameters_of(compilation, element)
    body = body_of(compilation, element, names | {parameter.name for parameter in parameters})
    signature = tuple(parameter.name for parameter in parameters)
    weight = weight_of(element)

    def make(scope: Scope) -> Function:
        def call(run: Evaluation, *arguments: object) -> object:
            values = arguments_of(compilation, run, name, parameters, arguments)
            return None if values is None else entered(run, weight, lambda: body({**scope, **values}, run))

        return Function(signature, call, name=name)

    return make


def body_of(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    kind = attribute(element, "kind")
    if kind in LANGUAGES_OF_KIND:
        language = LANGUAGES_OF_KIND[kind]
        if not compilation.strict:
            compilation.problem(element, f"A function in {language} cannot be called.", "Write the function in FEEL.")
        return failing("FUNCTION_INVOCATION_FAILURE", f"functions in {language} are not supported")
    return compilation.inner(element, names)


def arguments_of(
    compilation: Compilation,
    run: Evaluation,
    name: str,
    parameters: tuple[Parameter, ...],
    arguments: tuple[object, ...],
) -> Scope | None:
    """The arguments by the names of the parameters; None, with a warning, if one is not of its type."""
    values: Scope = {}
    for parameter, argument in zip(parameters, arguments, strict=True):
        value = convert(run, parameter.type, argument) if compilation.strict else argument
        if value is MISMATCH:
            return run.warn(
                "FUNCTION_INVOCATION_FAILURE",
                f"parameter '{parameter.name}' of {name} must be of type '{parameter.type.name}',"
                f" found {describe(argument)}",
            )
        values[parameter.name] = value
    return values


def entered(run: Evaluation, weight: int, body: Callable[[], object]) -> object:
    """Call the body of a function, one level deeper; charged for its weight."""
    run.enter(weight)
    try:
        return body()
    finally:
        run.leave()


def result_type(type_: Type) -> Type:
    """What a call gives: tools write the type of the result, or the type of the function, at the same place."""
    target = type_.target if isinstance(type_, Named) else type_
    return target.result if isinstance(target, FunctionType) else type_


def invocation(compilation: Compilation, element: Element, names: Names) -> Evaluator:
    """A call with named arguments."""
    called = compilation.inner(element, names)
    bindings = children(element, "binding")
    parameters = tuple(attribute(child(binding, "parameter"), "name") for binding in bindings)
    arguments = [compilation.inner(binding, names) for binding in bindings]

    def evaluate(scope: Scope, run: Evaluation) -> object:
        values = [argument(scope, run) for argument in arguments]
        return call_function(run, called(scope, run), parameters, *values)

    return evaluate
