"""Files as other tools write them: other prefixes, vendors' extensions, forms of XML and of BPMN that are rarely seen.

What has a meaning here keeps it; what has none is refused like any other mistake, and never passed over in silence.
"""

from __future__ import annotations

import pytest

from engine.bpmn import InvalidModel, compile_model
from tests.models import definitions, flows, job, model, tags
from tests.story import deploy, play

START = tags("startEvent", "start")
HOUR = "<timeDuration>PT1H</timeDuration>"


def prefixed(xml: bytes, prefix: str) -> bytes:
    """The same model with a prefix before every BPMN element."""
    text = xml.decode().replace("xmlns=", f"xmlns:{prefix}=")
    opened = text.replace("<", f"<{prefix}:").replace(f"<{prefix}:/", f"</{prefix}:")
    return opened.replace(f"<{prefix}:zeebe:", "<zeebe:").replace(f"</{prefix}:zeebe:", "</zeebe:").encode()


@pytest.mark.parametrize("prefix", ["bpmn", "bpmn2", "semantic", "ns0"])
def test_any_prefix_will_do(prefix: str) -> None:
    story = play(prefixed(model(START + job("work") + tags("endEvent", "end"), "start -> work -> end"), prefix))
    story.complete()

    assert story.state == "COMPLETED"


# ---- References and truth values as XML Schema has them --------------------------------------------------------------


def test_references_may_have_a_prefix() -> None:
    late = f'<boundaryEvent id="late" attachedToRef="tns:work"><timerEventDefinition>{HOUR}</timerEventDefinition>'
    undone = '<boundaryEvent id="undone" attachedToRef="tns:pay"><compensateEventDefinition/></boundaryEvent>'
    tie = '<association id="tie" sourceRef="tns:undone" targetRef="tns:refund"/>'
    refund = job("refund").replace('id="refund"', 'id="refund" isForCompensation="true"')
    end = '<endEvent id="end"><compensateEventDefinition activityRef="tns:pay"/></endEvent>'
    story = play(
        model(
            START + job("pay") + job("work") + f"{late}</boundaryEvent>{undone}{refund}{tie}{end}",
            "start -> pay -> work",
            "late -> end",
        )
    )
    story.complete("pay")
    story.forward("PT1H")

    assert story.jobs == ["refund"]


def test_truth_may_be_a_digit() -> None:
    beside = '<boundaryEvent id="late" attachedToRef="work" cancelActivity="0">'
    elements = START + job("work") + f"{beside}<timerEventDefinition>{HOUR}</timerEventDefinition></boundaryEvent>"
    story = play(model(elements + job("remind"), "start -> work", "late -> remind").replace(b'"true"', b'"1"'))
    story.forward("PT1H")

    assert story.jobs == ["work", "remind"]


# ---- Event definitions that several events refer to ------------------------------------------------------------------

SHARED = (
    f'<timerEventDefinition id="hour">{HOUR}</timerEventDefinition><terminateEventDefinition id="all"/>'
    '<signal id="s" name="opened"/><signalEventDefinition id="opened" signalRef="s"/>'
)


def referring(tag: str, id: str, *definitions: str) -> str:
    """An event that refers to event definitions."""
    references = "".join(f"<eventDefinitionRef>{name}</eventDefinitionRef>" for name in definitions)
    return f'<{tag} id="{id}">{references}</{tag}>'


def test_events_may_refer_to_a_definition() -> None:
    elements = START + referring("intermediateCatchEvent", "wait", "tns:hour") + referring("endEvent", "end", "all")
    fork = tags("parallelGateway", "fork") + job("work")
    story = play(model(elements + fork, "start -> fork -> wait -> end", "fork -> work", roots=SHARED))
    assert story.active == ["wait", "work"]

    story.forward("PT1H")

    assert story.state == "COMPLETED"


def test_an_event_that_refers_to_several_is_a_multiple_event() -> None:
    story = play(
        model(START + referring("intermediateCatchEvent", "wait", "hour", "opened"), "start -> wait", roots=SHARED)
    )
    story.signal("opened")

    assert story.state == "COMPLETED"


def test_a_start_event_that_refers_is_no_none_start_event() -> None:
    story = deploy(model(referring("startEvent", "start", "opened"), roots=SHARED))
    story.signal("opened")

    assert story.instance.graph.process.start is None


# ---- What is passed over, and what is refused ------------------------------------------------------------------------

FOREIGN = {
    "owners": '<potentialOwner id="o"><resourceRef>r</resourceRef></potentialOwner><humanPerformer/><performer/>',
    "services": '<supportedInterfaceRef>i</supportedInterfaceRef><ioBinding operationRef="o"/><ioSpecification/>',
    "signavio": '<extensionElements><signavio:signavioMetaData xmlns:signavio="http://www.signavio.com" '
    'metaKey="bgcolor" metaValue="#fff"/><signavio:properties xmlns:signavio="urn:s"/></extensionElements>',
    "bizagi": '<extensionElements><bizagi:BizagiExtensions xmlns:bizagi="http://www.bizagi.com/bpmn20">'
    '<bizagi:BizagiProperties><bizagi:BizagiProperty name="bgColor" value="White"/></bizagi:BizagiProperties>'
    "</bizagi:BizagiExtensions></extensionElements>",
    "camunda 7": '<extensionElements xmlns:camunda="http://camunda.org/schema/1.0/bpmn">'
    '<camunda:executionListener class="a.B" event="start"/><camunda:properties><camunda:property/></camunda:properties>'
    "<camunda:inputOutput><camunda:inputParameter>1</camunda:inputParameter></camunda:inputOutput></extensionElements>",
    "flowable": '<extensionElements xmlns:flowable="http://flowable.org/bpmn" xmlns:design="http://flowable.org/design">'
    '<flowable:eventListener events="x"/><design:stencilid><![CDATA[BPMNDiagram]]></design:stencilid>'
    "</extensionElements>",
    "jbpm": '<extensionElements xmlns:drools="http://www.jboss.org/drools"><drools:import name="a.B"/>'
    '<drools:metaData name="elementname"><drools:metaValue><![CDATA[x]]></drools:metaValue></drools:metaData>'
    '</extensionElements><property id="p" itemSubjectRef="_p"/>',
    "a comment": "<!-- --><?pi?><extensionElements><!-- --><?pi?></extensionElements>",
}


@pytest.mark.parametrize("tool", FOREIGN)
def test_what_has_no_meaning_here_is_passed_over(tool: str) -> None:
    sub = f'<subProcess id="sub">{FOREIGN[tool]}{tags("startEvent", "begin")}{job("work")}{flows("begin -> work")}'
    own = FOREIGN[tool].replace('id="', 'id="own_')
    story = play(model(own + START + f"{sub}</subProcess>", "start -> sub"))
    story.complete()

    assert story.state == "COMPLETED"


BESIDE = (
    '<import importType="http://www.w3.org/2001/XMLSchema" location="a.xsd" namespace="urn:a"/>'
    '<itemDefinition id="item" structureRef="xsd:string"/><resource id="r" name="Clerk"/><dataStore id="store"/>'
    '<interface id="i" name="I"><operation id="op" name="do"><inMessageRef>m</inMessageRef></operation></interface>'
    '<category id="cat"><categoryValue id="value" value="x"/></category><partnerRole id="role"/><endPoint id="point"/>'
    '<globalUserTask id="global"/><relationship type="x"><source>a</source><target>b</target></relationship>'
    '<choreography id="dance"><choreographyTask id="step" initiatingParticipantRef="a"/></choreography>'
    '<collaboration id="c"><participant id="a" processRef="tns:process"/><participant id="b"/>'
    '<conversation id="talk"><participantRef>a</participantRef></conversation><callConversation id="call"/>'
    '<conversationLink id="link" sourceRef="a" targetRef="talk"/><messageFlow id="f" sourceRef="start" targetRef="b"/>'
    '</collaboration><process id="other"><fancyTask/><callActivity id="nobody"/></process>'
)


def test_what_stands_beside_the_process_is_passed_over() -> None:
    assert play(model(START, roots=BESIDE)).state == "COMPLETED"


OF_OTHERS = {
    '<serviceTask id="x" xmlns:c="urn:c" c:class="a.B"/>': "Must have a task definition",
    '<scriptTask id="x" scriptFormat="groovy"><script>1</script></scriptTask>': "Must have a task definition",
    '<callActivity id="x" calledElement="global"/>': "Must have a called process",
    '<endEvent id="e"/><sequenceFlow id="x" sourceRef="start" targetRef="e"><conditionExpression>'
    "<![CDATA[${a == 1}]]></conditionExpression></sequenceFlow>": "Must have a valid expression for the condition",
    '<callChoreography id="x"/>': "Must be of a kind that executes",
    '<implicitThrowEvent id="x"/>': "Must be of a kind that executes",
    '<task id="t"><dataInputAssociation id="x"><targetRef>in</targetRef><assignment><from>1</from><to>in</to>'
    "</assignment></dataInputAssociation></task>": "Must lead to or from data",
    '<task id="x"><multiInstanceLoopCharacteristics><loopDataInputRef>d</loopDataInputRef>'
    "</multiInstanceLoopCharacteristics></task>": "Must have an input collection",
}


@pytest.mark.parametrize("content", OF_OTHERS)
def test_what_another_engine_would_run_is_refused_with_the_mend(content: str) -> None:
    with pytest.raises(InvalidModel) as invalid:
        compile_model(model(START + content))

    (problem,) = invalid.value.problems
    assert problem.element_id == "x"
    assert problem.message.startswith(OF_OTHERS[content])


def test_an_older_bpmn_is_told_by_its_namespace() -> None:
    with pytest.raises(InvalidModel, match=r"its root is '\{.*20100501.*\}definitions', not '\{.*20100524.*\}defin"):
        compile_model(definitions("").replace(b"20100524", b"20100501"))
