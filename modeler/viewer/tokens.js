// Where tokens are on a diagram: how many are active, stuck, completed or terminated at each element; and the same in words.

import { putBeside } from './placing.js';
import './viewer.css';

const KIND = 'tokens';
const PLANNED = 'planned-tokens';
const MOST_EXACT = 10_000; // above it a badge says 12K, and its title the number
const SHORT = new Intl.NumberFormat('en', { notation: 'compact' });

const STATES = [
  ['incidents', 'incident', 'with an incident'],
  ['active', 'active', 'active'],
  ['completed', 'completed', 'completed'],
  ['terminated', 'terminated', 'terminated'],
];

/**
 * Puts badges on the elements, in place of those that were there.
 *
 * `counts`: [{elementId, active, incidents, completed, terminated}], each number may be absent. `ended: false` leaves
 * out what is over. `taken`: what else is to stay uncovered, see Places. Gives the badges of what is active or stuck,
 * by element id.
 */
export function showTokens(viewer, counts, { ended = true, taken = [] } = {}) {
  const rows = [];
  for (const count of counts) {
    const badges = STATES.filter(([field]) => count[field] && (ended || field === 'active' || field === 'incidents'))
      .map(([field, kind, words]) => badge(kind, count[field], words));
    if (badges.length) rows.push([count.elementId, badges]);
  }
  const shown = addRows(viewer, KIND, rows, taken);
  return new Map(shown.map(([id, badges]) => [id, badges.filter((each) => each.matches('.active, .incident'))]));
}

/** Places a row of badges at each shape, in place of those of the same kind. Gives the rows that are on the diagram. */
function addRows(viewer, kind, rows, taken = []) {
  const registry = viewer.get('elementRegistry');
  const there = rows.map(([id, badges]) => ({ id, badges, shape: registry.get(id), html: rowOf(badges) }))
    .filter(({ shape }) => shape && !shape.waypoints);
  putBeside(viewer, kind, there, { taken, show: { minZoom: 0.2 } });
  return there.map(({ id, badges }) => [id, badges]);
}

function rowOf(badges) {
  const row = document.createElement('div');
  row.className = 'tokens';
  row.append(...badges);
  return row;
}

function badge(kind, count, words) {
  const made = document.createElement('span');
  made.className = `token ${kind}`;
  made.textContent = count < MOST_EXACT ? String(count) : SHORT.format(count);
  made.title = `${count.toLocaleString()} ${words}`;
  return made;
}

/** What is planned but has not happened: `changes` is a list of [element id, text], such as ['pay', '+1']. */
export function showPlanned(viewer, changes) {
  const standing = viewer.get('overlays').get({ type: KIND }).map(boundsOf);
  addRows(viewer, PLANNED, changes.map(([id, text]) => [id, [planned(text)]]), standing);
}

function planned(text) {
  return Object.assign(document.createElement('span'), { className: 'token planned', textContent: text, title: 'planned' });
}

function boundsOf({ element, position, html }) {
  return { x: element.x + position.left, y: element.y + position.top, width: html.offsetWidth, height: html.offsetHeight };
}

/** What an element is called: its name on the diagram, or its id. */
export function nameOf(viewer, id) {
  return viewer.get('elementRegistry').get(id)?.businessObject?.name?.trim() || id;
}

/** The badges in words, such as “With an incident: Charge card (1). Active: Approve (2).” `name` turns an id into what people call it. */
export function describeTokens(counts, name = (id) => id) {
  const sentences = [];
  for (const [field, , words] of STATES.slice(0, 2)) {
    const there = counts.filter((count) => count[field]);
    if (!there.length) continue;
    const places = there.map((count) => `${name(count.elementId)} (${count[field]})`).join(', ');
    sentences.push(`${words[0].toUpperCase()}${words.slice(1)}: ${places}.`);
  }
  return sentences.join(' ') || 'Nothing is active.';
}

/** Lets the badges be dragged: `dropped(source, target)` gets element ids; `accepts(target)` says whether one may be let go there. */
export function dragTokens(viewer, living, accepts, dropped) {
  for (const [id, badges] of living) {
    for (const each of badges) {
      each.classList.add('movable');
      each.title += ': drag it to move it';
      each.addEventListener('pointerdown', (event) => take(viewer, event, id, accepts, dropped));
      each.addEventListener('mousedown', (event) => event.stopPropagation());
    }
  }
}

function take(viewer, start, source, accepts, dropped) {
  if (start.button !== 0) return;
  start.preventDefault();
  start.stopPropagation();
  const canvas = viewer.get('canvas');
  const ghost = document.createElement('div');
  ghost.className = 'token-in-hand';
  document.body.append(ghost);
  let over = null;
  const mark = (id) => {
    if (id === over) return;
    if (over) ['drop-here', 'drop-refused'].forEach((marker) => canvas.removeMarker(over, marker));
    over = id;
    if (over) canvas.addMarker(over, over !== source && accepts(over) ? 'drop-here' : 'drop-refused');
  };
  const move = (event) => {
    Object.assign(ghost.style, { left: `${event.clientX}px`, top: `${event.clientY}px` });
    mark(shapeAt(viewer, event));
  };
  const end = (event) => {
    const target = event.type === 'pointerup' ? shapeAt(viewer, event) : null;
    mark(null);
    ghost.remove();
    ['pointermove', 'pointerup', 'pointercancel'].forEach((name) => window.removeEventListener(name, name === 'pointermove' ? move : end));
    if (target && target !== source && accepts(target)) dropped(source, target);
  };
  window.addEventListener('pointermove', move);
  window.addEventListener('pointerup', end);
  window.addEventListener('pointercancel', end);
  move(start);
}

/** The id of the shape under the pointer, null where there is none. Labels stand for what they name. */
function shapeAt(viewer, event) {
  const drawn = document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-element-id]');
  const shape = drawn && viewer.get('elementRegistry').get(drawn.dataset.elementId);
  if (!shape || shape.waypoints || !shape.parent) return null;
  return (shape.labelTarget ?? shape).id;
}
