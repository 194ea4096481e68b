// Operations on many instances: each becomes a batch operation of the engine, whose page shows what came of each.

import { confirmed } from '../shared/dialogs.js';
import { post } from '../shared/http.js';
import { send } from '../shared/json.js';
import { toast } from '../shared/toasts.js';
import { openMigration } from './migration.js';
import { openMove } from './move.js';
import { openResolution } from './resolution.js';
import { scopeOf } from './selection.js';

const SIMPLE = {
  cancel: { path: 'cancellation', question: (words) => `Cancel ${words}? What is under way in them ends, and cannot be brought back.`, action: 'Cancel instances', danger: true },
  suspend: { path: 'suspension', question: (words) => `Suspend ${words}? No job is handed out and no timer fires until they are resumed.`, action: 'Suspend' },
  delete: { path: 'deletion', question: (words) => `Delete ${words}? The history of each, and the instances that it called, go with it. This cannot be undone. What was called by another goes only with its caller.`, action: 'Delete instances', danger: true },
  resume: { path: 'resumption', question: (words) => `Resume ${words}?`, action: 'Resume' },
};

export function installActions() {
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-act]');
    if (button) act(button.dataset.act, button.closest('[data-selection]'));
  });
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-batch]');
    if (button) changeBatch(button);
  });
}

async function act(what, list) {
  const scope = scopeOf(list);
  if (what === 'move') return openMove(list, scope);
  if (what === 'migrate') return openMigration(list, scope);
  if (what === 'resolve') return openResolution(scope);
  const { path, question, action, danger } = SIMPLE[what];
  if (!(await confirmed(question(scope.words), { action, danger }))) return undefined;
  return begin(path, { filter: scope.filter }).catch((error) => toast(error.message, 'bad'));
}

/** Begins a batch operation and goes to its page. Throws Refused with the engine's reason. */
export async function begin(path, body) {
  const begun = await send('POST', `/v2/process-instances/${path}`, body);
  location.assign(`/operations/batches/${begun.batchOperationKey}`);
}

async function changeBatch(button) {
  const key = location.pathname.split('/').at(-1);
  const ends = button.dataset.batch === 'cancellation';
  if (ends && !(await confirmed('Leave the rest undone? What is done stays done.', { action: 'Cancel the rest', danger: true }))) return;
  button.disabled = true;
  try {
    await post(`/v2/batch-operations/${key}/${button.dataset.batch}`);
    location.reload();
  } catch (error) {
    button.disabled = false;
    toast(error.message, 'bad');
  }
}
