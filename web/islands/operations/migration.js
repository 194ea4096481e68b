// Many instances migrated to another version or process: a proposed mapping to mend, a preview, then the batch.

import { post } from '../shared/http.js';
import { toast } from '../shared/toasts.js';
import { begin } from './batches.js';
import { definitionOf, elementsOf, fill, onSubmit, preview, refuse } from './plans.js';

/** Opens the dialog for the instances of a scope (see selection.js). */
export async function openMigration(list, scope) {
  const source = definitionOf(list);
  if (!source) {
    toast('Instances are migrated from one version of one process: select instances of one, or filter by it.', 'warn');
    return;
  }
  const dialog = document.getElementById('migrate-dialog');
  const form = dialog.querySelector('form');
  const targets = await targetsOf(source).catch((error) => toast(error.message, 'bad'));
  if (!targets) return;
  if (!targets.length) {
    toast('There is no other version or process to migrate to; deploy one first.', 'warn');
    return;
  }
  fill(form.elements.target, targets);
  form.querySelector('[data-scope]').textContent = `${scope.words[0].toUpperCase()}${scope.words.slice(1)}.`;
  form.elements.target.onchange = () => propose(form, source);
  await propose(form, source);
  const plan = () => ({ target: form.elements.target.value, mapping: mappingIn(form) });
  form.querySelector('[data-previews]').onclick = () => preview(form, { type: 'migrate', filter: scope.filter, ...plan() });
  onSubmit(form, () => {
    const { target, mapping } = plan();
    const mappingInstructions = Object.entries(mapping).map(([sourceElementId, targetElementId]) => ({ sourceElementId, targetElementId }));
    return begin('migration', { filter: scope.filter, migrationPlan: { targetProcessDefinitionKey: target, mappingInstructions } });
  });
  dialog.showModal();
}

/** Where instances may go: [key, text]; other versions of the same process first, newest first. */
async function targetsOf(source) {
  const sort = [{ field: 'processDefinitionId' }, { field: 'version', order: 'DESC' }];
  const { items } = await post('/v2/process-definitions/search', { sort, page: { limit: 1000 } });
  const own = items.find((each) => each.processDefinitionKey === source)?.processDefinitionId;
  const others = items.filter((each) => each.processDefinitionKey !== source);
  const same = (each) => each.processDefinitionId === own;
  return [...others.filter(same), ...others.filter((each) => !same(each))].map((each) => [
    each.processDefinitionKey,
    `${each.name ?? each.processDefinitionId}, version ${each.version}`,
  ]);
}

/**
 * Writes the mapping that the engine proposes to the chosen target: a choice for each element of the source. What comes,
 * or fails, once another one is chosen is about nothing any more.
 */
async function propose(form, source) {
  const target = form.elements.target.value;
  refuse(form);
  form.querySelector('[data-preview]').replaceChildren();
  form.querySelector('[data-mapping]').replaceChildren(); // nothing can be chosen that the proposal would replace
  try {
    const found = await Promise.all([
      post(`/v2/process-definitions/${source}/migration-plan`, { targetProcessDefinitionKey: target }),
      elementsOf(source),
      elementsOf(target),
    ]);
    if (target === form.elements.target.value) showMapping(form, ...found);
  } catch (error) {
    if (target === form.elements.target.value) refuse(form, error);
  }
}

function showMapping(form, plan, from, to) {
  const proposed = new Map(plan.mappingInstructions.map((each) => [each.sourceElementId, each.targetElementId]));
  const rows = from.map((element) => mappingRow(element, to, proposed.get(element.id)));
  const open = from.filter((element) => !proposed.has(element.id)).length;
  form.querySelector('[data-mapping]').replaceChildren(heading(open), table(rows));
}

function heading(open) {
  const made = document.createElement('p');
  made.className = 'muted';
  made.textContent = open
    ? `${open} element${open === 1 ? ' has' : 's have'} no obvious counterpart; it matters only where an instance is there now.`
    : 'Every element has its counterpart.';
  return made;
}

function table(rows) {
  const made = document.createElement('table');
  made.className = 'table';
  const head = made.createTHead().insertRow();
  for (const title of ['Element', 'becomes']) {
    head.append(Object.assign(document.createElement('th'), { scope: 'col', textContent: title }));
  }
  made.createTBody().append(...rows);
  const wrap = document.createElement('div');
  wrap.className = 'table-wrap mapping';
  wrap.append(made);
  return wrap;
}

function mappingRow(element, targets, chosen) {
  const row = document.createElement('tr');
  const select = document.createElement('select');
  select.dataset.source = element.id;
  select.setAttribute('aria-label', `${element.name} becomes`);
  fill(select, [['', 'nothing'], ...targets.map(({ id, name }) => [id, name === id ? id : `${name} (${id})`])], chosen ?? '');
  row.insertCell().textContent = element.name;
  row.insertCell().append(select);
  return row;
}

function mappingIn(form) {
  const chosen = [...form.querySelectorAll('[data-source]')].filter((select) => select.value);
  return Object.fromEntries(chosen.map((select) => [select.dataset.source, select.value]));
}
