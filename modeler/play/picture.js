// The diagram of the chosen instance: tokens, the path taken, and a button at each element that waits.

import { show } from '../viewer/index.js';
import { showPath } from '../viewer/path.js';
import { showTokens } from '../viewer/tokens.js';

const BUTTONS = 'play-buttons';

/** On an element the button of each kind: its sign, and what it does. */
const SIGNS = {
  job: ['✓', 'Complete'],
  task: ['✓', 'Complete'],
  timer: ['⏭', 'Skip to the date of'],
  message: ['✉', 'Send the message for'],
  signal: ['📣', 'Broadcast the signal for'],
  incident: ['↻', 'Resolve the incident of'],
  'ad-hoc': ['▶', 'Begin activities of'],
};

export class Picture {
  /** `canvas` is where the diagram goes; its data-base is the address of drawings. */
  constructor(canvas) {
    this.canvas = canvas;
    this.process = null;
    this.viewer = null;
  }

  /** Shows a state as web/play/picture.py tells it; the drawing is fetched only when it is another one. */
  async show(state) {
    this.state = state;
    if (state.process !== this.process) {
      this.process = state.process;
      await this.draw();
    }
    if (this.viewer && this.state === state) this.mark(state);
  }

  async draw() {
    this.viewer?.destroy();
    this.viewer = null;
    this.canvas.replaceChildren();
    const response = await fetch(this.canvas.dataset.base + encodeURIComponent(this.process));
    try {
      this.viewer = await show(this.canvas, await response.text());
    } catch (error) {
      this.canvas.replaceChildren(notice(`This file has no drawing that could be shown (${error.message}). Everything can be done in the list.`));
    }
  }

  mark({ tokens, flows, waits }) {
    showTokens(this.viewer, tokens);
    showPath(this.viewer, flows);
    const overlays = this.viewer.get('overlays');
    const registry = this.viewer.get('elementRegistry');
    overlays.remove({ type: BUTTONS });
    for (const [element, those] of Map.groupBy(waits, (wait) => wait.element)) {
      const shape = registry.get(element);
      if (shape) overlays.add(shape, BUTTONS, { position: { top: -14, right: 14 }, html: buttons(those), show: { minZoom: 0.3 } });
    }
  }
}

function notice(text) {
  return Object.assign(document.createElement('p'), { className: 'notice warn', textContent: text });
}

/** A row of buttons for what waits at one element, the first few of each. */
function buttons(waits) {
  const row = document.createElement('div');
  row.className = 'play-buttons';
  for (const wait of waits.slice(0, 3)) {
    if (SIGNS[wait.kind]) row.append(button(wait));
  }
  row.append(more(waits[0]));
  return row;
}

function button({ id, kind, name }) {
  const [sign, does] = SIGNS[kind];
  return made(sign, `${does} ${name} (on the diagram)`, () => document.querySelector(`#${id} [data-main]`)?.click());
}

/** Leads to the line of the list, with everything that can be done. */
function more({ id, name }) {
  return made('…', `More for ${name}`, () => {
    const line = document.getElementById(id);
    line?.scrollIntoView({ block: 'center' });
    line?.focus();
  });
}

function made(sign, label, pressed) {
  const found = document.createElement('button');
  Object.assign(found, { type: 'button', className: 'button small', textContent: sign, title: label });
  found.setAttribute('aria-label', label);
  found.addEventListener('click', pressed);
  return found;
}
