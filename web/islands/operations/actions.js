// Operations on many instances: each becomes a batch operation of the engine, whose page shows what came of each.

import { confirmed } from '../shared/dialogs.js';
import { toast } from '../shared/toasts.js';
import { begin, change } from './batches.js';
import { openMigration } from './migration.js';
import { openMove } from './move.js';
import { openResolution } from './resolution.js';
import { scopeOf } from './selection.js';

const SIMPLE = {
  cancel: { path: 'cancellation', question: (words) => `Cancel ${words}? What is under way in them ends, and cannot be brought back.`, action: 'Cancel instances', refusal: 'Keep them running', danger: true },
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
    if (button) change(button);
  });
}

async function act(what, list) {
  const scope = scopeOf(list);
  if (what === 'move') return openMove(list, scope);
  if (what === 'migrate') return openMigration(list, scope);
  if (what === 'resolve') return openResolution(scope);
  const { path, question, ...answers } = SIMPLE[what];
  if (!(await confirmed(question(scope.words), answers))) return undefined;
  return begin(path, { filter: scope.filter }).catch((error) => toast(error.message, 'bad'));
}
