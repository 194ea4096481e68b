"""Every sample is complete: drawn in full, with a form for each form it names and a worker for each job."""

from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "bpmn_samples").glob("*/*.bpmn"))
FIXTURES = sorted((ROOT / "tests" / "fixtures").glob("*.bpmn"))
NAMESPACES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
    "modeler": "http://camunda.org/schema/modeler/1.0",
}

every_sample = pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)


def find(path: Path, xpath: str) -> list:
    return etree.parse(path).xpath(xpath, namespaces=NAMESPACES)


def drawn(path: Path, shape_or_edge: str) -> list[str]:
    return sorted(find(path, f"//bpmndi:{shape_or_edge}/@bpmnElement"))


@every_sample
def test_every_node_has_a_shape(path: Path) -> None:
    nodes = find(
        path,
        "//bpmn:process//*[@id][not(self::bpmn:sequenceFlow or self::bpmn:association)]/@id",
    )
    assert drawn(path, "BPMNShape") == sorted(nodes)


@every_sample
def test_every_flow_and_association_has_an_edge(path: Path) -> None:
    flows = find(path, "//bpmn:process//*[self::bpmn:sequenceFlow or self::bpmn:association]/@id")
    assert drawn(path, "BPMNEdge") == sorted(flows)
    assert not find(path, "//bpmndi:BPMNEdge[count(di:waypoint) < 2]")


@every_sample
def test_incoming_and_outgoing_agree_with_the_flows(path: Path) -> None:
    for flow in find(path, "//bpmn:sequenceFlow"):
        ends = (flow.get("sourceRef"), flow.get("targetRef"))
        said = (
            find(path, f"//*[bpmn:outgoing = '{flow.get('id')}']/@id"),
            find(path, f"//*[bpmn:incoming = '{flow.get('id')}']/@id"),
        )
        assert said == ([ends[0]], [ends[1]])


@every_sample
def test_process_is_documented_and_made_for_camunda_8(path: Path) -> None:
    assert find(path, "/*/@modeler:executionPlatform") == ["Camunda Cloud"]
    assert find(path, "//bpmn:process/@isExecutable") == ["true"]
    assert find(path, "//bpmn:process/bpmn:documentation/text()")


@every_sample
def test_every_form_it_names_lies_beside_it(path: Path) -> None:
    for form_id in find(path, "//zeebe:formDefinition/@formId"):
        assert (path.parent / f"{form_id}.form").is_file()


@every_sample
def test_every_type_of_job_has_a_worker(path: Path) -> None:
    script = (path.parent / "worker.py").read_text(encoding="utf-8")
    for job_type in find(path, "//zeebe:taskDefinition/@type"):
        assert f'stage.work("{job_type}", ' in script


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_fixture_is_called_after_its_first_process(path: Path) -> None:
    assert find(path, "//bpmn:process/@id")[0] == path.stem
