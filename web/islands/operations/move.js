// Tokens of many instances moved from one element to another.

import { toast } from '../shared/toasts.js';
import { begin } from './batches.js';
import { definitionOf, elementsOf, fill, onSubmit, preview, refuse } from './plans.js';

/** Opens the dialog for the instances of a scope (see selection.js). */
export async function openMove(list, scope) {
  const definition = definitionOf(list);
  if (!definition) {
    toast('Tokens are moved within one version of one process: select instances of one, or filter by it.', 'warn');
    return;
  }
  const dialog = document.getElementById('move-dialog');
  const form = dialog.querySelector('form');
  const elements = await elementsOf(definition).catch((error) => toast(error.message, 'bad'));
  if (!elements) return;
  const names = elements.map(({ id, name }) => [id, name === id ? id : `${name} (${id})`]);
  fill(form.elements.from, names, new URLSearchParams(location.search).get('element') ?? undefined);
  fill(form.elements.to, names);
  form.querySelector('[data-scope]').textContent = `In ${scope.words}.`;
  form.querySelector('[data-preview]').replaceChildren();
  refuse(form);
  const moves = () => [[form.elements.from.value, form.elements.to.value]];
  form.querySelector('[data-previews]').onclick = () => preview(form, { type: 'modify', filter: scope.filter, moves: moves() });
  onSubmit(form, () => begin('modification', {
    filter: scope.filter,
    moveInstructions: moves().map(([sourceElementId, targetElementId]) => ({ sourceElementId, targetElementId })),
  }));
  dialog.showModal();
}
