// The list: as it is now, gone through by j and k.

import { toast } from '../shared/toasts.js';
import { fetchHtml, fill } from './html.js';

const items = () => document.getElementById('task-items');
const links = () => [...items().querySelectorAll('a[data-task]')];
const openKey = () => document.getElementById('task')?.dataset.task ?? '';

let place = 0; // of the open task in the list, also after it has left it
let last = '';
let released = Promise.resolve(); // when no pointer is down on the list

/** Shows the list as it is now, and leaves the focus where it is. */
export async function refreshList() {
  const address = `/tasks/list?${items().dataset.query}`;
  let html;
  try {
    html = await fetchHtml(address);
  } catch (error) {
    toast(error.message, 'bad');
    return;
  }
  await released;
  if (html === last) return;
  last = html;
  const focused = document.activeElement?.dataset?.task;
  fill(items(), html);
  markOpen();
  if (focused) links().find((link) => link.dataset.task === focused)?.focus();
}

/** Keeps the list as it is while a pointer is down on it: a link that is replaced meanwhile is never told of its click. */
export function installPresses() {
  items().addEventListener('pointerdown', () => {
    released = new Promise((resolve) => {
      const release = () => setTimeout(resolve); // the click follows at once
      for (const end of ['pointerup', 'pointercancel']) document.addEventListener(end, release, { once: true });
    });
  });
}

/** Marks the open task in the list. */
export function markOpen() {
  const key = openKey();
  for (const [index, link] of links().entries()) {
    if (link.dataset.task === key) {
      link.setAttribute('aria-current', 'true');
      place = index;
    } else {
      link.removeAttribute('aria-current');
    }
  }
}

/** The address of the task to go on with when the open one is done; undefined where the list is empty then. */
export function nextTask() {
  const others = links().filter((link) => link.dataset.task !== openKey());
  return (others[place] ?? others.at(-1))?.href;
}

/** The address of the list without a task. */
export const listAddress = () => `/tasks${items().dataset.query ? `?${items().dataset.query}` : ''}`;

/** j and k (or the arrows, in the list) move, Enter opens what is focused. */
export function installKeys(open) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    const within = event.target.closest('#task-items');
    const typing = event.target.closest('input, textarea, select, [contenteditable], .fjs-container, [role="tablist"]');
    const step = typing ? 0 : { j: 1, k: -1, ...(within ? { ArrowDown: 1, ArrowUp: -1 } : {}) }[event.key] ?? 0;
    if (!step) return;
    event.preventDefault();
    const all = links();
    const from = all.indexOf(document.activeElement.closest?.('a[data-task]'));
    const start = from >= 0 ? from : all.findIndex((link) => link.hasAttribute('aria-current'));
    const target = all[start < 0 ? 0 : Math.min(Math.max(start + step, 0), all.length - 1)];
    target?.focus();
    target?.scrollIntoView({ block: 'nearest' });
  });
  document.addEventListener('keydown', (event) => {
    const link = event.target.closest?.('a[data-task]');
    if (event.key !== 'Enter' || !link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    open(link.href, { focus: true });
  }, { capture: true });
}
