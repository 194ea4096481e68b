// Tabs of an open task: what they show is fetched when it is first looked at.

import { get } from '../shared/http.js';
import { fetchHtml, fill } from './html.js';

/** Left and right go through the tabs, as everywhere. */
export function installTabs(root) {
  const tabs = [...root.querySelectorAll('[role="tab"]')];
  for (const tab of tabs) tab.addEventListener('click', () => select(root, tabs, tab));
  root.querySelector('[role="tablist"]').addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
    next.focus();
    select(root, tabs, next);
  });
}

function select(root, tabs, chosen) {
  for (const tab of tabs) {
    const is = tab === chosen;
    tab.setAttribute('aria-selected', String(is));
    tab.tabIndex = is ? 0 : -1;
    root.querySelector(`#${tab.getAttribute('aria-controls')}`).hidden = !is;
  }
  const panel = root.querySelector(`#${chosen.getAttribute('aria-controls')}`);
  if (panel.dataset.diagram && !panel.dataset.drawn) draw(panel);
  else if (panel.dataset.part) load(panel);
}

/** What the tab shows: once where somebody may be writing in it, otherwise whenever it is looked at. */
async function load(panel) {
  if (panel.dataset.loaded && panel.querySelector('form')) return;
  panel.dataset.loaded = 'yes';
  try {
    fill(panel, await fetchHtml(panel.dataset.part));
  } catch (error) {
    delete panel.dataset.loaded;
    panel.textContent = error.message;
  }
}

/** The process's diagram with the task marked; the viewer is loaded only now. */
async function draw(panel) {
  panel.dataset.drawn = 'yes';
  const place = panel.querySelector('.diagram');
  try {
    const [{ xml, elementId, open }, { show }] = await Promise.all([
      get(panel.dataset.diagram),
      import('../../../modeler/viewer/index.js'),
    ]);
    const viewer = await show(place, xml);
    viewer.get('canvas').addMarker(elementId, open ? 'task-is-here' : 'task-was-here');
  } catch (error) {
    place.textContent = `The diagram cannot be shown: ${error.message.replace(/\.$/, '')}.`;
    place.classList.add('empty');
    place.removeAttribute('role');
  }
}
