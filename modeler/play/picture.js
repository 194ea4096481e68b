// The diagram of the chosen instance: tokens, the path taken, and a button at each element that waits.

import { fit, show } from '../viewer/index.js';
import { showPath } from '../viewer/path.js';
import { showTokens } from '../viewer/tokens.js';

const BUTTONS = 'play-buttons';
const BUTTON = 24; // with the gap to the next; see play.css

/** The buttons on an element that waits, by the kind of wait: the icon, what it does, and the button of the list that it presses. */
const MAIN = '[data-main]';
const ACTS = {
  job: [
    ['check', 'Complete', MAIN],
    ['circle-x', 'Fail', '[data-opens$="-fail"]'],
    ['zap', 'Throw an error at', '[data-opens$="-error"]'],
  ],
  task: [['check', 'Complete', MAIN], ['user-plus', 'Assign', '[data-opens$="-assign"]']],
  timer: [['fast-forward', 'Skip to the date of', MAIN]],
  message: [['mail', 'Send the message for', MAIN]],
  signal: [['radio', 'Broadcast the signal for', MAIN]],
  incident: [['rotate-ccw', 'Resolve the incident of', MAIN]],
  'ad-hoc': [['play', 'Begin activities of', MAIN]],
  condition: [],
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
    const { process } = this;
    this.viewer?.destroy();
    this.viewer = null;
    this.canvas.replaceChildren();
    const place = document.createElement('div');
    place.className = 'play-drawing';
    this.canvas.append(place);
    try {
      const response = await fetch(this.canvas.dataset.base + encodeURIComponent(process));
      const viewer = await show(place, await response.text());
      if (process === this.process) this.viewer = viewer;
      else viewer.destroy();
    } catch (error) {
      place.replaceChildren(notice(`This file has no drawing that could be shown (${error.message}). Everything can be done in the list.`));
    }
  }

  mark({ tokens, flows, waits }) {
    const overlays = this.viewer.get('overlays');
    const registry = this.viewer.get('elementRegistry');
    overlays.remove({ type: BUTTONS });
    const taken = [];
    for (const [element, [first]] of Map.groupBy(waits, (wait) => wait.element)) {
      const shape = registry.get(element);
      if (!shape) continue;
      const html = buttons(first, shape, this.canvas.dataset.icons);
      overlays.add(shape, BUTTONS, { ...placeAt(shape), html });
      taken.push(placeOf(shape, html.childElementCount));
    }
    showTokens(this.viewer, tokens, { taken });
    showPath(this.viewer, flows);
  }
}

const isEvent = ({ width }) => width < 60;

/** Where the buttons hide least: in a column beside an activity, in a row below an event. */
function placeAt(shape) {
  return { position: isEvent(shape) ? { bottom: -4, left: -2 } : { top: 0, right: -3 }, show: { minZoom: 0.3 } };
}

/** What so many buttons cover, in units of the diagram. */
function placeOf({ x, y, width, height }, count) {
  const length = count * BUTTON;
  return isEvent({ width }) ? { x: x - 2, y: y + height + 4, width: length, height: BUTTON } : { x: x + width + 3, y, width: BUTTON, height: length };
}

function notice(text) {
  return Object.assign(document.createElement('p'), { className: 'notice warn', textContent: text });
}

/** What can be done about the first that waits at an element; the list has the others. */
function buttons({ id, kind, name }, shape, icons) {
  const row = document.createElement('div');
  row.className = isEvent(shape) ? 'play-buttons' : 'play-buttons column';
  for (const [icon, does, pressed] of ACTS[kind]) {
    const own = document.querySelector(`#${id} ${pressed}`);
    if (own) row.append(made(`${icons}#${icon}`, `${does} ${name} (on the diagram)`, () => own.click()));
  }
  row.append(made(`${icons}#ellipsis`, `More for ${name}`, () => goTo(document.getElementById(id))));
  return row;
}

/** Leads to the line of the list, with everything that can be done. */
function goTo(line) {
  line.scrollIntoView({ block: 'center' });
  line.focus();
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
