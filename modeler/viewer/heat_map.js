// A heat map over a diagram: the more there is of something, the larger and warmer the glow behind an element.

import './heat_map.css';
import { putBeside } from './placing.js';

const KIND = 'heat';
const CAPTION = 'heat-caption';
const REACH = 46; // how far the glow of the hottest element goes beyond its shape, in units of the diagram

/**
 * Lets elements glow by `values` (numbers by element id), in place of what glowed before. `label(value)` says a value
 * in words, which stand beside the element: colour alone tells nobody anything. Elements without a value stay cold.
 */
export function showHeat(viewer, values, label = String) {
  hideHeat(viewer);
  const overlays = viewer.get('overlays');
  const registry = viewer.get('elementRegistry');
  const there = Object.entries(values).filter(([id, value]) => value > 0 && isShape(registry.get(id)));
  const most = Math.max(...there.map(([, value]) => value));
  for (const [id, value] of there) {
    const shape = registry.get(id);
    const heat = warmth(value, most);
    overlays.add(shape, KIND, { position: { left: 0, top: 0 }, html: glow(shape, heat) });
  }
  putBeside(viewer, CAPTION, there.map(([id, value]) => ({ shape: registry.get(id), html: caption(label(value)) })));
}

/** Takes the heat map away. */
export function hideHeat(viewer) {
  for (const type of [KIND, CAPTION]) viewer.get('overlays').remove({ type });
}

/** From 0 (none) to 1 (the most there is). The root lets what is ten times rarer still be seen. */
export function warmth(value, most) {
  return most > 0 ? Math.sqrt(value / most) : 0;
}

function isShape(element) {
  return element && !element.waypoints && element.parent;
}

function glow(shape, heat) {
  const reach = REACH * heat;
  const made = document.createElement('div');
  made.className = 'heat';
  Object.assign(made.style, {
    left: `${-reach}px`,
    top: `${-reach}px`,
    width: `${shape.width + 2 * reach}px`,
    height: `${shape.height + 2 * reach}px`,
  });
  made.style.setProperty('--heat', heat.toFixed(3));
  made.style.setProperty('--hue', String(Math.round(210 * (1 - heat)))); // from blue, which is cold, to red
  return made;
}

function caption(text) {
  const made = document.createElement('span');
  made.className = 'heat-caption';
  made.textContent = text;
  return made;
}
