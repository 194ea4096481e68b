// What is done to selected rows one by one: incidents resolved, jobs given retries, messages sent. Each row says what
// came of it.

import { patch, post } from '../shared/http.js';
import { send } from '../shared/json.js';
import { toast } from '../shared/toasts.js';
import { refuse } from './plans.js';
import { checked } from './selection.js';
import { variablesIn } from './variables.js';

const AT_ONCE = 4;

const WORK = {
  resolve: { ask: async () => true, one: resolve, done: 'resolved' },
  retries: { ask: askRetries, one: (box, retries) => patch(`/v2/jobs/${box.value}`, { changeset: { retries } }), done: 'changed' },
  message: { ask: askVariables, one: sendMessage, done: 'received' },
};

export function installEach() {
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-act-each]');
    if (!button) return;
    const work = WORK[button.dataset.actEach];
    const asked = await work.ask();
    if (asked === null) return;
    button.disabled = true;
    await forEach(button.closest('[data-each]'), work, asked);
  });
}

/** A job that has no retries left gets one, without which its incident would be back at once. */
async function resolve(box) {
  if (box.dataset.job) {
    const { items } = await post('/v2/jobs/search', { filter: { jobKey: box.dataset.job } });
    if (items[0] && items[0].retries < 1) await patch(`/v2/jobs/${box.dataset.job}`, { changeset: { retries: 1 } });
  }
  await post(`/v2/incidents/${box.value}/resolution`);
}

function askRetries() {
  const dialog = document.getElementById('retries-dialog');
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener('close', () => answer(dialog.returnValue === 'ok' ? Number(dialog.querySelector('input').value) : null), { once: true });
  });
}

/** To the one that waits, which must take it: a message that nobody takes is refused. */
function sendMessage({ dataset }, variables) {
  return send('POST', '/v2/messages/correlation', { name: dataset.message, correlationKey: dataset.correlation, variables });
}

function askVariables() {
  const dialog = document.getElementById('correlate-dialog');
  const form = dialog.querySelector('form');
  let given = null;
  refuse(form);
  form.onsubmit = (event) => {
    event.preventDefault();
    try {
      given = variablesIn(form.elements.variables.value);
      dialog.close();
    } catch (error) {
      refuse(form, error);
    }
  };
  dialog.showModal();
  return new Promise((answer) => dialog.addEventListener('close', () => answer(given), { once: true }));
}

async function forEach(list, work, asked) {
  const waiting = checked(list);
  const total = waiting.length;
  const text = list.querySelector('[data-selected]');
  let refused = 0;
  let over = 0;
  const next = async () => {
    for (let box = waiting.shift(); box; box = waiting.shift()) {
      try {
        await work.one(box, asked);
        tell(box, work.done, 'ok');
      } catch (error) {
        refused += 1;
        tell(box, error.message, 'bad');
      }
      over += 1;
      text.textContent = `${over} of ${total}`;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  text.textContent = `${total - refused} ${work.done}${refused ? `, ${refused} refused` : ''}`;
  toast(text.textContent, refused ? 'warn' : 'ok');
}

/** What came of a row, in it, in place of its check box. */
function tell(box, words, kind) {
  const result = document.createElement('span');
  result.className = `badge ${kind} result`;
  result.textContent = words;
  box.closest('tr').classList.remove('selected');
  box.replaceWith(result);
}
