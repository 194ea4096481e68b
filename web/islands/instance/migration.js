// Migration: the instance goes on in another definition. The engine proposes a mapping and says what keeps it from it.

import { get } from '../shared/http.js';
import { toast } from '../shared/toasts.js';
import { button, icon, make } from './dom.js';
import { send } from '../shared/json.js';

export async function migrate(store) {
  const definitions = await get('/operations/instance-definitions');
  const others = definitions.filter((each) => each.processDefinitionKey !== store.state.definitionKey);
  if (!others.length) throw new Error('Nothing else is deployed that this instance could go on in. Deploy a new version first.');
  others.sort((a, b) => own(store, b) - own(store, a));
  new Migration(store, others).open();
  return '';
}

const own = (store, definition) => Number(definition.processDefinitionId === store.state.processId);

class Migration {
  constructor(store, definitions) {
    this.store = store;
    this.source = store.state.definitionKey;
    this.target = make('select', { id: 'migrate-target', onchange: () => this.propose() },
      ...definitions.map((each) => make('option', { value: each.processDefinitionKey }, `${each.name ?? each.processDefinitionId} v${each.version}${each.name ? ` (${each.processDefinitionId})` : ''}`)));
    this.mapping = make('tbody');
    this.verdict = make('div', { 'aria-live': 'polite' });
    this.applying = button('Migrate', { className: 'primary', disabled: true, onclick: () => this.apply() });
    this.dialog = make('dialog', { className: 'wide', 'aria-labelledby': 'migrate-title' },
      make('header', {}, make('h2', { id: 'migrate-title' }, 'Migrate this instance'),
        make('button', { type: 'button', className: 'button quiet icon-only', 'data-closes': '', 'aria-label': 'Close' }, icon('x'))),
      make('div', { className: 'field' }, make('label', { for: 'migrate-target' }, 'To'), this.target),
      make('div', { className: 'table-wrap mapping' }, make('table', { className: 'table' },
        make('thead', {}, make('tr', {}, make('th', {}, 'Element'), make('th', {}, 'Active'), make('th', {}, 'Becomes'))), this.mapping)),
      this.verdict,
      make('div', { className: 'actions' }, button('Cancel', { 'data-closes': '' }), this.applying));
    this.dialog.addEventListener('close', () => this.dialog.remove());
  }

  open() {
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.propose();
  }

  /** The obvious mapping to the chosen definition, to begin with. Until it is there, nothing can be chosen that it would replace. */
  async propose() {
    const asked = this.asked = Symbol('proposal');
    this.applying.disabled = true;
    this.mapping.replaceChildren();
    this.verdict.replaceChildren();
    try {
      const target = this.target.value;
      const [plan, sources, targets] = await Promise.all([
        send('POST', `/v2/process-definitions/${this.source}/migration-plan`, { targetProcessDefinitionKey: target }),
        this.store.nodes(this.source), this.store.nodes(target),
      ]);
      if (asked === this.asked) this.show(plan, sources, targets);
    } catch (error) {
      if (asked === this.asked) this.say('bad', [error.message]);
    }
  }

  show(plan, sources, targets) {
    const proposed = new Map(plan.mappingInstructions.map((each) => [each.sourceElementId, each.targetElementId]));
    const active = new Map(this.store.state.elements.map((count) => [count.elementId, count.active + count.incidents]));
    const rows = sources.filter((node) => !node.id.includes('#'));
    rows.sort((a, b) => (active.get(b.id) ?? 0) - (active.get(a.id) ?? 0));
    this.mapping.replaceChildren(...rows.map((node) => this.row(node, active.get(node.id) ?? 0, targets, proposed.get(node.id))));
    this.check();
  }

  row(node, active, targets, proposed) {
    const likely = targets.filter((each) => each.type === node.type && !each.id.includes('#'));
    const select = make('select', { 'aria-label': `${node.name} becomes`, dataset: { source: node.id }, onchange: () => this.check() },
      make('option', { value: '' }, 'not mapped'),
      ...likely.map((each) => make('option', { value: each.id, selected: each.id === proposed }, each.name === each.id ? each.id : `${each.name} (${each.id})`)));
    return make('tr', {}, make('th', { scope: 'row' }, node.name), make('td', {}, active ? String(active) : ''), make('td', {}, select));
  }

  body() {
    const chosen = [...this.mapping.querySelectorAll('select')].filter((select) => select.value);
    return {
      targetProcessDefinitionKey: this.target.value,
      mappingInstructions: chosen.map((select) => ({ sourceElementId: select.dataset.source, targetElementId: select.value })),
    };
  }

  /** What the engine says about it. */
  async check() {
    const asked = this.asked = Symbol('preview');
    try {
      const { possible, reasons } = await send('POST', `/v2/process-instances/${this.store.key}/migration/preview`, this.body());
      if (asked !== this.asked) return;
      this.applying.disabled = !possible;
      this.say(possible ? 'ok' : 'bad', possible ? ['The instance can go on there, with the same tokens and variables.'] : reasons);
    } catch (error) {
      if (asked !== this.asked) return;
      this.applying.disabled = true;
      this.say('bad', [error.message]);
    }
  }

  say(kind, sentences) {
    this.verdict.replaceChildren(make('div', { className: `notice ${kind}`, role: kind === 'bad' ? 'alert' : 'status' }, icon(kind === 'ok' ? 'circle-check' : 'circle-alert'),
      sentences.length === 1 ? make('span', {}, sentences[0]) : make('ul', {}, ...sentences.map((each) => make('li', {}, each)))));
  }

  async apply() {
    this.applying.disabled = true;
    try {
      await send('POST', `/v2/process-instances/${this.store.key}/migration`, this.body());
      this.dialog.close();
      toast('Migrated.', 'ok');
      this.store.tell('acted');
    } catch (error) {
      this.say('bad', [error.message]);
    }
  }
}
