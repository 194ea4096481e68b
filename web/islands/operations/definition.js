// The diagram of a definition: counts or a heat map over it, read from the table of elements beside it.

import { hideHeat, showHeat } from '../../../modeler/viewer/heat_map.js';
import { showTokens } from '../../../modeler/viewer/tokens.js';

const LABELS = {
  frequency: { value: (row) => Number(row.dataset.visits), label: (value) => value.toLocaleString() },
  duration: { value: (row) => Number(row.dataset.average ?? 0), label: duration },
};

export function installDefinition() {
  const container = document.querySelector('[data-diagram]');
  if (container) draw(container).catch((error) => showProblem(container, error));
}

async function draw(container) {
  let showNumbers = () => {};
  chooseByButtons(() => showNumbers()); // what is chosen before the diagram is there, is shown once it is
  const { show, fit } = await import('../../../modeler/viewer/index.js'); // large: lists do without it
  const response = await fetch(container.dataset.diagram);
  if (!response.ok) throw new Error(`The diagram cannot be read: the server answered ${response.status}.`);
  const viewer = await show(container, await response.text());
  showNumbers = () => {
    const what = shown();
    const rows = [...document.querySelectorAll('#elements [data-element]')];
    showTokens(viewer, what === 'counts' ? rows.map(countsOf) : []);
    if (what === 'counts') hideHeat(viewer);
    else showHeat(viewer, Object.fromEntries(rows.map((row) => [row.dataset.element, LABELS[what].value(row)])), LABELS[what].label);
  };
  filterByClick(viewer);
  markChosen(viewer);
  document.querySelector('[data-fits]').addEventListener('click', () => fit(viewer));
  document.addEventListener('htmx:after:swap', () => showNumbers());
  showNumbers();
  container.dataset.drawn = 'true';
}

function countsOf({ dataset }) {
  return {
    elementId: dataset.element,
    active: Number(dataset.active),
    incidents: Number(dataset.incidents),
    completed: Number(dataset.completed),
    terminated: Number(dataset.canceled),
  };
}

function duration(milliseconds) {
  const units = [['d', 86_400_000], ['h', 3_600_000], ['min', 60_000], ['s', 1000]];
  const [unit, length] = units.find(([, length]) => milliseconds >= length) ?? ['ms', 1];
  return `${(milliseconds / length).toLocaleString(undefined, { maximumFractionDigits: milliseconds < 1000 ? 0 : 1 })} ${unit}`;
}

/** What the address says is shown; counts, where it says nothing. */
function shown() {
  const asked = new URLSearchParams(location.search).get('shows');
  return asked in LABELS ? asked : 'counts';
}

function chooseByButtons(showNumbers) {
  const buttons = [...document.querySelectorAll('[data-shows]')];
  const press = () => buttons.forEach((button) => button.setAttribute('aria-pressed', String(button.dataset.shows === shown())));
  for (const button of buttons) {
    button.addEventListener('click', () => {
      const address = new URL(location.href);
      if (button.dataset.shows === 'counts') address.searchParams.delete('shows');
      else address.searchParams.set('shows', button.dataset.shows);
      history.replaceState(null, '', address);
      press();
      showNumbers();
    });
  }
  press();
}

/** An element that is clicked narrows the list to the instances that are there; clicked again, no longer. */
function filterByClick(viewer) {
  viewer.on('element.click', ({ element }) => {
    const shape = element.labelTarget ?? element;
    if (!isListed(shape)) return;
    const address = new URL(location.href);
    if (address.searchParams.get('element') === shape.id) address.searchParams.delete('element');
    else address.searchParams.set('element', shape.id);
    address.searchParams.delete('after');
    address.searchParams.delete('before');
    location.assign(address);
  });
}

/** Whether instances can be at it: the table of elements says so, and before it is there the kind of the element. */
function isListed(shape) {
  const rows = [...document.querySelectorAll('#elements [data-element]')];
  return rows.length ? rows.some((row) => row.dataset.element === shape.id) : shape.businessObject.$instanceOf('bpmn:FlowNode');
}

function markChosen(viewer) {
  const chosen = new URLSearchParams(location.search).get('element');
  if (chosen && viewer.get('elementRegistry').get(chosen)) viewer.get('canvas').addMarker(chosen, 'is-selected');
}

function showProblem(container, error) {
  container.textContent = `The diagram cannot be drawn (${error.message}); the table of elements has the same numbers.`;
  container.classList.add('empty');
  container.removeAttribute('role');
}
