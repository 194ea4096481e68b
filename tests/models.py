"""Write small models as text, where a story reads better with its model beside it than in a file.

    LOOP = model('<startEvent id="start"/> <manualTask id="again"/>', "start -> again -> again")

The default namespace is BPMN's, `zeebe:` and `xsi:` are declared. `flows` writes plain sequence flows, whose ids are
`source_to_target`; a flow that needs more (a condition) is written out.
"""

from __future__ import annotations

from itertools import pairwise

_NAMESPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


def definitions(content: str) -> bytes:
    """A BPMN file with this content."""
    return f"<definitions {_NAMESPACES} targetNamespace='pointsman'>{content}</definitions>".encode()


def model(elements: str, *ways: str, id: str = "process", roots: str = "") -> bytes:
    """A file with one executable process; `roots` are its messages, errors, signals, …"""
    content = f'<process id="{id}" isExecutable="true">{elements}{flows(*ways)}</process>'
    return definitions(f"{roots}{content}")


def flows(*ways: str) -> str:
    """Sequence flows along each way: "a -> b -> c"."""
    pairs = [pair for way in ways for pair in pairwise(id.strip() for id in way.split("->"))]
    return "".join(f'<sequenceFlow id="{a}_to_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairs)


def when(source: str, target: str, condition: str) -> str:
    """A sequence flow with a condition."""
    text = condition.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'<sequenceFlow id="{source}_to_{target}" sourceRef="{source}" targetRef="{target}">'
        f"<conditionExpression>={text}</conditionExpression></sequenceFlow>"
    )


def job(id: str, extensions: str = "", inside: str = "", tag: str = "serviceTask") -> str:
    """A task that is a job of the type of its id; `inside` follows its extension elements."""
    return (
        f'<{tag} id="{id}"><extensionElements><zeebe:taskDefinition type="{id}"/>{extensions}</extensionElements>'
        f"{inside}</{tag}>"
    )


def tags(name: str, *ids: str) -> str:
    """Empty elements of one tag: tags("endEvent", "end", "end_late")."""
    return "".join(f'<{name} id="{id}"/>' for id in ids)


def loop(attributes: str = "", *, condition: str = "", sequential: bool = False) -> str:
    """Multi-instance characteristics over `items` as `item`; `attributes` add to its loop characteristics."""
    completion = f"<completionCondition>={condition.replace('<', '&lt;')}</completionCondition>" if condition else ""
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"><extensionElements>'
        f'<zeebe:loopCharacteristics inputCollection="=items" inputElement="item" {attributes}/></extensionElements>'
        f"{completion}</multiInstanceLoopCharacteristics>"
    )


def mappings(inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None) -> str:
    """Input and output mappings, each target with its expression."""
    lines = [_mapping("input", target, source) for target, source in (inputs or {}).items()]
    lines += [_mapping("output", target, source) for target, source in (outputs or {}).items()]
    return f"<zeebe:ioMapping>{''.join(lines)}</zeebe:ioMapping>"


def _mapping(tag: str, target: str, source: str) -> str:
    text = source.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return f'<zeebe:{tag} source="={text}" target="{target}"/>'


def listeners(*pairs: tuple[str, str], kind: str = "execution") -> str:
    """Listeners, each (event, job type); `kind` is execution or task."""
    lines = "".join(f'<zeebe:{kind}Listener eventType="{event}" type="{type}"/>' for event, type in pairs)
    return f"<zeebe:{kind}Listeners>{lines}</zeebe:{kind}Listeners>"
