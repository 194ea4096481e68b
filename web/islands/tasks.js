// The task list: the list beside the task, kept as they are elsewhere, and worked on by keyboard alone.

import htmx from './shared/htmx.js';
import { subscribe } from './shared/live.js';
import { installActions } from './tasks/actions.js';
import { installKeys, installPresses, refreshList } from './tasks/list.js';
import { addressNow, current, lookAgain, mountPane, openTask } from './tasks/pane.js';
import { installStart } from './tasks/start.js';
import './tasks/tasks.css';

installKeys(openTask);
installPresses();
installActions();
installStart();
mountPane();

// Conditions that are chosen rather than typed apply at once.
for (const select of document.querySelectorAll('[data-submits]')) {
  select.addEventListener('change', () => select.form.requestSubmit());
}
for (const form of document.querySelectorAll('.task-conditions')) {
  form.addEventListener('submit', () => {
    for (const control of form.elements) if (control.name && !control.value) control.disabled = true;
  });
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-task]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  openTask(link.href);
});

// Going back shows the page of that address, whatever was replaced since.
document.addEventListener('htmx:before:history:restore', (event) => event.preventDefault());
window.addEventListener('popstate', () => {
  if (addressNow() !== current.address) location.reload();
});

let looking = null;
let again = false;

/** One look at a time; what changes meanwhile is looked at after it. */
async function look() {
  if (looking) {
    again = true;
    return;
  }
  looking = Promise.all([refreshList(), lookAgain()]);
  await looking.finally(() => { looking = null; });
  if (again) {
    again = false;
    await look();
  }
}

const stop = subscribe(['tasks'], look);
window.addEventListener('pagehide', stop);
htmx.process(document.body);
