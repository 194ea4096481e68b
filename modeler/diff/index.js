// Two states of a model beside each other (/modeler/KEY/compare), and what is different, in words.
//
//   changes.js   what is different between two BPMN models, properties included
//   text.js      the same for decisions and forms, line by line

import { diff } from 'bpmn-js-differ';
import { show } from '../viewer/index.js';
import { changesBetween } from './changes.js';
import { lineChanges } from './text.js';
import './diff.css';

const LOOKS = {
  added: { sign: '+', word: 'Added' },
  removed: { sign: '−', word: 'Removed' },
  changed: { sign: '≠', word: 'Changed' },
  moved: { sign: '↔', word: 'Moved' },
};

const page = JSON.parse(document.getElementById('page-data').textContent);
const list = document.getElementById('changes');
const choice = document.getElementById('states');
choice.addEventListener('change', () => choice.requestSubmit());

try {
  await (page.kind === 'bpmn' ? compareDiagrams() : compareTexts());
} catch (error) {
  list.replaceChildren(item(`The two cannot be compared: ${error.message}`, 'error'));
}
document.body.dataset.ready = 'true';

// ---- Diagrams -----------------------------------------------------------------------------------------------------------

async function compareDiagrams() {
  const sides = {
    old: await show(document.getElementById('old'), page.old),
    new: await show(document.getElementById('new'), page.new),
  };
  const moved = Object.keys(diff(sides.old.getDefinitions(), sides.new.getDefinitions())._layoutChanged);
  const changes = changesBetween(sides.old.getDefinitions(), sides.new.getDefinitions(), moved);
  for (const change of changes) {
    if (change.kind !== 'added') mark(sides.old, change);
    if (change.kind !== 'removed') mark(sides.new, change);
  }
  follow(sides.old, sides.new);
  follow(sides.new, sides.old);
  listChanges(changes, sides);
}

function mark(viewer, { id, kind }) {
  const element = viewer.get('elementRegistry').get(id);
  if (!element || element === viewer.get('canvas').getRootElement()) return;
  viewer.get('canvas').addMarker(element, `diff-${kind}`);
  const { sign, word } = LOOKS[kind];
  const html = Object.assign(document.createElement('span'), { className: `diff-badge ${kind}`, textContent: `${sign} ${word}` });
  viewer.get('overlays').add(element, 'difference', { position: { top: -20, left: 0 }, html });
}

/** Where one side is moved or zoomed, the other goes along. */
function follow(leader, follower) {
  leader.on('canvas.viewbox.changed', ({ viewbox }) => {
    if (leader.led) return;
    follower.led = true;
    const { x, y, width, height } = viewbox;
    follower.get('canvas').viewbox({ x, y, width, height });
    follower.led = false;
  });
}

function listChanges(changes, sides) {
  document.getElementById('change-count').textContent = changes.length === 1 ? '1 difference' : `${changes.length || 'No'} differences`;
  list.replaceChildren(...changes.map((change) => {
    const row = document.createElement('li');
    const jump = Object.assign(document.createElement('button'), { type: 'button', className: `button quiet change ${change.kind}` });
    const { sign, word } = LOOKS[change.kind];
    jump.append(text('span', sign, 'change-sign'), text('span', `${word}: ${change.title}`, 'change-title'));
    jump.firstChild.setAttribute('aria-hidden', 'true');
    jump.addEventListener('click', () => jumpTo(change.id, sides, row));
    row.append(jump);
    if (change.properties.length) row.append(propertyList(change.properties));
    return row;
  }));
}

function propertyList(properties) {
  const shown = document.createElement('ul');
  shown.className = 'property-changes';
  for (const { label, before, after } of properties) {
    const line = document.createElement('li');
    line.append(text('span', `${label}: `, 'muted'), told('del', before), ' → ', told('ins', after));
    shown.append(line);
  }
  return shown;
}

/** A value, or in words that there is none to be seen. */
function told(name, value) {
  if (value === undefined) return text('em', 'nothing');
  return value === '' ? text('em', 'empty') : text(name, value);
}

function jumpTo(id, sides, row) {
  for (const each of list.children) each.classList.toggle('current', each === row);
  for (const viewer of Object.values(sides)) {
    const element = viewer.get('elementRegistry').get(id);
    viewer.get('selection').select(element ?? []);
    if (element && element !== viewer.get('canvas').getRootElement()) viewer.get('canvas').scrollToElement(element);
  }
}

// ---- Texts --------------------------------------------------------------------------------------------------------------

async function compareTexts() {
  const rows = lineChanges(page.old, page.new);
  const changed = rows.filter(({ kind }) => kind !== 'same').length;
  document.getElementById('change-count').textContent = changed === 1 ? '1 line differs' : `${changed || 'No'} lines differ`;
  const table = document.createElement('table');
  table.className = 'line-changes mono';
  for (const { kind, line } of rows) {
    const row = table.insertRow();
    row.className = kind;
    row.append(text('td', { same: ' ', added: '+', removed: '−' }[kind]), text('td', line));
    if (kind !== 'same') row.firstChild.setAttribute('aria-label', LOOKS[kind].word);
  }
  const sides = document.getElementById('sides');
  sides.classList.add('as-text');
  sides.replaceChildren(table);
  list.replaceChildren();
}

function text(name, content, className = '') {
  return Object.assign(document.createElement(name), { textContent: content, className });
}

function item(content, className) {
  return text('li', content, className);
}
