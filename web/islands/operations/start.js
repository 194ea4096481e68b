// An instance started from here: of a definition, or like another one, with its variables and business id.

import { confirmed } from '../shared/dialogs.js';
import { get, post } from '../shared/http.js';
import { pretty, send } from '../shared/json.js';
import { toast } from '../shared/toasts.js';
import { onSubmit, refuse } from './plans.js';
import { variablesIn } from './variables.js';

export function installStart() {
  document.addEventListener('click', (event) => {
    const start = event.target.closest('[data-start]');
    if (start) open({ definition: start.dataset.start, name: start.dataset.name });
    const again = event.target.closest('[data-again]');
    if (again) openLike(again);
    const deletes = event.target.closest('[data-delete]');
    if (deletes) remove(deletes);
  });
}

function open({ definition, name, variables = '{}', business = '' }) {
  const dialog = document.getElementById('start-dialog');
  const form = dialog.querySelector('form');
  form.elements.definition.value = definition;
  form.elements.variables.value = variables;
  form.elements.business.value = business;
  form.querySelector('[data-start-of]').textContent = name;
  refuse(form);
  onSubmit(form, async () => {
    const started = await send('POST', '/v2/process-instances', {
      processDefinitionKey: form.elements.definition.value,
      variables: variablesIn(form.elements.variables.value),
      ...(form.elements.business.value ? { businessId: form.elements.business.value } : {}),
    });
    location.assign(`/operations/instances/${started.processInstanceKey}`);
  });
  dialog.showModal();
}

/** With the variables that the other instance began with. */
async function openLike({ dataset }) {
  try {
    const variables = pretty(await get(`/operations/instances/${dataset.again}/beginning`));
    open({ definition: dataset.definitionKey, name: `${dataset.name}, like ${dataset.again}`, variables, business: dataset.business });
  } catch (error) {
    toast(error.message, 'bad');
  }
}

async function remove({ dataset }) {
  const running = Number(dataset.running ?? 0);
  const going = running ? `Its ${running.toLocaleString()} running instance${running === 1 ? ' goes' : 's go'} on` : 'Running instances go on';
  const question = `Delete ${dataset.name}? It can be started no more, and its page goes. ${going}, and history stays: find both under “Instances”.`;
  if (!(await confirmed(question, { action: 'Delete', danger: true }))) return;
  try {
    await post(`/v2/resources/${dataset.delete}/deletion`);
    location.assign('/operations');
  } catch (error) {
    toast(error.message, 'bad');
  }
}
