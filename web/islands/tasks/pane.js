// The open task: its form or fields, its tabs, and what happens to it elsewhere.

import { Refused, get } from '../shared/http.js';
import { Draft } from './draft.js';
import { mountFields } from './fields.js';
import { mountForm } from './form.js';
import { fetchHtml, replace } from './html.js';
import { markOpen } from './list.js';
import { installTabs } from './tabs.js';

const pane = () => document.getElementById('task');

/**
 * What is worked on: `work` reads and checks what was entered, `draft` keeps it; null while nothing is open. `acting`:
 * how many actions of this page are under way, which show what comes of them themselves. `mounted`: when the task that
 * was opened last has come to life. `address`: of what is shown.
 */
export const current = { work: null, draft: null, acting: 0, mounted: Promise.resolve(), address: addressNow() };

/** The address of the page, as far as it says what is shown. */
export function addressNow() {
  return location.pathname + location.search;
}

let mounting = 0;

/** Brings the open task to life. */
export function mountPane(options) {
  current.mounted = mount(options ?? {});
  return current.mounted;
}

async function mount({ focus = false }) {
  const root = pane();
  const mine = ++mounting;
  current.work?.destroy();
  current.work = null;
  current.draft = null;
  markOpen();
  document.getElementById('tasks').classList.toggle('has-task', Boolean(root.dataset.task));
  if (!root.dataset.task) return;
  installTabs(root);
  const draft = new Draft(root);
  const work = await mountWork(root);
  if (mine !== mounting) {
    work?.destroy();
    return;
  }
  Object.assign(current, { work, draft });
  if (work && root.dataset.editable === 'yes') draft.follow(work);
  if (focus) (work?.first() ?? root.querySelector('[data-act="claim"], [role="tab"]'))?.focus();
}

async function mountWork(root) {
  const key = root.dataset.task;
  const editable = root.dataset.editable === 'yes';
  try {
    const place = root.querySelector('[data-form]');
    if (place) return await mountForm(place, await get(place.dataset.form));
    const { draft } = editable ? await get(`/tasks/${key}/data`) : { draft: null };
    return mountFields(root.querySelector('[data-fields]'), draft?.entries);
  } catch (error) {
    refuse(error);
    return null;
  }
}

/** Opens a task in place of the one that is open, and puts its address into the browser's. */
export async function openTask(address, { push = true, focus = false } = {}) {
  await current.draft?.flush();
  if (current.draft?.isOpen) {
    refuse(new Error('What you typed is not saved yet, so this task stays open. Try again in a moment, or discard what you typed.'));
    return;
  }
  let html;
  try {
    html = await fetchHtml(address);
  } catch (error) {
    refuse(error);
    return;
  }
  if (push && address !== location.href) history.pushState(null, '', address);
  current.address = addressNow();
  const { task: before } = pane().dataset;
  const tab = pane().querySelector('[role="tab"][aria-selected="true"]')?.id;
  replace(pane(), html);
  document.title = `${pane().querySelector('h2')?.textContent ?? 'Tasks'} · Pointsman`;
  const mounted = mountPane({ focus });
  if (tab && pane().dataset.task === before) pane().querySelector(`#${tab}`)?.click();
  await mounted;
}

/** The open task as it is now; what was typed comes back from its draft. */
export const reload = (options) => openTask(location.href, { push: false, ...options });

/** Shows why something could not be done, above the form. */
export function refuse(error) {
  const place = document.getElementById('task-refused');
  if (!place) return;
  place.textContent = error.message;
  place.hidden = false;
  place.scrollIntoView({ block: 'nearest' });
}

/** Shows an open task that has changed elsewhere as it is now; where something was typed, it only says so. */
export async function lookAgain() {
  const root = pane();
  const key = root.dataset.task;
  if (!key || current.acting) return;
  await current.mounted;
  let now;
  try {
    now = await get(`/tasks/${key}/state`);
  } catch (error) {
    if (error instanceof Refused && error.status < 500 && pane() === root) say(root, 'This task is no longer offered to you.');
    return;
  }
  if (pane() !== root || current.acting || now.revision === root.dataset.revision) return;
  if (isTouched(root)) say(root, `This task has changed meanwhile. ${now.text}`);
  else await reload();
}

/** What this page has just added to the task is shown already. */
export async function acknowledge() {
  const root = pane();
  const { revision } = await get(`/tasks/${root.dataset.task}/state`);
  root.dataset.revision = revision;
}

function say(root, text) {
  const note = root.querySelector('#task-changed');
  if (!note) return;
  note.querySelector('span').textContent = text;
  note.hidden = false;
}

/** Whether reloading would take something from the person: typed, opened, or in the middle of it. */
function isTouched(root) {
  const written = [...root.querySelectorAll('[data-act="comment"] textarea, [type="file"]')].some((each) => each.value);
  return current.work?.changed() || written || Boolean(root.querySelector('dialog[open]'));
}
