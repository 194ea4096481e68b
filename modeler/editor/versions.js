// The former states of a model: those that were kept, and those that are deployed.

import { asked } from '../../web/islands/shared/asking.js';
import { confirmed } from '../../web/islands/shared/dialogs.js';
import { del, get, post } from '../../web/islands/shared/http.js';
import { showMoments } from '../../web/islands/shared/moments.js';
import { toast } from '../../web/islands/shared/toasts.js';
import { button, element, icon, moment } from './dom.js';

export async function openVersions(model, revision) {
  const dialog = document.getElementById('versions-dialog');
  await new Versions(dialog, document.getElementById('versions'), model, revision).render();
  if (!dialog.open) dialog.showModal();
}

class Versions {
  constructor(dialog, place, model, revision) {
    Object.assign(this, { dialog, place, model, revision });
  }

  async render() {
    const { kept, deployed } = await get(`/modeler/${this.model.key}/versions`);
    const keep = this.model.mayEdit && button('Keep this state…', () => this.#told(() => this.#keep()), { className: 'button primary', picture: 'save' });
    this.place.replaceChildren(
      element('div', { className: 'actions versions-head' }, element('p', { className: 'muted' }, 'The draft is saved as you type. Keep a state under a name to come back to it.'), keep || null),
      element('h3', {}, 'Kept'),
      kept.length ? this.#table(kept.map((each) => this.#keptRow(each))) : element('p', { className: 'muted' }, 'None yet.'),
      element('h3', {}, 'Deployed'),
      deployed.length ? this.#table(deployed.map((each) => this.#deployedRow(each))) : element('p', { className: 'muted' }, 'Not deployed yet.'),
    );
    showMoments(this.place);
  }

  #table(rows) {
    return element('div', { className: 'table-wrap' }, element('table', { className: 'table' }, element('tbody', {}, rows)));
  }

  #keptRow(version) {
    const title = `Version ${version.number}: ${version.name}`;
    const remove = this.model.mayEdit && button('', () => this.#told(() => this.#remove(version)), { className: 'button quiet small icon-only', picture: 'trash-2', title: 'Delete', 'aria-label': `Delete ${title}` });
    return this.#row(title, element('span', {}, `${version.createdBy} `, moment(version.createdAt)), version.state, title, remove);
  }

  #deployedRow(version) {
    const title = `Version ${version.version} of ${version.id}`;
    const same = version.isDraft ? element('span', { className: 'badge ok' }, icon('check'), 'As the draft') : null;
    return this.#row(title, element('span', {}, moment(version.deployedAt), ' ', same), version.state, `deployed ${title.toLowerCase()}`);
  }

  #row(title, about, state, name, ...more) {
    const at = `/modeler/${this.model.key}`;
    const actions = [
      element('a', { className: 'button small', href: `${at}/compare?old=${state}&new=draft`, 'aria-label': `Compare ${name} with the draft` }, icon('git-compare'), 'Compare'),
      this.model.mayEdit && button('Restore', () => this.#told(() => this.#restore(state, title)), { className: 'button small', picture: 'rotate-ccw', 'aria-label': `Restore ${name}` }),
      element('a', { className: 'button quiet small icon-only', href: `${at}/file?state=${state}`, download: '', title: 'Download', 'aria-label': `Download ${name}` }, icon('download')),
      ...more,
    ];
    return element('tr', {}, element('th', { scope: 'row' }, title), element('td', {}, about), element('td', { className: 'row-actions' }, actions.filter(Boolean)));
  }

  async #told(work) {
    try {
      await work();
    } catch (error) {
      toast(error.message, 'bad');
    }
  }

  async #keep() {
    const name = await asked('Keep this state', { label: 'Name', action: 'Keep' });
    if (name === null) return;
    await post(`/modeler/${this.model.key}/versions`, { revision: this.revision, name });
    await this.render();
  }

  async #remove({ number, name }) {
    if (!(await confirmed(`Delete version ${number}, “${name}”? The draft stays as it is.`, { action: 'Delete', danger: true }))) return;
    await del(`/modeler/${this.model.key}/versions/${number}`);
    await this.render();
  }

  /** The draft is kept as a version first, so that restoring can be taken back. */
  async #restore(state, title) {
    if (!(await confirmed(`Make “${title}” the draft? The draft as it is now is kept as a version.`, { action: 'Restore' }))) return;
    await post(`/modeler/${this.model.key}/versions`, { revision: this.revision, name: `Before “${title}” was restored`.slice(0, 200) });
    const draft = await post(`/modeler/${this.model.key}/restoration`, { revision: this.revision, state });
    await this.model.load(draft);
    this.dialog.close();
    toast(`“${title}” is the draft now.`, 'ok');
  }
}
