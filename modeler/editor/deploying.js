// Deploy, and start: one dialog, from the draft to the running instance.

import { get } from '../../web/islands/shared/http.js';
import { rawObject, send, whyNotObject } from '../../web/islands/shared/json.js';
import { toast } from '../../web/islands/shared/toasts.js';
import { button, element, icon } from './dom.js';
import { ICONS } from './model.js';

const WORDS = { bpmn: 'process', dmn: 'decision', form: 'form' };

/** Asks what to deploy and how to start. `jump(problem)` leads to what keeps it from being deployed. */
export async function openDeployDialog(model, { styles, jump }) {
  if (model.kind === 'template') {
    toast('An element template is not deployed: it is at hand in each process of the library.');
    return;
  }
  const plan = await get(`/modeler/${model.key}/deployment`);
  const dialog = document.getElementById('deploy-dialog');
  dialog.querySelector('h2').textContent = `Deploy “${model.name}”`;
  const form = document.getElementById('deploy-form');
  form.replaceChildren();
  new DeployDialog(dialog, form, model, plan, { styles, jump }).render();
  dialog.showModal();
}

class DeployDialog {
  constructor(dialog, form, model, plan, { styles, jump }) {
    Object.assign(this, { dialog, form, model, plan, styles, jump });
    this.startForm = null;
  }

  render() {
    if (this.plan.problems.length) {
      this.form.append(...this.#refusal(this.plan.problems));
      return;
    }
    this.form.append(...this.#along(), ...this.#missing(), ...(this.plan.processes.length ? this.#start() : []), this.#actions());
    if (this.plan.processes.length) this.#chooseProcess();
  }

  // ---- What is deployed -------------------------------------------------------------------------------------------------

  #refusal(problems) {
    const items = problems.map((problem) => {
      const go = () => {
        this.dialog.close();
        this.jump(problem);
      };
      const where = problem.file === this.model.fileName ? problem.elementId : `${problem.file} ${problem.elementId}`;
      const line = button('', go, { className: 'button quiet problem error' });
      line.append(icon('circle-alert'), element('span', { className: 'problem-text' }, problem.message), element('span', { className: 'mono muted' }, where));
      return element('li', {}, line);
    });
    return [
      element('p', { className: 'error', role: 'alert' }, 'It cannot be deployed yet. Mend this first:'),
      element('ol', { className: 'problem-list' }, items),
    ];
  }

  #along() {
    if (!this.plan.along.length) return [];
    const items = this.plan.along.map((each) => {
      const state = each.version === null ? 'not deployed yet' : each.changed ? `changed since version ${each.version}` : `unchanged since version ${each.version}`;
      const box = element('input', { type: 'checkbox', name: 'along', value: each.key, checked: true });
      return element('label', { className: 'along' }, box, icon(ICONS[each.kind]), each.name, ' ', element('span', { className: 'muted' }, `${WORDS[each.kind]}, ${state}`));
    });
    return [element('fieldset', {}, element('legend', {}, 'Deployed along'), items)];
  }

  #missing() {
    return this.plan.missing.map(({ kind, id, elementId }) =>
      element('p', { className: 'notice warn' }, icon('triangle-alert'), element('span', {},
        `${elementId} refers to the ${WORDS[kind]} “${id}”, which is neither in the library nor deployed: an instance will stop there with an incident.`)));
  }

  // ---- How it is started ------------------------------------------------------------------------------------------------

  #start() {
    const { processes } = this.plan;
    const choice = element('select', { id: 'start-process', onchange: () => this.#chooseProcess() },
      processes.map(({ id, name }) => element('option', { value: id }, name ? `${name} (${id})` : id)));
    const kept = localStorage.getItem(this.#memory) ?? '{}';
    this.process = choice;
    this.tabs = element('div', { className: 'choice', role: 'group', 'aria-label': 'Variables' });
    this.formPlace = element('div', { className: 'start-form' });
    this.json = element('textarea', { id: 'start-variables', rows: 5, spellcheck: false, value: kept, 'aria-describedby': 'start-error' });
    this.jsonField = field('Variables (JSON)', this.json);
    this.businessId = element('input', { id: 'start-business-id', maxLength: 256, autocomplete: 'off' });
    return [
      element('fieldset', {},
        element('legend', {}, 'Start an instance'),
        processes.length > 1 ? field('Process', choice) : null,
        this.tabs, this.formPlace, this.jsonField,
        field('Business id (optional)', this.businessId)),
    ];
  }

  get #memory() {
    return `pointsman.start-variables.${this.model.key}`;
  }

  #chooseProcess() {
    const { form } = this.plan.processes.find(({ id }) => id === this.process.value);
    this.tabs.replaceChildren();
    this.formPlace.replaceChildren();
    this.startForm = null;
    this.#show('json');
    if (!form) return;
    this.tabs.append(
      button('Start form', () => this.#show('form', form), { className: 'button small', id: 'by-form' }),
      button('JSON', () => this.#show('json'), { className: 'button small', id: 'by-json' }));
    this.#show('form', form).catch((error) => toast(error.message, 'bad'));
  }

  async #show(way, schema) {
    this.way = way;
    this.jsonField.hidden = way !== 'json';
    this.formPlace.hidden = way !== 'form';
    for (const each of this.tabs.children) each.setAttribute('aria-pressed', String(each.id === `by-${way}`));
    if (way !== 'form') return;
    this.startForm ??= this.#mount(schema);
    await this.startForm;
  }

  /** The promise of a form: whoever is quick to start waits for it. */
  async #mount(schema) {
    const { showForm } = await import('../forms/index.js');
    return showForm(this.formPlace, schema, this.styles.forms);
  }

  #actions() {
    this.error = element('p', { className: 'error', id: 'start-error', role: 'alert' });
    const startable = this.plan.processes.length > 0;
    const only = button('Deploy only', () => this.#run(false), { className: startable ? 'button' : 'button primary', picture: 'rocket' });
    const both = startable ? button('Deploy and start', () => this.#run(true), { className: 'button primary', picture: 'play' }) : null;
    this.buttons = [only, both].filter(Boolean);
    return element('div', {}, this.error, element('div', { className: 'actions' }, this.buttons));
  }

  // ---- Now --------------------------------------------------------------------------------------------------------------

  async #run(start) {
    this.error.textContent = '';
    this.buttons.forEach((each) => { each.disabled = true; });
    try {
      const asked = start ? { processId: this.process.value, variables: await this.#variables(), businessId: this.businessId.value.trim() || null } : null;
      const along = [...this.form.querySelectorAll('[name="along"]:checked')].map(({ value }) => value);
      const outcome = await send('POST', `/modeler/${this.model.key}/deployment`, { revision: this.plan.revision, along, start: asked });
      this.#finish(outcome);
    } catch (error) {
      this.error.textContent = error.message;
      if (error.problem?.problems?.length) this.error.after(...this.#refusal(error.problem.problems));
    } finally {
      this.buttons.forEach((each) => { each.disabled = false; });
    }
  }

  /** Throws where they are not what a start takes; the message is for the person. */
  async #variables() {
    if (this.way === 'form') {
      const { data, errors } = (await this.startForm).submit();
      if (Object.keys(errors).length) throw new Error('The start form is not complete: see what it says beside the fields.');
      return data;
    }
    const text = this.json.value.trim() || '{}';
    const reason = whyNotObject(text);
    if (reason) throw new Error(reason);
    localStorage.setItem(this.#memory, text);
    return rawObject(text);
  }

  #finish({ deployments, processInstanceKey, notStarted }) {
    if (processInstanceKey) {
      location.assign(`/operations/instances/${processInstanceKey}`);
      return;
    }
    const versions = deployments.map(({ id, version }) => `${id} version ${version}`).join(', ');
    const note = document.getElementById('deployed-note');
    const own = deployments.find(({ kind }) => kind === this.model.kind);
    if (note && own) note.textContent = `Deployed: version ${own.version}`;
    this.dialog.close();
    if (notStarted) toast(`Deployed ${versions}, but it was not started: ${notStarted}`, 'bad');
    else toast(`Deployed: ${versions}.`, 'ok');
  }
}

function field(label, control) {
  return element('div', { className: 'field' }, element('label', { for: control.id }, label), control);
}
