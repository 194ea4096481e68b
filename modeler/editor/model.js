// One open model: its tab and pane, its editor, its saving, and the copy that outlives a crash.

import { get, patch, post } from '../../web/islands/shared/http.js';
import { ago } from '../../web/islands/shared/moments.js';
import { toast } from '../../web/islands/shared/toasts.js';
import { element, icon } from './dom.js';
import { closeNotice, notice } from './notices.js';
import { forget, recall } from './recovery.js';
import { Saver } from './saving.js';

const EDITORS = {
  bpmn: () => import('./diagram.js'),
  dmn: () => import('../decisions/index.js'),
  form: () => import('../forms/index.js'),
  template: () => import('./template.js'),
};
const STYLES = { dmn: 'decisions', form: 'forms' };
export const ICONS = { bpmn: 'workflow', dmn: 'table-2', form: 'clipboard-list', template: 'settings' };

export class Model {
  /** `document` is as the server gives it (see web/models/editing.py); `on` are handlers of the workbench, `offers` what it has for diagrams. */
  constructor(document, { mayEdit, styles, on, offers }) {
    Object.assign(this, { mayEdit, styles, on, offers, ...document });
    this.problems = [];
    this.editor = null;
    this.loading = Promise.all([EDITORS[this.kind](), STYLES[this.kind] && loadStyle(this.styles[STYLES[this.kind]])]);
    this.pane = element('div', { className: `modeler-pane kind-${this.kind}`, role: 'tabpanel', id: `pane-${this.key}`, 'aria-labelledby': `tab-${this.key}` });
    this.saver = new Saver({
      key: this.key,
      revision: this.revision,
      read: () => this.editor.content(),
      onState: () => this.#saverChanged(),
    });
  }

  /** Loads the editor and shows the draft; then offers what a crash has left. */
  async open() {
    const [{ open }] = await this.loading;
    this.editor = await open(this.pane, {
      content: this.content,
      mayEdit: this.mayEdit,
      onChange: () => this.#changed(),
      ...(await this.offers),
      onOpen: this.on.openReference,
      onPressed: this.on.pressed,
      onView: () => this.on.viewed(this),
    });
    if (this.mayEdit) await this.#offerCopy();
  }

  /** The text as it is now, saved or not. */
  text() {
    return this.editor.content();
  }

  /** What is typed into the panel counts from when its field is left; then everything is saved. */
  async flush() {
    if (this.pane.contains(document.activeElement)) document.activeElement.blur();
    return this.mayEdit ? this.saver.flush() : this.saver.revision;
  }

  /** Shows another draft, which is that of the server at `revision`. */
  async load({ content, revision }) {
    this.content = content;
    await this.editor.replace(content);
    await this.saver.rebase(revision, { clean: true });
    closeNotice(`conflict-${this.key}`);
    this.on.changed(this);
  }

  close() {
    this.saver.stop();
    this.editor?.destroy();
    this.pane.remove();
  }

  #changed() {
    if (!this.mayEdit) return;
    this.saver.changed();
    this.on.changed(this);
  }

  #saverChanged() {
    this.on.saving(this);
    if (this.saver.state === 'conflict' && !this.pane.dataset.conflict) this.#tellConflict();
  }

  // ---- Somebody else has saved ----------------------------------------------------------------------------------------

  #tellConflict() {
    const { changedBy } = this.saver.reason.problem;
    this.pane.dataset.conflict = 'true';
    const text = `${changedBy} has saved “${this.name}” since you opened it. Nothing was overwritten, and what you typed is kept in this browser.`;
    const done = (work) => async () => {
      try {
        await work();
      } catch (error) {
        toast(error.message, 'bad');
        return false;
      }
      delete this.pane.dataset.conflict;
      return true;
    };
    notice(`conflict-${this.key}`, text, [
      ['Keep mine as a new model', done(() => this.#saveAsCopy())],
      [`Take ${changedBy}’s`, done(async () => this.load(await get(`/modeler/${this.key}/draft`)))],
      ['Overwrite with mine', done(() => this.#overwrite())],
    ], 'bad');
  }

  async #saveAsCopy() {
    const content = await this.text();
    const url = `/modeler/files?name=${encodeURIComponent(this.fileName)}`;
    const copy = await post(url, content, { type: 'application/octet-stream' });
    await patch(`/modeler/${copy.key}`, { name: `${this.name} (mine)` });
    await this.saver.rebase(this.saver.revision, { clean: true });
    location.assign(`/modeler/${copy.key}`);
  }

  /** First kept as a version, so that nothing is lost. */
  async #overwrite() {
    const { revision, changedBy } = await get(`/modeler/${this.key}/draft`);
    this.saver.revision = revision;
    await this.#keep(`Of ${changedBy}, before it was overwritten`);
    await this.saver.rebase(revision, { clean: false });
  }

  #keep(name) {
    return post(`/modeler/${this.key}/versions`, { revision: this.saver.revision, name });
  }

  // ---- A copy that a crash has left -----------------------------------------------------------------------------------

  async #offerCopy() {
    const copy = await recall(this.key);
    if (!copy) return;
    if (copy.content === this.content) {
      await forget(this.key);
      return;
    }
    const since = copy.revision === this.saver.revision ? '' : ` Meanwhile ${this.changedBy} has saved it.`;
    const text = `This browser has changes to “${this.name}” from ${ago(new Date(copy.at))} that were not saved.${since}`;
    notice(`recovery-${this.key}`, text, [
      ['Restore them', async () => {
        if (since) await this.#keep(`Of ${this.changedBy}, before changes were restored`);
        await this.editor.replace(copy.content);
        this.#changed();
      }],
      ['Discard them', () => forget(this.key)],
    ]);
  }
}

/** Resolves when a style sheet is there; the second time at once. */
function loadStyle(url) {
  if (document.querySelector(`link[href="${url}"]`)) return Promise.resolve();
  const link = element('link', { rel: 'stylesheet', href: url });
  document.head.append(link);
  return new Promise((resolve, reject) => {
    link.addEventListener('load', resolve);
    link.addEventListener('error', () => reject(new Error('The style sheet of this editor cannot be loaded.')));
  });
}

/** The tab's content: icon, name, and a mark while something is not saved. */
export function tabLabel(model) {
  const dirty = model.saver.isClean ? null : element('span', { className: 'dirty', title: 'Not saved yet', role: 'img', 'aria-label': 'Not saved yet' }, '●');
  return [icon(ICONS[model.kind]), element('span', {}, model.name), dirty].filter(Boolean);
}
