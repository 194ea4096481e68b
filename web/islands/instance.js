// The page of one process instance: its parts, and what keeps them up to date.

import '../static/css/instance.css';
import { subscribe } from './shared/live.js';
import { showMoments } from './shared/moments.js';
import { toast } from './shared/toasts.js';
import { Acts } from './instance/acts.js';
import { Diagram } from './instance/diagram.js';
import { badge } from './instance/dom.js';
import { migrate } from './instance/migration.js';
import { Modification } from './instance/modification.js';
import { Slider } from './instance/slider.js';
import { Store } from './instance/store.js';
import { Tabs } from './instance/tabs.js';
import { Tree } from './instance/tree.js';
import { Variables } from './instance/variables.js';

const store = new Store(document.getElementById('instance'));
const diagram = new Diagram(store);
const slider = new Slider(store);
const tree = new Tree(store);
const variables = new Variables(store);
const tabs = new Tabs(store);
const modification = new Modification(store, diagram);
new Acts(store, { modify: (_, __, event) => modification.toggle(event.detail === 0), migrate, now: () => slider.now().then(() => '') });

store.on('state', () => {
  if (store.at !== null) return;
  const { state } = store;
  document.getElementById('instance-state').replaceChildren(badge(state.state), ...(state.stuck && !state.endedAt ? [' ', badge('INCIDENT')] : []));
  const ended = document.getElementById('instance-ended');
  ended.hidden = !state.endedAt;
  ended.querySelector('time').dateTime = state.endedAt;
  showMoments(ended);
});

let refreshing = false;
let again = false;
let acted = false;
let stop = () => {}; // listening

/** Reads again what may have changed, and everything after an act; while it does, further news are collected into one more round. */
async function refresh() {
  if (refreshing) {
    again = true;
    return;
  }
  refreshing = true;
  try {
    const everything = acted;
    acted = false;
    if (!(await store.look()) && !everything) return;
    if (store.at !== null) return;
    if (store.selected) store.chain = await store.part('chain', { element: store.selected });
    store.tell('refresh');
  } catch (error) {
    if (error.status === 404 && await store.isDeleted()) leave();
    else toast(error.message, 'bad');
  } finally {
    refreshing = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

/** It has been deleted: what is shown is the last that was known of it, and nothing can be done to it any more. */
function leave() {
  stop();
  store.deleted = true;
  document.getElementById('deleted-notice').hidden = false;
  for (const control of document.querySelectorAll('#instance :is(button, input)')) control.disabled = true;
}

store.on('acted', () => {
  acted = true;
  refresh();
});
addEventListener('unhandledrejection', (event) => {
  if (event.reason?.name !== 'AbortError') toast(event.reason?.message ?? 'Something went wrong on this page.', 'bad');
});

await store.load();
await tree.rebuild();
await store.select(store.selected);
tabs.load();
stop = subscribe([`instance:${store.key}`], refresh);
