// What a plan for many instances (a move, a migration) has in common: a form with choices, a preview, a refusal.

import { csrfToken } from '../shared/http.js';

/** Fills a <select> with [value, text] pairs. */
export function fill(select, pairs, chosen) {
  select.replaceChildren(...pairs.map(([value, text]) => new Option(text, value, false, value === chosen)));
}

/** Shows the engine's verdict for each instance inside the form's [data-preview]. */
export async function preview(form, plan) {
  const place = form.querySelector('[data-preview]');
  place.textContent = 'Trying…';
  const response = await fetch('/operations/previews', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'text/html, application/json', 'X-CSRF-Token': csrfToken() },
    body: JSON.stringify(plan),
  });
  const text = await response.text();
  if (response.ok) {
    place.innerHTML = text; // a template of the server's, which escapes what it shows
    return;
  }
  place.replaceChildren();
  refuse(form, new Error(detailIn(text) ?? `The server answered ${response.status}.`));
}

function detailIn(text) {
  try {
    return JSON.parse(text).detail;
  } catch {
    return undefined;
  }
}

/** Says in the form why something was refused; nothing, to take that back. */
export function refuse(form, error) {
  form.querySelector('[data-refused]').textContent = error?.message ?? '';
}

/** Lets a form do `work` when it is sent, with its reason where that is refused; and one thing at a time. */
export function onSubmit(form, work) {
  form.onsubmit = async (event) => {
    event.preventDefault();
    const send = form.querySelector('.primary');
    send.disabled = true;
    refuse(form);
    try {
      await work();
    } catch (error) {
      refuse(form, error);
    } finally {
      send.disabled = false;
    }
  };
}

/** The one definition that all selected rows are of, by its key; undefined where there are several or none. */
export function definitionOf(list) {
  const rows = list.dataset.everything ? [...list.querySelectorAll('tbody tr')] : [...list.querySelectorAll('tr.selected')];
  const keys = new Set(rows.map((row) => row.dataset.definition));
  return keys.size === 1 ? [...keys][0] : undefined;
}

/** The elements of a definition: [id, name], by name. */
export async function elementsOf(definition) {
  const response = await fetch(`/operations/elements/${definition}`, { headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error(`The elements of the process cannot be read: the server answered ${response.status}.`);
  return response.json();
}
