// Modification: moves of tokens are collected as a plan, which the engine previews; nothing happens before it is applied.

import { toast } from '../shared/toasts.js';
import { button, icon, make } from './dom.js';
import { rawObject, send, whyNotObject } from '../shared/json.js';

const KINDS = [['move', 'Move a token'], ['add', 'Add a token'], ['remove', 'Remove a token']];

export class Modification {
  constructor(store, diagram) {
    this.store = store;
    this.diagram = diagram;
    this.panel = document.getElementById('modification');
    this.plan = [];
    this.hint = make('div', { className: 'modify-hint' });
    store.on('state', () => this.look());
    store.on('selection', () => this.suggest());
  }

  get active() {
    return !this.panel.hidden;
  }

  /** Begins, or ends without doing anything. By keyboard the form comes into view; by mouse the diagram stays there. */
  async toggle(byKeyboard) {
    if (this.active) {
      this.end();
      return '';
    }
    this.nodes = await this.store.nodes();
    this.named = new Map(this.nodes.map((node) => [node.id, node]));
    this.plan = [];
    this.build();
    this.panel.hidden = false;
    this.diagram.container.parentElement.append(this.hint);
    document.querySelector('[data-act="modify"]').setAttribute('aria-pressed', 'true');
    this.diagram.movable((id) => Boolean(this.named.get(id)?.enters), (source, target) => this.put({ kind: 'move', source, target }));
    this.suggest();
    this.kind.focus({ preventScroll: !byKeyboard });
    if (byKeyboard) this.panel.scrollIntoView({ block: 'nearest' });
    return '';
  }

  end() {
    this.panel.hidden = true;
    this.hint.remove();
    this.panel.replaceChildren();
    this.plan = [];
    document.querySelector('[data-act="modify"]').setAttribute('aria-pressed', 'false');
    this.diagram.movable();
    this.diagram.planned([]);
  }

  name(id) {
    return this.named.get(id)?.name ?? id;
  }

  // ---- The form -------------------------------------------------------------------------------------------------------

  build() {
    this.kind = choice('modify-kind', KINDS);
    this.source = choice('modify-source');
    this.target = choice('modify-target', this.nodes.filter((node) => node.enters && !node.id.includes('#')).map((node) => [node.id, node.name === node.id ? node.id : `${node.name} (${node.id})`]));
    this.scope = choice('modify-scope');
    this.variables = make('textarea', { id: 'modify-variables', rows: 2, spellcheck: false, placeholder: '{"name": value}' });
    this.local = make('input', { type: 'checkbox', id: 'modify-local' });
    this.note = make('small', { className: 'error', role: 'alert' });
    this.fields = {
      source: field('From', this.source), target: field('To', this.target), scope: field('Into which scope', this.scope),
      variables: make('div', { className: 'field' }, make('label', { for: 'modify-variables' }, 'With variables'), this.variables,
        make('label', { className: 'check' }, this.local, 'Only in the element, not in the process')),
    };
    this.list = make('ol', { className: 'plan', 'aria-label': 'The plan' });
    this.preview = make('div', { className: 'preview', 'aria-live': 'polite' });
    this.applying = button('Apply', { className: 'primary', disabled: true, onclick: () => this.apply() }, 'check');
    const form = make('form', { onsubmit: (event) => { event.preventDefault(); this.add(); } },
      make('div', { className: 'fields' }, field('What', this.kind), this.fields.source, this.fields.target, this.fields.scope, this.fields.variables),
      this.note, make('div', { className: 'actions' }, button('Add to the plan', { type: 'submit' }, 'plus')));
    this.panel.replaceChildren(
      make('header', {}, make('h2', {}, 'Modify this instance'), make('div', { className: 'actions' }, button('Discard', { onclick: () => this.end() }), this.applying)),
      make('p', { className: 'muted' }, 'Drag a token on the diagram to where it shall be, or choose here. Nothing happens before you apply the plan.'),
      make('div', { className: 'modification-parts' }, form, make('div', {}, make('h3', {}, 'Plan'), this.list, this.preview)),
    );
    this.kind.addEventListener('change', () => this.shape());
    this.target.addEventListener('change', () => this.shape());
    this.look();
    this.shape();
    this.draw();
  }

  /** What stands on the diagram is what can be moved. */
  look() {
    if (!this.active && !this.source) return;
    if (!this.source) return;
    const chosen = this.source.value;
    const living = this.store.state.elements.filter((count) => count.active + count.incidents);
    const options = living.map((count) => [count.elementId, `${this.name(count.elementId)} (${count.active + count.incidents} active)`]);
    const visit = this.store.chain.at(-1);
    if (visit && visit.state === 'ACTIVE') options.push([`#${visit.key}`, `${visit.name} ${visit.key} (only this one)`]);
    this.source.replaceChildren(...options.map(([value, text]) => make('option', { value }, text)));
    if (options.some(([value]) => value === chosen)) this.source.value = chosen;
    if (this.active && this.plan.length) this.check();
  }

  suggest() {
    if (!this.active) return;
    this.look();
    const { element, selected } = this.store;
    if (selected && [...this.source.options].some((option) => option.value === `#${selected}`)) this.source.value = `#${selected}`;
    else if (element && this.named.get(element)?.enters) this.target.value = element;
    this.shape();
  }

  /** Shows the fields that the kind of change has. */
  async shape() {
    const kind = this.kind.value;
    this.fields.source.hidden = kind === 'add';
    this.fields.target.hidden = kind === 'remove';
    this.fields.variables.hidden = kind === 'remove';
    const scopes = kind === 'remove' ? [] : await this.scopes(this.target.value);
    this.fields.scope.hidden = scopes.length < 2;
    this.scope.replaceChildren(make('option', { value: '' }, kind === 'move' ? 'where the token is now' : 'choose…'),
      ...scopes.map((visit) => make('option', { value: visit.key }, `${visit.name}${visit.loopCounter ? ` #${visit.loopCounter}` : ''} ${visit.key}`)));
  }

  /** The active scopes that a target could go into, where there are several. */
  async scopes(target) {
    const scope = this.named.get(target)?.scopeId;
    if (!scope || !this.named.has(scope)) return [];
    const { items } = await this.store.part('visits', { element: scope });
    return items.filter((visit) => visit.state === 'ACTIVE' && visit.type !== 'MULTI_INSTANCE_BODY');
  }

  // ---- The plan -------------------------------------------------------------------------------------------------------

  add() {
    this.note.textContent = whyNotObject(this.variables.value);
    if (this.note.textContent) return;
    const kind = this.kind.value;
    if (kind !== 'add' && !this.source.value) {
      this.note.textContent = 'Nothing is active that could be moved or removed.';
      return;
    }
    this.put({
      kind, source: kind === 'add' ? null : this.source.value, element: this.source.value.startsWith('#') ? this.store.element : null, target: kind === 'remove' ? null : this.target.value,
      scope: this.fields.scope.hidden ? '' : this.scope.value, variables: this.variables.value.trim(), local: this.local.checked,
    });
    this.variables.value = '';
  }

  put(step) {
    this.plan.push(step);
    this.draw();
    this.check();
  }

  draw() {
    const size = this.plan.length === 1 ? '1 change' : `${this.plan.length} changes`;
    this.hint.replaceChildren(`Drag a token to where it shall be. Planned: ${size}. `,
      button('Show the plan', { className: 'small', onclick: () => this.panel.scrollIntoView({ block: 'nearest' }) }));
    this.list.replaceChildren(...this.plan.map((step, i) => make('li', {}, this.words(step),
      button('', { className: 'small quiet icon-only', 'aria-label': `Take “${this.words(step)}” out of the plan`, onclick: () => this.take(i) }, 'x'))));
    this.list.toggleAttribute('data-unsent', this.plan.length > 0);
    this.diagram.planned(this.changes());
    if (!this.plan.length) {
      this.preview.replaceChildren(make('p', { className: 'muted' }, 'The plan is empty.'));
      this.applying.disabled = true;
    }
  }

  /** How many tokens come to each element and leave it, as marks for the diagram. */
  changes() {
    const sum = new Map();
    const add = (id, number) => sum.set(id, (sum.get(id) ?? 0) + number);
    for (const { source, target, element } of this.plan) {
      const number = source && !source.startsWith('#') ? this.standing(source) : 1;
      if (source) add(element ?? source, -number);
      if (target) add(target, number);
    }
    return [...sum].map(([id, number]) => [id, number > 0 ? `+${number}` : `−${-number}`]);
  }

  /** How many tokens are at an element now. */
  standing(id) {
    const count = this.store.state.elements.find((each) => each.elementId === id);
    return count ? count.active + count.incidents : 0;
  }

  take(i) {
    this.plan.splice(i, 1);
    this.draw();
    this.check();
  }

  words({ kind, source, target, scope, variables, local }) {
    const from = source?.startsWith('#') ? `the token ${source}` : source && `all tokens at ${this.name(source)}`;
    const what = { move: `Move ${from} to ${this.name(target)}`, add: `Add a token at ${this.name(target)}`, remove: `Remove ${from}` }[kind];
    return `${what}${scope ? ` in ${scope}` : ''}${variables ? ` with ${local ? 'local ' : ''}variables ${variables.slice(0, 60)}` : ''}`;
  }

  instructions() {
    const body = { moveInstructions: [], activateInstructions: [], terminateInstructions: [] };
    for (const { kind, source, target, scope, variables, local } of this.plan) {
      const variableInstructions = variables ? [{ variables: rawObject(variables), scopeId: local ? target : undefined }] : undefined;
      const key = source?.startsWith('#') ? source.slice(1) : undefined;
      if (kind === 'add') body.activateInstructions.push({ elementId: target, ancestorElementInstanceKey: scope || undefined, variableInstructions });
      else if (kind === 'remove') body.terminateInstructions.push(key ? { elementInstanceKey: key } : { elementId: source });
      else {
        body.moveInstructions.push({
          sourceElementInstruction: key ? { sourceType: 'byKey', sourceElementInstanceKey: key } : { sourceType: 'byId', sourceElementId: source },
          targetElementId: target, variableInstructions,
          ancestorScopeInstruction: scope ? { ancestorScopeType: 'direct', ancestorElementInstanceKey: scope } : undefined,
        });
      }
    }
    return body;
  }

  address(what) {
    return `/v2/process-instances/${this.store.key}/${what}`;
  }

  /** What the engine says about the plan. */
  async check() {
    if (!this.plan.length) return;
    const asked = this.asked = Symbol('preview');
    try {
      const told = await send('POST', this.address('modification/preview'), this.instructions());
      if (asked !== this.asked) return;
      this.preview.replaceChildren(make('h3', {}, 'What will happen'), this.told(told));
      this.applying.disabled = false;
    } catch (error) {
      if (asked !== this.asked) return;
      this.preview.replaceChildren(make('p', { className: 'notice bad', role: 'alert' }, icon('circle-alert'), error.message));
      this.applying.disabled = true;
    }
  }

  told(told) {
    const groups = [['terminated', 'Terminated'], ['activated', 'Activated'], ['completed', 'Completed']];
    const list = make('dl', { className: 'facts' });
    for (const [name, title] of groups) {
      if (!told[name].length) continue;
      const counts = new Map();
      for (const { elementId } of told[name]) counts.set(elementId, (counts.get(elementId) ?? 0) + 1);
      const texts = [...counts].map(([id, number]) => this.name(id) + (number > 1 ? ` (${number}×)` : ''));
      list.append(make('dt', {}, title), make('dd', {}, texts.join(', ')));
    }
    for (const { elementId, message } of told.incidents) list.append(make('dt', { className: 'error' }, 'Incident'), make('dd', {}, `${this.name(elementId)}: ${message}`));
    return list.children.length ? list : make('p', { className: 'muted' }, 'Nothing changes.');
  }

  async apply() {
    this.applying.disabled = true;
    try {
      await send('POST', this.address('modification'), this.instructions());
      toast('The plan is applied.', 'ok');
      this.end();
      this.store.tell('acted');
    } catch (error) {
      this.preview.replaceChildren(make('p', { className: 'notice bad', role: 'alert' }, icon('circle-alert'), error.message));
    }
  }
}

function choice(id, options = []) {
  return make('select', { id }, ...options.map(([value, text]) => make('option', { value }, text)));
}

function field(label, control) {
  return make('div', { className: 'field' }, make('label', { for: control.id }, label), control);
}
