"""New models: empty ones, and those of bpmn_samples."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection
from functools import cache
from importlib.resources import files
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from web.models.contents import Kind, kind_of_file, read_contents

#: What new diagrams say they are for; the linter checks against it.
PLATFORM = "Camunda Cloud"
PLATFORM_VERSION = "8.8.0"

_BPMN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" \
xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" \
xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" \
xmlns:modeler="http://camunda.org/schema/modeler/1.0" id="Definitions_1" \
targetNamespace="http://bpmn.io/schema/bpmn" exporter="Pointsman" \
modeler:executionPlatform="{platform}" modeler:executionPlatformVersion="{version}">
  <bpmn:process id={id} name={name} isExecutable="true">
    <bpmn:startEvent id="StartEvent_1" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="BPMNDiagram_1">
    <bpmndi:BPMNPlane id="BPMNPlane_1" bpmnElement={id}>
      <bpmndi:BPMNShape id="StartEvent_1_di" bpmnElement="StartEvent_1">
        <dc:Bounds x="182" y="162" width="36" height="36" />
      </bpmndi:BPMNShape>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
"""

_DMN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" \
xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/" \
xmlns:modeler="http://camunda.org/schema/modeler/1.0" id={graph} name={name} \
namespace="http://camunda.org/schema/1.0/dmn" exporter="Pointsman" \
modeler:executionPlatform="{platform}" modeler:executionPlatformVersion="{version}">
  <decision id={id} name={name}>
    <decisionTable id="DecisionTable_1" hitPolicy="UNIQUE">
      <input id="Input_1" label="">
        <inputExpression id="InputExpression_1" typeRef="string">
          <text></text>
        </inputExpression>
      </input>
      <output id="Output_1" label="" name="" typeRef="string" />
    </decisionTable>
  </decision>
  <dmndi:DMNDI>
    <dmndi:DMNDiagram id="DMNDiagram_1">
      <dmndi:DMNShape id="DMNShape_1" dmnElementRef={id}>
        <dc:Bounds height="80" width="180" x="160" y="100" />
      </dmndi:DMNShape>
    </dmndi:DMNDiagram>
  </dmndi:DMNDI>
</definitions>
"""


class NewModel(NamedTuple):
    kind: Kind
    name: str
    content: str


def blank(kind: Kind, name: str, id: str) -> NewModel:
    """An empty model that declares `id`."""
    values = {"platform": PLATFORM, "version": PLATFORM_VERSION, "id": quoteattr(id), "name": quoteattr(name)}
    if kind is Kind.BPMN:
        return NewModel(kind, name, _BPMN.format(**values))
    if kind is Kind.DMN:
        return NewModel(kind, name, _DMN.format(**values, graph=quoteattr(f"{id}_requirements")))
    return NewModel(kind, name, json.dumps(_form(id) if kind is Kind.FORM else _template(id, name), indent=2))


def _form(id: str) -> dict[str, object]:
    return {
        "type": "default",
        "id": id,
        "schemaVersion": 18,
        "executionPlatform": PLATFORM,
        "executionPlatformVersion": PLATFORM_VERSION,
        "components": [],
    }


def _template(id: str, name: str) -> dict[str, object]:
    type = {"type": "Hidden", "value": id, "binding": {"type": "zeebe:taskDefinition", "property": "type"}}
    return {
        "$schema": "@camunda/zeebe-element-templates-json-schema",
        "id": id,
        "name": name,
        "appliesTo": ["bpmn:Task"],
        "elementType": {"value": "bpmn:ServiceTask"},
        "properties": [type],
    }


def id_from(name: str, taken: Collection[str], kind: Kind) -> str:
    """An id that reads like the name and that no other model declares: `order_handling`, `order_handling_2`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    base = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_").lower()[:60] or str(kind)
    if base[0].isdigit():  # an XML id begins with a letter
        base = f"{kind}_{base}"
    number, id = 1, base
    while id in taken:
        number += 1
        id = f"{base}_{number}"
    return id


@cache
def samples() -> dict[str, list[NewModel]]:
    """The models of each folder of bpmn_samples, by the folder's name; its main process comes first."""
    found: dict[str, list[NewModel]] = {}
    for folder in sorted(files("bpmn_samples").iterdir(), key=lambda entry: entry.name):
        names = [file.name for file in folder.iterdir() if _is_model(file.name)] if folder.is_dir() else []
        main = f"{folder.name}.bpmn"
        if main in names:
            others = sorted(name for name in names if name != main)
            found[folder.name] = [_sample(name, folder.joinpath(name).read_bytes()) for name in (main, *others)]
    return found


def _is_model(file_name: str) -> bool:
    return file_name.endswith((".bpmn", ".dmn", ".form"))


def _sample(file_name: str, data: bytes) -> NewModel:
    kind, content = kind_of_file(file_name, data), data.decode()
    return NewModel(kind, read_contents(kind, content).name or name_from(file_name), content)


def name_from(file_name: str) -> str:
    """What a file is called without its ending, with its words apart: `loan_decision.form` → `Loan decision`."""
    stem = file_name.rpartition("/")[2].rpartition(".")[0] or file_name
    words = re.sub(r"[_\-]+", " ", stem).strip()
    return words[:1].upper() + words[1:] or stem
