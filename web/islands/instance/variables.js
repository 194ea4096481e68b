// The variables that the selected element instance sees, scope by scope; edited in place.

import { toast } from '../shared/toasts.js';
import { badge, button, count, icon, make, moment } from './dom.js';
import { showMoments } from '../shared/moments.js';
import { pretty, Raw, send, whyNotJson } from '../shared/json.js';

export class Variables {
  constructor(store) {
    this.store = store;
    this.place = document.getElementById('variables');
    this.selection = document.getElementById('selection');
    this.add = document.querySelector('[data-act="add-variable"]');
    this.editors = new Map(); // by scope and name: {row, base}
    this.add.addEventListener('click', () => this.adding());
    store.on('selection', () => this.load());
    store.on('moment', () => this.forget());
    store.on('refresh', () => this.load());
  }

  forget() {
    this.editors.clear();
  }

  load() {
    this.loaded = this.read();
    return this.loaded;
  }

  async read() {
    this.describeSelection();
    const { store } = this;
    const scope = store.selected ?? store.key;
    if (this.scope !== scope) {
      this.editors.clear();
      this.most = undefined; // of each scope, as the server has it
    }
    this.scope = scope;
    if (!store.selected && store.element) {
      this.place.replaceChildren(make('p', { className: 'muted' }, 'It has not been visited, so there are no variables of its own.'));
      this.add.disabled = true;
      this.shown = null;
      return;
    }
    const asked = this.asked = Symbol(scope);
    const scopes = await store.part('variables', this.most ? { scope, shown: this.most } : { scope });
    if (this.asked !== asked) return;
    this.show(scopes);
  }

  /** Draws them, where they differ from what is there. */
  show(scopes) {
    const text = JSON.stringify([this.store.at, this.scope, scopes]);
    if (text === this.shown) return;
    this.shown = text;
    this.scopes = scopes;
    this.add.disabled = !(this.store.at === null && scopes[0]?.open);
    const shown = scopes.filter((scope, i) => scope.total || i === 0 || scope.scopeKey === this.store.key);
    const sections = shown.map((scope) => this.section(scope, shown.length > 1));
    if (this.editing()) this.patch(sections);
    else this.place.replaceChildren(...sections);
  }

  editing() {
    return [...this.editors.values()].some(({ row }) => row.isConnected);
  }

  /** New values beside rows that somebody is editing: those stay as they are. */
  patch(sections) {
    for (const section of sections) {
      for (const row of section.querySelectorAll('tr[data-name]')) {
        const editor = this.editors.get(id(row.dataset.scope, row.dataset.name));
        if (!editor?.row.isConnected) continue;
        if (row.dataset.text !== editor.base) editor.changed(row.dataset.text);
        row.replaceWith(editor.row);
      }
      const added = this.editors.get(id(section.dataset.scope, ''));
      if (added?.row.isConnected) section.querySelector('tbody').prepend(added.row);
    }
    const focused = document.activeElement;
    const selection = focused?.selectionStart;
    this.place.replaceChildren(...sections);
    if (focused?.isConnected && this.place.contains(focused)) {
      focused.focus();
      if (selection !== undefined && selection !== null) focused.setSelectionRange(selection, selection);
    }
  }

  section(scope, titled) {
    const body = make('tbody', {}, ...scope.items.map((variable) => this.row(scope, variable)));
    const table = make('table', { className: 'table variables', 'aria-label': `Variables of ${scope.name}` },
      make('thead', { className: 'visually-hidden' }, make('tr', {}, make('th', {}, 'Name'), make('th', {}, 'Value'), make('th', {}, 'Actions'))), body);
    const section = make('section', { dataset: { scope: scope.scopeKey } }, titled ? make('h3', {}, scope.name) : null, table);
    if (!scope.total) section.append(make('p', { className: 'muted' }, 'No variables of its own.'));
    if (scope.total > scope.items.length) {
      const text = `Show all (${count(scope.items.length)} of ${count(scope.total)})`;
      section.append(button(text, { className: 'small quiet', onclick: () => this.showAll() }));
    }
    return section;
  }

  showAll() {
    this.most = Math.max(...this.scopes.map((scope) => scope.total));
    return this.load();
  }

  row(scope, variable) {
    const long = variable.length > variable.text.length;
    const cell = make('td', { className: 'value' }, make('code', {}, variable.text, long ? '…' : ''));
    const acts = make('td', { className: 'acts' });
    if (long || variable.length > 80) {
      acts.append(button('', { className: 'small quiet icon-only', 'aria-label': `Show all of ${variable.name}`, onclick: () => this.open(scope, variable) }, 'eye'));
    }
    if (this.store.at === null && scope.open) {
      acts.append(button('', { className: 'small quiet icon-only', 'aria-label': `Edit ${variable.name}`, onclick: () => this.edit(row, scope, variable) }, 'pencil'));
    }
    const row = make('tr', { dataset: { scope: scope.scopeKey, name: variable.name, text: variable.text } }, make('th', { scope: 'row' }, variable.name), cell, acts);
    return row;
  }

  rowOf(scope, variable) {
    return this.place.querySelector(`tr[data-scope="${scope.scopeKey}"][data-name="${CSS.escape(variable.name)}"]`);
  }

  whole(scope, variable) {
    if (variable.length <= variable.text.length) return variable.text;
    return this.store.part('value', { scope: scope.scopeKey, name: variable.name });
  }

  async open(scope, variable) {
    const text = pretty(await this.whole(scope, variable));
    const title = make('h2', { id: 'value-title' }, variable.name);
    const dialog = make('dialog', { className: 'wide', 'aria-labelledby': 'value-title' },
      make('header', {}, title, make('button', { type: 'button', className: 'button quiet icon-only', 'data-closes': '', 'aria-label': 'Close' }, icon('x'))),
      make('p', { className: 'muted' }, `${count(variable.length)} characters`), make('pre', {}, text),
      make('div', { className: 'actions' }, button('Copy', { onclick: () => navigator.clipboard.writeText(text).then(() => toast('Copied.', 'ok')) }, 'copy')));
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  // ---- Editing ----------------------------------------------------------------------------------------------------------

  async edit(row, scope, variable) {
    const text = pretty(await this.whole(scope, variable));
    const editor = this.editor({ scope, name: variable.name, text, cancel: () => { this.editors.delete(id(scope.scopeKey, variable.name)); editor.row.replaceWith(this.row(scope, variable)); } });
    this.editors.set(id(scope.scopeKey, variable.name), { row: editor.row, base: variable.text, changed: editor.changed });
    (this.rowOf(scope, variable) ?? row).replaceWith(editor.row); // it may have been drawn anew meanwhile
    editor.input.focus();
  }

  async adding() {
    await this.loaded; // until then it is not known where
    const [scope] = this.scopes;
    if (this.editors.get(id(scope.scopeKey, ''))?.row.isConnected) return;
    const name = make('input', { 'aria-label': 'Name of the new variable', placeholder: 'name', autocomplete: 'off' });
    const editor = this.editor({ scope, name, text: '', cancel: () => { this.editors.delete(id(scope.scopeKey, '')); editor.row.remove(); } });
    this.editors.set(id(scope.scopeKey, ''), { row: editor.row, base: '', changed: editor.changed });
    this.place.querySelector('tbody').prepend(editor.row);
    name.focus();
  }

  /** A row to type a value in; `name` is a text, or the field for a name that is still to be given. */
  editor({ scope, name, text, cancel }) {
    const given = () => (typeof name === 'string' ? name : name.value.trim());
    const input = make('textarea', { value: text, rows: Math.min(12, text.split('\n').length + 1), spellcheck: false, 'aria-label': `Value${typeof name === 'string' ? ` of ${name}` : ''}` });
    const note = make('small', { className: 'error', role: 'alert' });
    const save = button('Save', { className: 'small primary' }, 'check');
    const act = async () => {
      const reason = (!given() && 'Give the variable a name.') || whyNotJson(input.value);
      note.textContent = reason;
      input.setAttribute('aria-invalid', String(Boolean(reason)));
      if (reason) return;
      save.disabled = true;
      try {
        await send('PUT', `/v2/element-instances/${scope.scopeKey}/variables`, { variables: { [given()]: new Raw(input.value) }, local: true });
        this.editors.delete(id(scope.scopeKey, typeof name === 'string' ? name : ''));
        row.remove();
        this.shown = null;
        toast(`${given()} is set.`, 'ok');
        this.store.tell('acted');
      } catch (error) {
        note.textContent = error.message;
      } finally {
        save.disabled = false;
      }
    };
    save.addEventListener('click', act);
    const keys = (event) => {
      if (event.key === 'Escape') cancel();
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) act();
    };
    const row = make('tr', { className: 'editing' }, make('th', { scope: 'row' }, name),
      make('td', { className: 'value' }, input, note), make('td', { className: 'acts' }, save, button('Cancel', { className: 'small', onclick: cancel })));
    row.addEventListener('keydown', keys);
    const changed = (now) => { note.textContent = `It has been changed meanwhile, to ${now.slice(0, 80)}. Saving overwrites that.`; };
    return { row, input, changed };
  }

  // ---- What is selected ----------------------------------------------------------------------------------------------

  describeSelection() {
    const { store } = this;
    const visit = store.chain.at(-1);
    this.selection.hidden = !store.element && !visit;
    if (this.selection.hidden) return;
    const title = make('strong', {}, visit?.name ?? store.element);
    const back = button('', { className: 'small quiet icon-only', 'aria-label': 'Select the process', onclick: () => store.select(null) }, 'x');
    if (!visit) {
      this.selection.replaceChildren(title, make('span', { className: 'muted' }, ' not visited'), back);
      return;
    }
    this.selection.replaceChildren(title, badge(visit.incident ? 'INCIDENT' : visit.state), make('span', { className: 'muted mono' }, visit.key),
      make('span', { className: 'muted' }, 'from ', moment(visit.startedAt), ...(visit.endedAt ? [' to ', moment(visit.endedAt)] : [])), this.others(visit), back);
    showMoments(this.selection);
  }

  /** Where the element has been visited more than once: which visit. */
  others(visit) {
    const { visits } = this.store;
    if (!visits || visits.total < 2) return '';
    const choice = make('select', { 'aria-label': 'Which visit', onchange: () => this.choose(choice.value, visits) },
      ...visits.items.map((each, i) => make('option', { value: each.key, selected: each.key === visit.key },
        `${visits.total - i} of ${visits.total}${each.loopCounter ? ` #${each.loopCounter}` : ''}, ${(each.incident ? 'incident' : each.state).toLowerCase()}`)));
    const others = visits.total - visits.items.length;
    if (others) choice.append(make('option', { disabled: true }, `${count(others)} more: see “Elements”`));
    return choice;
  }

  async choose(key, visits) {
    await this.store.select(key);
    this.store.visits = visits;
    this.describeSelection();
  }
}

const id = (scope, name) => `${scope} ${name}`;
