// The sequence flows that were taken, marked on the diagram.

import './viewer.css';

const MARKER = 'path-taken';
const shown = new WeakMap();

/** Marks the flows that were taken, in place of those that were marked. `flows`: how often, by id; or the ids alone. */
export function showPath(viewer, flows) {
  const canvas = viewer.get('canvas');
  const registry = viewer.get('elementRegistry');
  const ids = (Array.isArray(flows) ? flows : Object.keys(flows)).filter((id) => registry.get(id));
  for (const id of shown.get(viewer) ?? []) if (registry.get(id)) canvas.removeMarker(id, MARKER);
  for (const id of ids) canvas.addMarker(id, MARKER);
  shown.set(viewer, ids);
}
