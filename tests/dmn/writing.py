"""Models for tests, written so that they can be read.

    model = read(
        decision("dish", table('''
            UNIQUE | season   | guests || dish
                   | "Winter" | > 8    || "Stew"
                   | -        | -      || "Salad"
        ''')),
    )
"""

from __future__ import annotations

from textwrap import dedent
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from engine import dmn

DMN_1_5 = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def read(*parts: str, mode: dmn.Mode = dmn.Mode.CAMUNDA, imports: list[dmn.Model] | None = None) -> dmn.Model:
    """A model that has no problems."""
    model = read_as_is(*parts, mode=mode, imports=imports)
    assert list(map(str, model.problems)) == []
    return model


def read_as_is(
    *parts: str,
    mode: dmn.Mode = dmn.Mode.CAMUNDA,
    imports: list[dmn.Model] | None = None,
    namespace: str = "here",
    version: str = DMN_1_5,
) -> dmn.Model:
    root = ET.fromstring(definitions(*parts, namespace=namespace, version=version))
    return dmn.read_model(root, mode=mode, imports=imports or [])


def spec(*parts: str, imports: list[dmn.Model] | None = None) -> dmn.Model:
    """A model without problems in the mode of the standard."""
    return read(*parts, mode=dmn.Mode.SPEC, imports=imports)


def definitions(*parts: str, namespace: str = "here", version: str = DMN_1_5) -> str:
    return element("definitions", *parts, xmlns=version, id="model", name="Model", namespace=namespace)


def element(tag: str, /, *content: str, **attributes: str) -> str:
    """An element of any name. The attribute `type` is written as `typeRef`; empty ones are left out."""
    attributes = {"typeRef" if key == "type" else key: value for key, value in attributes.items() if value}
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{tag}{written}>{''.join(content)}</{tag}>"


def literal(text: str, type: str = "") -> str:
    return element("literalExpression", element("text", escape(text)), type=type)


def logic(text_or_xml: str) -> str:
    """A FEEL expression, or a boxed one as it is."""
    return text_or_xml if text_or_xml.startswith("<") else literal(text_or_xml)


def input_data(name: str, type: str = "") -> str:
    return element("inputData", element("variable", name=name, type=type), id=name, name=name)


def decision(name: str, *content: str, needs: str = "", type: str = "") -> str:
    """`needs` are ids, with commas between them: inputs with `?` before, knowledge with `()` after."""
    requirements = "".join(requirement(each.strip()) for each in needs.split(",") if each.strip())
    variable = element("variable", name=name, type=type)
    return element("decision", variable, requirements, *map(logic, content), id=name, name=name)


def requirement(reference: str) -> str:
    name = reference.strip("?()")
    href = name if "#" in name else f"#{name}"
    if reference.endswith("()"):
        return element("knowledgeRequirement", element("requiredKnowledge", href=href))
    kind = "requiredInput" if reference.startswith("?") else "requiredDecision"
    return element("informationRequirement", element(kind, href=href))


def knowledge(name: str, parameters: str, body: str, *, needs: str = "", type: str = "", kind: str = "") -> str:
    """A business knowledge model; `parameters` as in FEEL: `a: number, b`."""
    requirements = "".join(requirement(each.strip()) for each in needs.split(",") if each.strip())
    variable = element("variable", name=name, type=type)
    function = element("encapsulatedLogic", formal_parameters(parameters), logic(body), kind=kind)
    return element("businessKnowledgeModel", variable, function, requirements, id=name, name=name)


def formal_parameters(parameters: str) -> str:
    pairs = [part.partition(":") for part in parameters.split(",") if part.strip()]
    return "".join(element("formalParameter", name=name.strip(), type=type.strip()) for name, _, type in pairs)


def context(**entries: str) -> str:
    """A boxed context; the entry `result` has no name and is the value of the whole."""
    return element(
        "context",
        *(
            element("contextEntry", "" if name == "result" else element("variable", name=name), logic(value))
            for name, value in entries.items()
        ),
    )


def item(name: str, type: str = "", *content: str, allowed: str = "", is_list: bool = False) -> str:
    """An item definition."""
    values = element("allowedValues", element("text", escape(allowed))) if allowed else ""
    reference = element("typeRef", type) if type else ""
    return element("itemDefinition", reference, *content, values, name=name, isCollection="true" if is_list else "")


def component(name: str, type: str, allowed: str = "") -> str:
    values = element("allowedValues", element("text", escape(allowed))) if allowed else ""
    return element("itemComponent", element("typeRef", type), values, name=name)


def table(
    drawing: str, *, aggregation: str = "", defaults: str = "", values: str = "", input_values: str = ""
) -> str:
    """A decision table as it is drawn: hit policy | inputs || outputs, and a line per rule.

    `defaults` and `values` (default outputs, output values) have one cell per output, `input_values` one per input.
    """
    head, *rules = [line for line in dedent(drawing).splitlines() if line.strip()]
    policy, inputs, outputs = columns(head)
    input_cells = cells(input_values, "inputValues", len(inputs))
    output_values = cells(values, "outputValues", len(outputs))
    default_cells = cells(defaults, "defaultOutputEntry", len(outputs))
    return element(
        "decisionTable",
        *(
            element("input", element("inputExpression", element("text", escape(name))), extra, id=f"in-{name}")
            for name, extra in zip(inputs, input_cells, strict=True)
        ),
        *(
            element("output", *extra, id=f"out-{name}", name=name)
            for name, *extra in zip(outputs, output_values, default_cells, strict=True)
        ),
        *(rule(line, f"rule-{number}") for number, line in enumerate(rules, 1)),
        hitPolicy=policy,
        aggregation=aggregation,
    )


def columns(line: str) -> tuple[str, list[str], list[str]]:
    left, _, right = line.partition("||")
    first, *inputs = [cell.strip() for cell in left.split("|")]
    return first, inputs, [cell.strip() for cell in right.split("|")]


def cells(drawing: str, name: str, count: int) -> list[str]:
    texts = [text.strip() for text in drawing.split("|")] if drawing else [""] * count
    return [element(name, element("text", escape(text))) if text else "" for text in texts]


def rule(line: str, id: str) -> str:
    _, inputs, outputs = columns(line)
    return element(
        "rule",
        *(element("inputEntry", element("text", escape(cell))) for cell in inputs),
        *(element("outputEntry", element("text", escape(cell))) for cell in outputs),
        id=id,
    )
