// The diagram of the chosen instance: tokens, the path taken, and a button at each element that waits.

import { fit, show } from '../viewer/index.js';
import { showPath } from '../viewer/path.js';
import { showTokens } from '../viewer/tokens.js';

const BUTTONS = 'play-buttons';

/** On an element the button of each kind: its icon, and what it does. */
const SIGNS = {
  job: ['check', 'Complete'],
  task: ['check', 'Complete'],
  timer: ['fast-forward', 'Skip to the date of'],
  message: ['mail', 'Send the message for'],
  signal: ['radio', 'Broadcast the signal for'],
  incident: ['rotate-ccw', 'Resolve the incident of'],
  'ad-hoc': ['play', 'Begin activities of'],
};

export class Picture {
  /** `canvas` is where the diagram goes; its data-base is the address of drawings, data-icons that of the icons. */
  constructor(canvas) {
    this.canvas = canvas;
    this.process = null;
    this.viewer = null;
    new ResizeObserver(() => this.viewer && this.refit()).observe(canvas);
  }

  refit() {
    this.viewer.get('canvas').resized();
    fit(this.viewer);
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
      if (shape) overlays.add(shape, BUTTONS, { position: placeAt(shape), html: buttons(those, this.canvas.dataset.icons), show: { minZoom: 0.3 } });
    }
  }
}

/** Where the buttons hide least: at the lower left corner of an activity, below an event. */
function placeAt({ width }) {
  return width > 60 ? { bottom: 8, left: -26 } : { bottom: -4, left: -2 };
}

function notice(text) {
  return Object.assign(document.createElement('p'), { className: 'notice warn', textContent: text });
}

/** A row of buttons for what waits at one element, the first few of each. */
function buttons(waits, icons) {
  const row = document.createElement('div');
  row.className = 'play-buttons';
  for (const wait of waits.slice(0, 3)) {
    if (SIGNS[wait.kind]) row.append(button(wait, icons));
  }
  row.append(more(waits[0], icons));
  return row;
}

function button({ id, kind, name }, icons) {
  const [icon, does] = SIGNS[kind];
  return made(`${icons}#${icon}`, `${does} ${name} (on the diagram)`, () => document.querySelector(`#${id} [data-main]`)?.click());
}

/** Leads to the line of the list, with everything that can be done. */
function more({ id, name }, icons) {
  return made(`${icons}#ellipsis`, `More for ${name}`, () => {
    const line = document.getElementById(id);
    line?.scrollIntoView({ block: 'center' });
    line?.focus();
  });
}

function made(icon, label, pressed) {
  const found = Object.assign(document.createElement('button'), { type: 'button', className: 'button small icon-only', title: label });
  found.setAttribute('aria-label', label);
  const picture = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', icon);
  picture.setAttribute('class', 'icon');
  picture.setAttribute('aria-hidden', 'true');
  picture.append(use);
  found.append(picture);
  found.addEventListener('click', pressed);
  return found;
}
