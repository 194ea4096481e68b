"""Files: the versions of DMN, imports, and what strangers may send."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from engine import dmn, xml
from engine.dmn.source import VERSIONS
from tests.dmn.writing import (
    component,
    decision,
    definitions,
    element,
    input_data,
    item,
    knowledge,
    read_as_is,
    spec,
)


@pytest.mark.parametrize("namespace", VERSIONS)
def test_every_version_is_read(namespace: str) -> None:
    model = read_as_is(decision("d", "1 + 1"), version=namespace)
    assert (model.problems, model.evaluate("d", {}).value) == ((), 2)


def test_another_namespace_is_a_problem() -> None:
    (problem,) = read_as_is(decision("d", "1"), version="http://example.com/dmn").problems
    assert problem.mend == "Save the model as DMN 1.1, 1.2, 1.3, 1.4, 1.5."


def test_problems_tell_the_line() -> None:
    text = definitions(decision("d", "1 +\n  * 2").replace("<text>", "\n<text>"))
    (problem,) = dmn.read_model(xml.parse(text.encode())).problems
    assert (problem.element_id, problem.line) == ("d", 1)
    assert "line 2, column 3" in problem.message


def test_what_is_wrong_in_one_decision_leaves_the_others_alone() -> None:
    model = read_as_is(decision("bad", "1 +"), decision("good", "1"))
    assert len(model.problems) == 1
    assert (model.evaluate("good", {}).value, model.evaluate("bad", {}).value) == (1, None)


def test_a_service_is_no_output_of_a_service() -> None:
    service = element("decisionService", '<outputDecision href="#s"/>', id="s", name="s")
    problems = [problem.message for problem in read_as_is(decision("d", "1"), service).problems]
    assert problems == ["'#s' is neither an input nor a decision.", "The service has no output decision."]


def test_an_expression_language_that_is_not_feel_is_a_problem() -> None:
    script = element("literalExpression", element("text", "1"), expressionLanguage="groovy")
    (problem,) = read_as_is(decision("d", script)).problems
    assert problem.message == "The expression language 'groovy' is not known."


def test_diagrams_and_extensions_are_passed_over() -> None:
    foreign = "<x:decision xmlns:x='elsewhere' id='x'/>"
    model = read_as_is(element("extensionElements", foreign), foreign, decision("d", "1"))
    assert (list(model.decisions), model.problems) == (["d"], ())


def test_hrefs_may_name_their_own_file() -> None:
    model = read_as_is(decision("a", "1"), decision("b", "a + 1", needs="here#a"))
    assert (model.problems, model.evaluate("b", {}).value) == ((), 2)


# -- imports ---------------------------------------------------------------------------------------------

LIBRARY = (
    item("tPerson", "", component("name", "string")),
    input_data("visitor", "tPerson"),
    knowledge("say hello", "who: tPerson", '"Hello " + who.name'),
    decision("greeting", "say hello(visitor)", needs="?visitor, say hello()"),
)
VERSION = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def library() -> dmn.Model:
    return read_as_is(*LIBRARY, namespace="library", mode=dmn.Mode.SPEC)


def import_of(namespace: str, name: str) -> str:
    return f"<import namespace='{namespace}' name='{name}' importType='{VERSION}'/>"


def test_functions_and_types_of_an_import_are_called_by_its_name() -> None:
    model = spec(
        import_of("library", "lib"),
        input_data("guest", "lib.tPerson"),
        decision("d", 'lib.say hello(guest) + "!"', needs="?guest, library#say hello()"),
        imports=[library()],
    )
    assert model.evaluate("d", {"guest": {"name": "Ann"}}).value == "Hello Ann!"
    assert model.evaluate("d", {"guest": {}}).value is None


@pytest.mark.parametrize(
    "variables",
    [
        {"our lib": {"visitor": {"name": "Bob"}}},
        {"our lib.visitor": {"name": "Bob"}},
        {"visitor": {"name": "Bob"}},
    ],
)
def test_a_decision_of_an_import_is_evaluated_with_inputs_of_its_own(variables: dict[str, object]) -> None:
    model = spec(
        import_of("library", "our lib"),
        decision("d", 'our lib.greeting + "."', needs="library#greeting"),
        imports=[library()],
    )
    result = model.evaluate("d", variables)
    assert result.value == "Hello Bob."
    assert [one.name for one in result.decisions] == ["greeting", "d"]


def test_a_model_that_is_imported_over_two_ways_has_two_sets_of_inputs() -> None:
    def branch(namespace: str) -> dmn.Model:
        return read_as_is(
            import_of("library", "base"),
            decision("here", f'"{namespace}: " + base.greeting', needs="library#greeting"),
            namespace=namespace,
            mode=dmn.Mode.SPEC,
            imports=[library()],
        )

    model = spec(
        import_of("left", "L"),
        import_of("right", "R"),
        decision("d", "[L.here, R.here]", needs="left#here, right#here"),
        imports=[branch("left"), branch("right")],
    )
    variables = {"L": {"base": {"visitor": {"name": "Ann"}}}, "R": {"base": {"visitor": {"name": "Bob"}}}}
    assert model.evaluate("d", variables).value == ["left: Hello Ann", "right: Hello Bob"]


def test_an_import_without_a_name_adds_to_the_model_itself() -> None:
    model = spec(
        import_of("library", ""),
        input_data("guest", "tPerson"),
        decision("d", "[say hello(guest), greeting]", needs="?guest, library#say hello(), library#greeting"),
        imports=[library()],
    )
    variables = {"guest": {"name": "Ann"}, "visitor": {"name": "Bob"}}
    assert model.evaluate("d", variables).value == ["Hello Ann", "Hello Bob"]


def test_files_that_import_each_other_are_read_in_any_order() -> None:
    caller = definitions(import_of("library", "lib"), decision("d", "lib.greeting", needs="library#greeting"))
    roots = [ET.fromstring(caller), ET.fromstring(definitions(*LIBRARY, namespace="library"))]
    models = dmn.read_models(roots)
    assert [model.problems for model in models] == [(), ()]
    assert models[0].evaluate("d", {"visitor": {"name": "Ann"}}).value == "Hello Ann"


def test_an_import_that_is_not_there_is_a_problem() -> None:
    problems = read_as_is(import_of("library", "lib"), decision("d", "lib.x", needs="library#x")).problems
    assert problems[0].message == "The model with the namespace 'library' is not there."


def test_imports_in_a_circle_are_problems() -> None:
    files = [
        definitions(import_of("b", "b"), decision("x", "b.y", needs="b#y"), namespace="a"),
        definitions(import_of("a", "a"), decision("y", "a.x", needs="a#x"), namespace="b"),
    ]
    assert all(model.problems for model in dmn.read_models([ET.fromstring(file) for file in files]))


# -- hostile ---------------------------------------------------------------------------------------------


def test_one_budget_holds_for_a_whole_graph() -> None:
    parts = [decision("d0", "for x in 1..30000 return x")]
    parts += [decision(f"d{n}", f"for x in d{n - 1} return x", needs=f"d{n - 1}") for n in range(1, 5)]
    failure = read_as_is(*parts).evaluate("d4", {}).failure
    assert failure is not None
    assert (failure.decision_id, "steps" in failure.message) == ("d3", True)


def test_a_deep_type_is_not_followed_for_ever() -> None:
    tree = item("tTree", "", component("child", "tTree"))
    value: object = None
    for _ in range(500):
        value = {"child": value}
    model = spec(tree, input_data("tree", "tTree"), decision("d", "tree", needs="?tree"))
    assert model.evaluate("d", {"tree": value}).failure is not None


def test_imports_that_multiply_are_refused() -> None:
    below = read_as_is(decision("d", "1"), namespace="n0", mode=dmn.Mode.SPEC)
    for level in range(1, 15):
        needs = f"n{level - 1}#d"
        parts = [import_of(f"n{level - 1}", "a"), decision("d", "a.d", needs=needs), decision("e", "a.d", needs=needs)]
        below = read_as_is(*parts, namespace=f"n{level}", mode=dmn.Mode.SPEC, imports=[below])
    assert below.evaluate("d", {}).value == 1


@pytest.mark.parametrize("size", [1, 100])
def test_a_turn_of_a_boxed_loop_costs_what_its_body_holds(size: int) -> None:
    inner = element("list", *(element("literalExpression", element("text", "x")) for _ in range(size)))
    loop = element(
        "for",
        element("in", element("literalExpression", element("text", "[1..50000]"))),
        element("return", inner),
        iteratorVariable="x",
    )
    failure = read_as_is(decision("d", loop)).evaluate("d", {}).failure
    assert (failure is None) == (size == 1)
