// The library of models: files dropped anywhere are imported; rename and delete.

import './models/models.css';
import { confirmed } from './shared/dialogs.js';
import htmx from './shared/htmx.js';
import { patch, request } from './shared/http.js';
import { importFiles, installFileDrop } from './shared/importing.js';
import { subscribe } from './shared/live.js';
import { toast } from './shared/toasts.js';
import { asked } from './shared/asking.js';

const list = () => document.getElementById('models');
const mayEdit = list().dataset.mayEdit === 'true';

if (mayEdit) {
  installImport();
  document.addEventListener('click', (event) => {
    const action = event.target.closest('#models [data-action]');
    if (!action) return;
    const { model, name } = action.closest('[data-model]').dataset;
    (action.dataset.action === 'rename' ? rename : remove)(model, name).catch((error) => toast(error.message, 'bad'));
  });
  subscribe(['models'], refresh);
}

/** The list as it is now, with what is looked for in the address. */
function refresh() {
  return htmx.ajax('GET', location.pathname + location.search, { target: '#models', select: '#models', swap: 'outerHTML' });
}

async function rename(key, name) {
  const wanted = await asked('Rename the model', { label: 'Name', value: name, action: 'Rename' });
  if (wanted === null || wanted === name) return;
  await patch(`/modeler/${key}`, { name: wanted });
  await refresh();
}

async function remove(key, name) {
  const question = `Delete “${name}” with all its versions? What is deployed of it goes on running.`;
  if (!(await confirmed(question, { action: 'Delete', danger: true }))) return;
  await request('POST', `/modeler/${key}/deletion`, undefined);
  await refresh();
}

// ---- Import -----------------------------------------------------------------------------------------------------------

function installImport() {
  const input = document.getElementById('files');
  input.addEventListener('change', () => importAll([...input.files]).finally(() => { input.value = ''; }));
  installFileDrop(document.getElementById('drop-hint'), importAll);
}

/** A single file is opened at once. */
async function importAll(files) {
  const imported = await importFiles(files);
  if (imported.length === 1 && files.length === 1) {
    location.assign(`/modeler/${imported[0].key}`);
  } else if (imported.length) {
    toast(`${imported.length} of ${files.length} files imported.`, 'ok');
    await refresh();
  }
}
