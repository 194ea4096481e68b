// Forms of user tasks and starts, in the dialog of the step; what is entered becomes the step's variables.

import '../../web/islands/tasks/tasks.css';
import { mountForm } from '../../web/islands/tasks/form.js';

/** Mounts a form when its dialog is opened. */
export function mountForms(root) {
  root.addEventListener('toggle', (event) => {
    const place = event.newState === 'open' && event.target.matches('dialog') && event.target.querySelector('[data-form]');
    if (place) mount(place);
  }, true);
}

async function mount(place) {
  place.replaceChildren();
  const step = place.parentElement.querySelector(':scope > form');
  const form = JSON.parse(place.dataset.form);
  const work = await mountForm(place, { form, variables: JSON.parse(place.dataset.values), editable: true });
  step.querySelector('.actions button').onclick = (event) => {
    const entered = work.read();
    if (entered) step.elements.variables.value = JSON.stringify(entered.variables);
    else event.preventDefault();
  };
  work.first()?.focus();
}
