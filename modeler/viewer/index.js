// A diagram to look at, the same on every page: with counts, tokens, incidents, the path taken, and a heat map.

import NavigatedViewer from 'camunda-bpmn-js/lib/camunda-cloud/NavigatedViewer';
import 'camunda-bpmn-js/dist/assets/camunda-cloud-navigated-viewer.css';

/** Draws BPMN XML into an element and fits it. Gives the viewer; throws where the XML has no diagram. */
export async function show(container, xml) {
  const viewer = new NavigatedViewer({ container });
  await viewer.importXML(xml);
  fit(viewer);
  return viewer;
}

/** The whole diagram in view, no larger than it was drawn. */
export function fit(viewer) {
  const canvas = viewer.get('canvas');
  canvas.zoom('fit-viewport', 'auto');
  if (canvas.zoom() > 1) canvas.zoom(1, 'auto');
}
