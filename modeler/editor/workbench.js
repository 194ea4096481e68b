// The tabs, which model is in front, and what the toolbar does to it. Which models are open stands in the address.

import { confirmed } from '../../web/islands/shared/dialogs.js';
import { asked } from '../../web/islands/shared/asking.js';
import { csrfToken, get, patch, post } from '../../web/islands/shared/http.js';
import { importFiles, installFileDrop } from '../../web/islands/shared/importing.js';
import { typing } from '../../web/islands/shared/shortcuts.js';
import { toast } from '../../web/islands/shared/toasts.js';
import { openDeployDialog } from './deploying.js';
import { button, element, icon } from './dom.js';
import { asPng, download, print } from './exporting.js';
import { Model, tabLabel } from './model.js';
import { notice } from './notices.js';
import { Problems } from './problems.js';
import { showShortcuts } from './shortcuts.js';
import { openVersions } from './versions.js';

const STATES = {
  saved: ['check', 'Saved'],
  dirty: ['pencil', 'Not saved yet'],
  saving: ['save', 'Saving…'],
  failed: ['triangle-alert', 'Not saved: the server cannot be reached. It is tried again.'],
  refused: ['circle-alert', 'Not saved'],
  conflict: ['circle-alert', 'Not saved: somebody else has changed it'],
};
// Commands that not every editor has, and its method for them.
const METHODS = { 'undo': 'undo', 'redo': 'redo', 'find': 'find', 'zoom-in': 'zoom', 'zoom-out': 'zoom', 'zoom-fit': 'zoom', 'minimap': 'minimap', 'simulate': 'simulate' };
const TYPES = { bpmn: 'application/xml', dmn: 'application/xml', form: 'application/json', template: 'application/json' };

export class Workbench {
  constructor({ document: first, mayEdit, styles }) {
    Object.assign(this, { first, mayEdit, styles });
    this.models = new Map();
    this.front = null;
    this.problems = new Problems();
    this.tabs = document.getElementById('tabs');
    this.panes = document.getElementById('panes');
    this.state = document.getElementById('save-state');
  }

  async start() {
    this.#listen();
    const address = new URLSearchParams(location.search);
    const others = (address.get('open') ?? '').split(',').filter((key) => key && key !== this.first.key);
    try {
      await this.#add(this.first);
      for (const key of others) await this.openModel(key, { front: false });
      if (this.models.has(address.get('tab'))) this.bringToFront(this.models.get(address.get('tab')));
    } catch (error) {
      notice('open', `The model cannot be shown: ${error.message}`, [], 'bad');
    }
    document.body.dataset.ready = 'true';
  }

  // ---- Models ---------------------------------------------------------------------------------------------------------

  /** Opens a model in a tab, or brings it to the front where it is open. */
  async openModel(key, { front = true } = {}) {
    if (!this.models.has(key)) await this.#add(await get(`/modeler/${key}/draft`), front);
    else if (front) this.bringToFront(this.models.get(key));
  }

  async #add(document, front = true) {
    const model = new Model(document, {
      mayEdit: this.mayEdit,
      styles: this.styles,
      on: {
        changed: (each) => this.problems.changed(each),
        saving: (each) => this.#savingChanged(each),
        openReference: (...reference) => this.#openReference(...reference),
        pressed: (command, active) => this.#showPressed(command, active),
        viewed: (each) => each === this.front && this.#offerCommands(each),
      },
      offers: document.kind === 'bpmn' && this.mayEdit ? get('/modeler/offers.json') : {},
    });
    this.models.set(model.key, model);
    this.panes.append(model.pane);
    if (front || !this.front) this.bringToFront(model);
    await model.open();
    if (model === this.front) this.#offerCommands(model);
    requestAnimationFrame(() => this.problems.check(model).catch((error) => toast(error.message, 'bad')));
  }

  /** Each file becomes a model in a tab of its own. */
  async #importAll(files) {
    for (const { key } of await importFiles(files)) await this.openModel(key);
  }

  bringToFront(model) {
    this.front = model;
    for (const each of this.models.values()) each.pane.classList.toggle('in-front', each === model);
    this.problems.show(model);
    this.#renderTabs();
    this.#showState(model);
    document.getElementById('model-name').textContent = model.name;
    this.#offerCommands(model);
    this.#writeAddress();
  }

  /** Only what the editor in front can do. */
  #offerCommands({ kind, editor }) {
    for (const control of document.querySelectorAll('[data-only]')) control.hidden = !control.dataset.only.split(' ').includes(kind);
    for (const [command, method] of Object.entries(METHODS)) {
      const control = document.querySelector(`[data-command="${command}"]`);
      if (control) control.hidden = !editor?.[method];
    }
  }

  async #close(model) {
    await model.flush();
    model.close();
    this.models.delete(model.key);
    if (this.front === model) this.bringToFront([...this.models.values()].at(-1));
    else this.#renderTabs();
    this.#writeAddress();
  }

  #writeAddress() {
    const others = [...this.models.keys()].filter((key) => key !== this.first.key);
    const address = new URL(location.href);
    const set = (name, value) => (value ? address.searchParams.set(name, value) : address.searchParams.delete(name));
    set('open', others.join(','));
    set('tab', this.front.key === this.first.key ? '' : this.front.key);
    history.replaceState(null, '', address);
  }

  /** What a task refers to: the library's model, or a new one where there is none. */
  async #openReference(kind, id, name, refer) {
    try {
      const found = id ? await get(`/modeler/declaring/${kind}?id=${encodeURIComponent(id)}`) : [];
      if (found.length) {
        await this.openModel(found[0].key);
        await this.front.editor.jump?.(id);
        return;
      }
      const words = { form: 'form', dmn: 'decision', bpmn: 'process' };
      const title = id ? `The library has no ${words[kind]} “${id}”. Create it?` : `New ${words[kind]}`;
      const wanted = await asked(title, { label: 'Name', value: name || id, action: 'Create' });
      if (wanted === null) return;
      const made = await post('/modeler/models', { kind, name: wanted, id });
      if (!id) refer(made.id);
      await this.openModel(made.key);
    } catch (error) {
      toast(error.message, 'bad');
    }
  }

  // ---- Tabs and state ---------------------------------------------------------------------------------------------------

  #renderTabs() {
    this.tabs.hidden = this.models.size < 2;
    this.tabs.replaceChildren(...[...this.models.values()].map((model) => {
      const selected = model === this.front;
      const tab = element('button', {
        type: 'button', role: 'tab', id: `tab-${model.key}`, className: 'tab', tabIndex: selected ? 0 : -1,
        'aria-selected': String(selected), 'aria-controls': model.pane.id, onclick: () => this.bringToFront(model),
      }, tabLabel(model));
      const close = model.key === this.first.key ? null : button('', () => this.#close(model).catch((error) => toast(error.message, 'bad')), {
        className: 'button quiet small icon-only tab-close', picture: 'x', 'aria-label': `Close ${model.name}`,
      });
      return element('span', { className: 'tab-holder', role: 'presentation' }, tab, close);
    }));
  }

  #savingChanged(model) {
    if (model === this.front) this.#showState(model);
    const tab = document.getElementById(`tab-${model.key}`);
    if (tab && Boolean(tab.querySelector('.dirty')) === model.saver.isClean) this.#renderTabs();
  }

  #showState(model) {
    if (!this.mayEdit) return;
    const [picture, text] = STATES[model.saver.state];
    const detail = model.saver.state === 'refused' ? `${text}: ${model.saver.reason.message}` : text;
    this.state.replaceChildren(icon(picture), element('span', {}, detail));
    this.state.className = `save-state ${model.saver.state}`;
  }

  get #isDirty() {
    return [...this.models.values()].some((model) => !model.saver.isClean);
  }

  // ---- The toolbar ------------------------------------------------------------------------------------------------------

  #listen() {
    document.addEventListener('click', (event) => {
      const control = event.target.closest('[data-command]');
      if (!control) return;
      document.getElementById('export-menu').open = false;
      this.#run(control.dataset.command);
    });
    document.addEventListener('keydown', (event) => this.#key(event), { capture: true }); // before the editor's own keys
    this.tabs.addEventListener('keydown', (event) => this.#tabKey(event));
    const hint = document.getElementById('drop-hint');
    if (hint) installFileDrop(hint, (files) => this.#importAll(files).catch((error) => toast(error.message, 'bad')));
    window.addEventListener('beforeunload', (event) => {
      if (this.#isDirty) event.preventDefault();
    });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') this.#flushAll();
    });
  }

  /** What fails is told by the state of saving. */
  #flushAll() {
    for (const model of this.models.values()) if (!model.saver.isClean) model.saver.flush().catch(() => {});
  }

  #key(event) {
    if (document.querySelector('dialog[open]')) return;
    const isTyping = typing(event.target);
    if (event.key === '?' && !isTyping) showShortcuts(this.front.kind);
    if (!(event.ctrlKey || event.metaKey)) return;
    if (event.key === 'f' && this.front?.editor?.find && !isTyping) {
      event.preventDefault();
      event.stopPropagation();
      this.front.editor.find();
    }
    if (event.key === 's') {
      event.preventDefault();
      this.front.flush().catch((error) => toast(error.message, 'bad'));
    }
  }

  #tabKey({ key }) {
    const models = [...this.models.values()];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    this.bringToFront(models[(models.indexOf(this.front) + step + models.length) % models.length]);
    document.getElementById(`tab-${this.front.key}`).focus();
  }

  async #run(name) {
    try {
      await this.#commands[name](this.front);
    } catch (error) {
      toast(error.message, 'bad');
    }
  }

  #commands = {
    'rename': (model) => this.#rename(model),
    'undo': ({ editor }) => editor.undo?.(),
    'redo': ({ editor }) => editor.redo?.(),
    'find': ({ editor }) => editor.find?.(),
    'zoom-in': ({ editor }) => editor.zoom?.('in'),
    'zoom-out': ({ editor }) => editor.zoom?.('out'),
    'zoom-fit': ({ editor }) => editor.zoom?.('fit'),
    'minimap': ({ editor }) => editor.minimap(),
    'simulate': ({ editor }) => editor.simulate(),
    'shortcuts': ({ kind }) => showShortcuts(kind),
    'export-file': async (model) => download(model.fileName, await model.text(), TYPES[model.kind]),
    'export-svg': async (model) => download(`${model.name}.svg`, await model.editor.svg(), 'image/svg+xml'),
    'export-png': async (model) => download(`${model.name}.png`, await asPng(await model.editor.svg()), 'image/png'),
    'print': async (model) => print(await model.editor.svg(), model.name),
    'versions': async (model) => openVersions(model, await model.flush()),
    'deploy': (model) => this.#deploy(model),
    'play': (model) => this.#play(model),
  };

  /** A command that stays on until it is given again. */
  #showPressed(command, active) {
    document.querySelector(`[data-command="${command}"]`)?.setAttribute('aria-pressed', String(active));
  }

  async #rename(model) {
    const wanted = await asked('Rename the model', { label: 'Name', value: model.name, action: 'Rename' });
    if (wanted === null || wanted === model.name) return;
    model.name = (await patch(`/modeler/${model.key}`, { name: wanted })).name;
    document.title = `${model.name} · Pointsman`;
    document.getElementById('model-name').textContent = model.name;
    this.#renderTabs();
  }

  async #deploy(model) {
    for (const each of this.models.values()) await each.flush();
    await openDeployDialog(model, { styles: this.styles, jump: (problem) => this.#jump(model, problem) });
  }

  #jump(model, problem) {
    this.bringToFront(model);
    this.problems.expand(true);
    model.editor.jump?.(problem.elementId);
  }

  /** The sandbox opens on the draft as it is. */
  async #play(model) {
    await model.flush();
    const errors = model.problems.filter(({ source, kind }) => source === 'engine' && kind === 'error');
    if (errors.length && !(await confirmed('The engine refuses this model as it is. See the problems first?', { action: 'Play anyway' }))) {
      this.problems.expand(true);
      return;
    }
    const fields = { model: model.key, csrf_token: csrfToken() };
    const inputs = Object.entries(fields).map(([name, value]) => element('input', { type: 'hidden', name, value }));
    const form = element('form', { method: 'post', action: '/play' }, inputs);
    document.body.append(form);
    form.submit();
  }
}
