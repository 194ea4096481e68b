// Batch operations: how one begins, and what its page does with it afterwards.

import { confirmed } from '../shared/dialogs.js';
import { post } from '../shared/http.js';
import { send } from '../shared/json.js';
import { toast } from '../shared/toasts.js';

/** Begins a batch operation and goes to its page. Throws Refused with the engine's reason. */
export async function begin(path, body) {
  const begun = await send('POST', `/v2/process-instances/${path}`, body);
  location.assign(`/operations/batches/${begun.batchOperationKey}`);
}

/** Suspends, resumes or ends the batch operation of this page, as its button says. */
export async function change(button) {
  const key = location.pathname.split('/').at(-1);
  const ends = button.dataset.batch === 'cancellation';
  if (ends && !(await confirmed('Leave the rest undone? What is done stays done.', { action: 'Cancel the rest', refusal: 'Go on', danger: true }))) return;
  button.disabled = true;
  try {
    await post(`/v2/batch-operations/${key}/${button.dataset.batch}`);
    location.reload();
  } catch (error) {
    button.disabled = false;
    toast(error.message, 'bad');
  }
}
