// The incidents of many instances resolved, after variables of each were changed where that is what helps.

import { begin } from './batches.js';
import { onSubmit, refuse } from './plans.js';
import { variablesIn } from './variables.js';

/** Opens the dialog for the instances of a scope (see selection.js). */
export function openResolution(scope) {
  const dialog = document.getElementById('resolve-dialog');
  const form = dialog.querySelector('form');
  form.querySelector('[data-scope]').textContent = `Every open incident of ${scope.words}. What failed is tried again; a job without retries gets one.`;
  refuse(form);
  onSubmit(form, () => begin('incident-resolution', { filter: scope.filter, variables: variablesIn(form.elements.variables.value) }));
  dialog.showModal();
}
