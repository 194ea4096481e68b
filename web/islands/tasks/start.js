// Starting a process: choose one, fill in its form or give variables.

import htmx, { isForeign } from '../shared/htmx.js';
import { get, post } from '../shared/http.js';
import { toast } from '../shared/toasts.js';
import { mountFields } from './fields.js';
import { mountForm } from './form.js';

let work = null;

export function installStart() {
  const dialog = document.getElementById('start-process');
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-start]')) open(dialog, 'start-body');
    if (event.target.closest('[data-started]')) open(document.getElementById('started'), 'started-body');
    const button = event.target.closest('button[data-act="start"]');
    if (button && !isForeign(button)) start(dialog, button);
  });
  dialog.addEventListener('submit', (event) => event.preventDefault());
  dialog.addEventListener('close', () => {
    work?.destroy();
    work = null;
  });
  new MutationObserver(() => mount(dialog)).observe(dialog, { childList: true, subtree: true });
}

function open(dialog, body) {
  dialog.showModal();
  htmx.trigger(`#${body}`, 'opened');
}

/** The form of the process that was chosen, once it is there. */
async function mount(dialog) {
  const form = dialog.querySelector('[data-start-form]:not([data-mounted])');
  const fields = dialog.querySelector('[data-fields]:not([data-mounted])');
  const place = form ?? fields;
  if (!place) return;
  place.dataset.mounted = 'yes';
  try {
    work = form ? await mountForm(form, { form: await get(form.dataset.startForm), variables: {}, draft: null, editable: true }) : mountFields(fields);
    work.first()?.focus();
  } catch (error) {
    refuse(error);
  }
}

async function start(dialog, button) {
  const given = work?.read();
  if (!given || button.disabled) return;
  button.disabled = true;
  try {
    const { name } = await post(`/tasks/processes/${button.dataset.process}`, given);
    dialog.close();
    toast(`Started: ${name}`, 'ok');
  } catch (error) {
    refuse(error);
  } finally {
    button.disabled = false;
  }
}

function refuse(error) {
  const place = document.getElementById('start-refused');
  place.textContent = error.message;
  place.hidden = false;
}
