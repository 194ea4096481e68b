// What buttons and dialogs do: `data-act` names it.

import { isForeign } from '../shared/htmx.js';
import { del, post, request } from '../shared/http.js';
import { toast } from '../shared/toasts.js';
import { fetchHtml, fill } from './html.js';
import { listAddress, nextTask, refreshList } from './list.js';
import { acknowledge, current, lookAgain, openTask, refuse, reload } from './pane.js';

const key = () => document.getElementById('task').dataset.task;
const at = (action) => `/tasks/${key()}/${action}`;

/** Of buttons. */
const BUTTONS = {
  claim: () => moved('claim', { focus: true }),
  unclaim: () => moved('unclaim'),
  reload: () => reload(),
  complete,
  async discard() {
    await current.draft.discard();
    await reload({ focus: true });
  },
  async 'drop-filter'(button) {
    await del(`/tasks/filters?name=${encodeURIComponent(button.dataset.name)}`);
    button.closest('li').remove();
  },
  async 'drop-attachment'(button) {
    await shown('attachments', at(`attachments/${button.dataset.attachment}`), { method: 'DELETE' });
  },
};

/** Of forms, by what was entered. */
const FORMS = {
  async assign(form) {
    await post(at('assignment'), { assignee: form.elements.assignee.value });
    form.closest('dialog').close();
    await Promise.all([reload(), refreshList()]);
  },
  async change(form) {
    await post(at('changes'), {
      dueDate: moment(form.elements.dueDate),
      followUpDate: moment(form.elements.followUpDate),
      priority: Number(form.elements.priority.value),
    });
    form.closest('dialog').close();
    await Promise.all([reload(), refreshList()]);
  },
  async comment(form) {
    await shown('comments', at('comments'), { method: 'POST', body: { text: form.elements.text.value } });
    document.getElementById('comment-text').focus();
  },
  async attach(form) {
    await shown('attachments', at('attachments'), { method: 'POST', body: new FormData(form) });
  },
  async 'save-filter'(form) {
    const query = document.getElementById('task-items').dataset.query;
    const { address } = await post(`/tasks/filters?${query}`, { name: form.elements.name.value });
    location.assign(address);
  },
};

/** Lets every button and form with `data-act` do what it says; one thing at a time. */
export function installActions() {
  document.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-act]');
    const act = button && !isForeign(button) && BUTTONS[button.dataset.act];
    if (act) carryOut(button, () => act(button));
  });
  document.addEventListener('submit', (event) => {
    const act = FORMS[event.target.dataset.act];
    if (!act || isForeign(event.target)) return;
    event.preventDefault();
    carryOut(event.target, () => act(event.target));
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    const button = document.querySelector('#task [data-act="complete"]');
    if (!button || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    button.click();
  });
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-opens="change"]')) showMomentsIn(document.getElementById('change'));
  });
}

async function carryOut(element, act) {
  if (element.dataset.busy) return;
  element.dataset.busy = 'yes';
  current.acting += 1;
  try {
    await act();
  } catch (error) {
    tell(element, error);
  } finally {
    current.acting -= 1;
    delete element.dataset.busy;
  }
  await lookAgain();
}

/** Changes what is beside the task, and shows all of it again. */
async function shown(part, url, options) {
  const panel = document.getElementById(`panel-${part}`);
  fill(panel, await fetchHtml(url, options));
  const count = panel.querySelectorAll('[data-counts]').length;
  document.getElementById(`tab-${part}`).textContent = `${part[0].toUpperCase()}${part.slice(1)}${count ? ` (${count})` : ''}`;
  await acknowledge();
}

/** The reason stands where it was asked for: in the dialog, above the task, or else in the corner. */
function tell(element, error) {
  const place = element.closest('dialog')?.querySelector('[role="alert"]');
  if (place) {
    place.textContent = error.message;
    place.hidden = false;
  } else if (element.closest('#task')) {
    refuse(error);
  } else {
    toast(error.message, 'bad');
  }
}

/** Another person has it, or nobody. */
async function moved(action, options) {
  await current.draft?.flush();
  await request('POST', at(action));
  await Promise.all([reload(options), refreshList()]);
}

/** Completes the open task and opens the next one. */
async function complete() {
  await current.mounted;
  const done = current.work?.read();
  if (!done) return;
  const name = document.querySelector('#task h2').textContent;
  const next = nextTask();
  const { draft } = current;
  const wasOpen = draft.isOpen;
  draft.stop();
  try {
    await post(at('completion'), done);
  } catch (error) {
    if (wasOpen) draft.plan();
    throw error;
  }
  current.draft = null;
  toast(`Completed: ${name}`, 'ok');
  await Promise.all([openTask(next ?? listAddress(), { focus: true }), refreshList()]);
}

/** A date and time in the reader's time zone as the server wants it; empty where there is none. */
const moment = (input) => (input.value ? new Date(input.value).toISOString() : '');

function showMomentsIn(dialog) {
  for (const input of dialog.querySelectorAll('[data-moment]')) {
    if (!input.dataset.moment) continue;
    const at = new Date(input.dataset.moment);
    input.value = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  }
}
