// A form as form-js shows it.

import { Form } from '@bpmn-io/form-js-viewer';
import '@bpmn-io/form-js-viewer/dist/assets/form-js.css';
import { plainTexts } from './text.js';

/** Shows a form over variables and what was typed before. Gives what a task or a start is worked on with. */
export async function mountForm(place, { form: schema, variables, draft, editable }) {
  // What the HTML of a form says must never be requests of whoever opens it: not htmx's, not those of `data-act`, no
  // submission of its own (of a form within a form the event does not rise to here).
  place.setAttribute('hx-ignore', '');
  place.addEventListener('submit', (event) => event.preventDefault(), { capture: true });
  // Without debounce a message does not go away, and the button from under the pointer, when the field is left.
  const form = new Form({ container: place, additionalModules: [plainTexts], debounce: false });
  const work = new FormWork(place, form, variables, Boolean(draft)); // before somebody can type
  const found = await form.importSchema(schema, { ...variables, ...draft });
  if (!editable) form.setProperty('readOnly', true);
  place.removeAttribute('aria-busy');
  for (const warning of found.warnings) console.warn(warning);
  return work;
}

class FormWork {
  constructor(place, form, initial, drafted) {
    this.place = place;
    this.form = form;
    this.initial = initial;
    this.drafted = drafted;
    this.typed = false;
    this.listeners = [];
    // Whatever a form computes when it opens is no typing.
    for (const type of ['input', 'change', 'click']) place.addEventListener(type, () => { this.armed = true; }, { capture: true });
    form.on('changed', ({ data }) => {
      this.data = data;
      if (!this.armed) return;
      this.typed = true;
      for (const listener of this.listeners) listener();
    });
  }

  onChange(listener) {
    this.listeners.push(listener);
  }

  /** Whether somebody has typed something that is not completed yet. */
  changed() {
    return this.typed || this.drafted;
  }

  /** What is kept as a draft: what differs from the variables. */
  draft() {
    const data = this.data ?? {};
    return Object.fromEntries(Object.entries(data).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(this.initial[name])));
  }

  /** What completes the task, or null where the form has errors, which it shows. */
  read() {
    const { data, errors } = this.form.submit();
    if (Object.keys(errors).length) {
      this.place.querySelector('.fjs-has-errors input, .fjs-has-errors textarea, .fjs-has-errors [tabindex]')?.focus();
      return null;
    }
    return { variables: data };
  }

  first() {
    return [...this.place.querySelectorAll('input, textarea, select')].find((each) => !each.disabled && !each.readOnly);
  }

  destroy() {
    this.form.destroy();
  }
}
