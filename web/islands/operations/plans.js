// What a plan for many instances (a move, a migration) has in common: a form with choices, a preview, a refusal.

import { post } from '../shared/http.js';

const MOST_LISTED = 1000; // rows of a preview

/** Fills a <select> with [value, text] pairs. */
export function fill(select, pairs, chosen) {
  select.replaceChildren(...pairs.map(([value, text]) => new Option(text, value, false, value === chosen)));
}

/** Shows the engine's verdict for each instance inside the form's [data-preview], the first of them to begin with. */
export async function preview(form, plan) {
  const place = form.querySelector('[data-preview]');
  place.textContent = 'Trying…';
  refuse(form);
  try {
    place.innerHTML = await post('/operations/previews', plan); // a template of the server's, which escapes what it shows
  } catch (error) {
    place.replaceChildren();
    refuse(form, error);
    return;
  }
  place.querySelector('[data-tries-all]')?.addEventListener('click', () => tryAll(form, plan).catch((error) => refuse(form, error)));
}

/** Tries all others, page by page, as long as the dialog is open. Refusals are listed, the others counted. */
async function tryAll(form, plan) {
  const shown = form.querySelector('[data-verdicts]');
  const words = shown.querySelector('[data-words]');
  const rows = shown.querySelector('tbody');
  let { tried, refused, next } = numbersOf(shown);
  shown.querySelector('[data-tries-all]').remove();
  while (next && shown.isConnected && form.closest('dialog').open) {
    const page = document.createElement('template');
    page.innerHTML = await post('/operations/previews', { ...plan, after: next });
    const more = page.content.querySelector('[data-verdicts]');
    if (!more) { // those before were all
      next = '';
      break;
    }
    const found = numbersOf(more);
    ({ next } = found);
    tried += found.tried;
    refused += found.refused;
    if (rows.rows.length < MOST_LISTED) rows.prepend(...more.querySelectorAll('[data-is-refused]'));
    words.textContent = `${refused.toLocaleString()} of ${tried.toLocaleString()} tried so far would be refused.`;
  }
  if (next) return;
  shown.querySelector('.notice').className = `notice ${refused ? 'warn' : 'ok'}`;
  words.textContent = refused ? `${refused.toLocaleString()} of ${tried.toLocaleString()} would be refused.` : `All ${tried.toLocaleString()} can be changed so.`;
}

const numbersOf = ({ dataset }) => ({ tried: Number(dataset.tried), refused: Number(dataset.refused), next: dataset.next });

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
