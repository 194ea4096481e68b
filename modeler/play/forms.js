// Forms of user tasks and starts: form-js in the dialog, and what is entered as the variables of the step.

import { Form } from '@bpmn-io/form-js';
import '@bpmn-io/form-js/dist/assets/form-js.css';

/** Mounts a form the first time that its dialog is opened. */
export function mountForms(root) {
  root.addEventListener('toggle', (event) => {
    const place = event.newState === 'open' && event.target.matches('dialog') && event.target.querySelector('[data-form]');
    if (place) mount(place);
  }, true);
}

async function mount(place) {
  const step = place.parentElement.querySelector(':scope > form');
  const form = new Form({ container: place });
  place.replaceChildren();
  await form.importSchema(JSON.parse(place.dataset.form), JSON.parse(place.dataset.values));
  form.attachTo(place);
  step.querySelector('.actions button').onclick = (event) => {
    const { data, errors } = form.submit();
    if (Object.keys(errors).length) event.preventDefault();
    else step.elements.variables.value = JSON.stringify(data);
  };
}
