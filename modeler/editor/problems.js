// The problems of the model in front: what the engine would refuse, and what the linter advises, each leading to its
// element. A problem: {source, kind: 'error' | 'warning' | 'note', elementId, line, message, report?}.

import { post } from '../../web/islands/shared/http.js';
import { button, element, icon } from './dom.js';

const LOOKS = { error: ['circle-alert', 'Error'], warning: ['triangle-alert', 'Warning'], note: ['info', 'Note'] };
const ORDER = Object.keys(LOOKS);
const SOURCES = { engine: 'Engine', lint: 'Linter' };
const PAUSE = 600; // milliseconds without a change before a model is looked at

export class Problems {
  constructor() {
    this.list = document.getElementById('problem-list');
    this.counts = document.getElementById('problem-counts');
    this.toggle = document.getElementById('problems-toggle');
    this.toggle.addEventListener('click', () => this.expand(this.list.hidden));
    this.timers = new Map();
    this.model = null;
  }

  /** Shows those of another model. */
  show(model) {
    this.model = model;
    this.#render();
  }

  expand(open) {
    this.list.hidden = !open;
    this.toggle.setAttribute('aria-expanded', open);
  }

  /** Looks at a model once nothing has changed for a moment. */
  changed(model) {
    clearTimeout(this.timers.get(model));
    this.timers.set(model, setTimeout(() => this.check(model), PAUSE));
  }

  /** Looks at a model now. What the person types meanwhile is looked at afterwards. */
  async check(model) {
    const content = await model.text();
    const [engine, linter] = await Promise.all([this.#askEngine(model, content), this.#askLinter(model)]);
    if (content !== (await model.text())) return;
    model.problems = [...engine, ...linter].sort((one, other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind));
    model.editor.mark?.(model.problems);
    if (model === this.model) this.#render();
  }

  async #askEngine({ kind, name }, content) {
    try {
      const found = await post('/modeler/check', { kind, name, content });
      return found.map((problem) => ({ source: 'engine', kind: 'error', ...problem }));
    } catch (error) {
      return [{ source: 'engine', kind: 'warning', elementId: '', line: 0, message: `The engine could not be asked: ${error.message}` }];
    }
  }

  async #askLinter({ editor }) {
    if (!editor.definitions) return [];
    const { lint } = await import('./lint.js');
    return lint(editor.definitions());
  }

  #render() {
    const problems = this.model?.problems ?? [];
    this.list.replaceChildren(...problems.map((problem) => this.#item(problem)));
    if (!problems.length) this.list.append(element('li', { className: 'muted' }, 'None: it can be deployed.'));
    const errors = problems.filter(({ kind }) => kind === 'error').length;
    const others = problems.length - errors;
    const parts = [errors && `${errors} error${errors > 1 ? 's' : ''}`, others && `${others} warning${others > 1 ? 's' : ''}`].filter(Boolean);
    this.counts.textContent = parts.join(', ') || 'none';
    this.counts.className = errors ? 'badge bad' : others ? 'badge warn' : 'badge ok';
  }

  #item(problem) {
    const [picture, word] = LOOKS[problem.kind];
    const where = [problem.elementId, problem.line ? `line ${problem.line}` : ''].filter(Boolean).join(', ');
    const jump = () => {
      this.model.editor.jump?.(problem.elementId, problem);
    };
    const item = button('', jump, { className: `button quiet problem ${problem.kind}` });
    item.append(
      icon(picture),
      element('span', { className: 'visually-hidden' }, `${word}: `),
      element('span', { className: 'problem-text' }, problem.message),
      element('span', { className: 'mono muted' }, where),
      element('span', { className: 'badge' }, SOURCES[problem.source]),
    );
    return element('li', {}, item);
  }
}
