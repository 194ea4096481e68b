// A drawing for a file without one, as programs write them.

import { layoutProcess } from 'bpmn-auto-layout';
import { BpmnModdle } from 'bpmn-moddle';

/** The same BPMN XML with a diagram. Sub-processes are collapsed in it, and of several pools only the first is drawn. */
export async function withDrawing(content) {
  const moddle = new BpmnModdle();
  const { rootElement } = await moddle.fromXML(content);
  rootElement.get('rootElements').forEach(tie);
  return layoutProcess((await moddle.toXML(rootElement)).xml);
}

/** The layout follows what nodes say of their flows, which files may leave to the flows themselves. */
function tie(container) {
  for (const element of container.flowElements ?? []) {
    if (element.$type === 'bpmn:SequenceFlow') {
      add(element.sourceRef.get('outgoing'), element);
      add(element.targetRef.get('incoming'), element);
    }
    tie(element);
  }
}

function add(flows, flow) {
  if (!flows.includes(flow)) flows.push(flow);
}
