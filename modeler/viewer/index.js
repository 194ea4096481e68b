// A diagram to look at, the same on every page: with counts, tokens, incidents, the path taken, and a heat map.

import NavigatedViewer from 'camunda-bpmn-js/lib/camunda-cloud/NavigatedViewer';
import 'camunda-bpmn-js/dist/assets/camunda-cloud-navigated-viewer.css';
import './viewer.css';

// Those of the page, so that a diagram turns dark with it. A colour that the diagram itself gives an element stays.
const COLOURS = { defaultFillColor: 'var(--surface)', defaultStrokeColor: 'var(--text)', defaultLabelColor: 'var(--text)' };
const MARGIN = 0.94; // of the space, for what stands on the outermost elements
const FOOT = 26; // pixels at the bottom that belong to the mark of the library

/** Draws BPMN XML into an element and fits it. Gives the viewer; throws, for people to read, where that cannot be done. */
export async function show(container, xml) {
  const viewer = new NavigatedViewer({ container, bpmnRenderer: COLOURS });
  await viewer.importXML(xml).catch((error) => {
    viewer.destroy();
    throw new Error(/no diagram/.test(error.message) ? 'the process was deployed without one' : error.message);
  });
  fit(viewer);
  return viewer;
}

/** The whole diagram in the middle of the view, no larger than it was drawn, above the library's mark. */
export function fit(viewer) {
  const canvas = viewer.get('canvas');
  const { inner, outer } = canvas.viewbox();
  if (!outer.width || !inner.width) return;
  const free = Math.max(outer.height - FOOT, 1);
  const scale = Math.min(1, (MARGIN * outer.width) / inner.width, (MARGIN * free) / inner.height);
  const [width, height] = [outer.width / scale, outer.height / scale];
  canvas.viewbox({ x: inner.x - (width - inner.width) / 2, y: inner.y - (free / scale - inner.height) / 2, width, height });
}
