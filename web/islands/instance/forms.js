// Dialogs that ask for values, send them, and say the engine's reason where they are refused.

import { button, icon, make } from './dom.js';
import { whyNotJson, whyNotObject } from '../shared/json.js';

let number = 0;

const CHECKS = { object: whyNotObject, json: whyNotJson };

/**
 * Asks for values and gives them to `send`, which may throw: then the dialog stays open and says why.
 *
 * `fields`: [{name, label, type, value, options, hint, required, rows, min, max}], where type is text, number, select,
 * checkbox, json (a value) or object (variables). Resolves to true once it is sent, to false where it is given up.
 */
export function ask({ title, intro = [], fields = [], action, danger = false, wide = false, send }) {
  const dialog = make('dialog', { className: wide ? 'wide' : '', 'aria-labelledby': `ask-${++number}` });
  const form = make('form', { noValidate: false });
  const refusal = make('p', { className: 'notice bad', role: 'alert', hidden: true });
  const inputs = new Map(fields.map((field) => [field.name, control(field)]));
  const submit = button(action, { type: 'submit', className: danger ? 'danger' : 'primary' });
  form.append(
    ...intro,
    ...fields.map((field) => labelled(field, inputs.get(field.name))),
    refusal,
    make('div', { className: 'actions' }, button('Cancel', { onclick: () => dialog.close() }), submit),
  );
  dialog.append(
    make('header', {}, make('h2', { id: `ask-${number}` }, title),
      make('button', { type: 'button', className: 'button quiet icon-only', 'aria-label': 'Close', onclick: () => dialog.close() }, icon('x'))),
    form,
  );
  document.body.append(dialog);
  dialog.showModal();
  form.querySelector('input, textarea, select')?.focus();
  return new Promise((resolve) => {
    let sent = false;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      refusal.hidden = true;
      if (!fields.every((field) => check(field, inputs.get(field.name)))) return;
      submit.disabled = true;
      try {
        await send(valuesOf(fields, inputs));
        sent = true;
        dialog.close();
      } catch (error) {
        refusal.replaceChildren(icon('circle-alert'), error.message);
        refusal.hidden = false;
      } finally {
        submit.disabled = false;
      }
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(sent);
    });
  });
}

function control({ name, type = 'text', value = '', options = [], required, rows = 6, min, max, label }) {
  const id = `${name}-${number}`;
  if (type === 'select') {
    const select = make('select', { id, required });
    select.append(...options.map(([key, text]) => make('option', { value: key, selected: key === value }, text)));
    return select;
  }
  if (type === 'json' || type === 'object') return make('textarea', { id, rows, value, spellcheck: false, required, placeholder: type === 'object' ? '{"name": value}' : '' });
  if (type === 'checkbox') return make('input', { id, type, checked: value, 'aria-label': label });
  return make('input', { id, type, value, required, min, max, autocomplete: 'off' });
}

function labelled({ label, hint, type }, input) {
  if (type === 'checkbox') {
    input.removeAttribute('aria-label');
    return make('p', {}, make('label', { className: 'check' }, input, label));
  }
  const note = make('small', { id: `${input.id}-note` }, hint ?? '');
  input.setAttribute('aria-describedby', note.id);
  return make('div', { className: 'field' }, make('label', { for: input.id }, label), input, note);
}

/** Whether what was typed can be sent; if not, the field says why. */
function check({ type, hint }, input) {
  const reason = CHECKS[type]?.(input.value) ?? '';
  const note = document.getElementById(`${input.id}-note`);
  if (note) {
    note.textContent = reason || hint || '';
    note.classList.toggle('error', Boolean(reason));
  }
  input.setAttribute('aria-invalid', String(Boolean(reason)));
  if (reason) input.focus();
  return !reason;
}

function valuesOf(fields, inputs) {
  return Object.fromEntries(fields.map(({ name, type }) => {
    const input = inputs.get(name);
    if (type === 'checkbox') return [name, input.checked];
    return [name, type === 'number' ? Number(input.value) : input.value];
  }));
}
