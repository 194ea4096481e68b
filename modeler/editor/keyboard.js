// What needs a mouse elsewhere, by keyboard: going from element to element, their context pads, connecting, and placing
// what is created. The keys are told in shortcuts.js.

import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';
import { words } from '../words.js';
import { element as made } from './dom.js';

const GRID = 30; // steps by which a free place is looked for
const MOST_STEPS = 200;

export const keyboardModule = {
  __init__: ['elementWalk', 'contextPadKeys', 'connectByName', 'createInPlace'],
  elementWalk: ['type', ElementWalk],
  contextPadKeys: ['type', ContextPadKeys],
  connectByName: ['type', ConnectByName],
  createInPlace: ['type', CreateInPlace],
};

/** An element as people say it: `Service task “Book”`, `Sequence flow from “Start” to “Book”`. */
function spoken(element) {
  const { name, text } = getBusinessObject(element);
  const called = name || text;
  const own = called ? `${words(element.type)} “${called}”` : words(element.type);
  return element.waypoints ? `${own} from ${nameOf(element.source)} to ${nameOf(element.target)}` : own;
}

function nameOf(element) {
  const { name } = getBusinessObject(element);
  return name ? `“${name}”` : words(element.type).toLowerCase();
}

/** `.` and `,` select the next and the previous element; what is selected is said. */
function ElementWalk(keyboard, selection, elementRegistry, canvas, eventBus) {
  const voice = made('p', { className: 'visually-hidden', role: 'status', 'aria-live': 'polite' });
  canvas.getContainer().append(voice);
  eventBus.on('selection.changed', ({ newSelection }) => {
    voice.textContent = newSelection.length > 1 ? `${newSelection.length} elements selected` : newSelection.map(spoken).join('');
  });
  keyboard.addListener(({ keyEvent }) => {
    const step = { '.': 1, ',': -1 }[keyEvent.key];
    if (!step || keyboard.isCmd(keyEvent)) return undefined;
    go(step);
    return true;
  });

  function go(step) {
    const elements = inReadingOrder();
    if (!elements.length) return;
    const [selected] = selection.get();
    const from = elements.indexOf(selected);
    const next = from < 0 && step < 0 ? elements.length - 1 : (from + step + elements.length) % elements.length;
    selection.select(elements[next]);
    canvas.scrollToElement(elements[next]);
  }

  /** From left to right, each shape followed by what leaves it. */
  function inReadingOrder() {
    const root = canvas.getRootElement();
    const shapes = elementRegistry.filter((element) => element !== root && !element.waypoints && !element.labelTarget && canvas.findRoot(element) === root);
    shapes.sort((one, other) => one.x - other.x || one.y - other.y);
    return shapes.flatMap((shape) => [shape, ...(shape.outgoing ?? [])]);
  }
}
ElementWalk.$inject = ['keyboard', 'selection', 'elementRegistry', 'canvas', 'eventBus'];

/** Enter goes into the context pad of what is selected, a toolbar: arrows choose, Enter does, Escape leads back. */
function ContextPadKeys(keyboard, contextPad, eventBus, canvas, connectByName) {
  let pad = null;
  eventBus.on('contextPad.open', ({ current }) => {
    pad = current;
    const { html } = current;
    html.setAttribute('role', 'toolbar');
    name();
    for (const entry of html.querySelectorAll('.entry')) {
      entry.setAttribute('role', 'button');
      entry.setAttribute('tabindex', '-1');
      entry.setAttribute('aria-label', entry.title);
    }
    html.addEventListener('keydown', (event) => {
      if (!act(event)) return;
      event.preventDefault();
      event.stopPropagation();
    });
  });
  keyboard.addListener(({ keyEvent }) => {
    if (keyEvent.key !== 'Enter' || !contextPad.isOpen()) return undefined;
    name(); // the element may have got another since
    entries()[0]?.focus();
    return true;
  });

  const name = () => pad.html.setAttribute('aria-label', `What can be done with ${Array.isArray(pad.target) ? 'the elements' : nameOf(pad.target)}`);

  const entries = () => [...pad.html.querySelectorAll('.entry')];

  /** Whether the key means something here. */
  function act({ key, target }) {
    const all = entries();
    const at = all.indexOf(target);
    const goTo = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: -1 }[key];
    if (goTo !== undefined) all.at(goTo % all.length).focus();
    else if (key === 'Enter' || key === ' ') press(all[at]);
    else if (key === 'Escape') canvas.focus();
    else return false;
    return true;
  }

  /** A click in its middle, where menus open; the mouse that connecting would follow is not there. */
  function press(entry) {
    const { target } = pad;
    const { x, y, width, height } = entry.getBoundingClientRect();
    canvas.focus();
    if (entry.dataset.action === 'connect') connectByName.open(target);
    else entry.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, clientX: x + width / 2, clientY: y + height / 2 }));
  }
}
ContextPadKeys.$inject = ['keyboard', 'contextPad', 'eventBus', 'canvas', 'connectByName'];

/** Shift+C lists what the selected element can be connected to, to be found by its name. */
function ConnectByName(keyboard, popupMenu, selection, elementRegistry, canvas, rules, modeling) {
  popupMenu.registerProvider('connect-by-name', { getPopupMenuEntries: entriesFor });
  keyboard.addListener(({ keyEvent }) => {
    const [source, ...others] = selection.get();
    if (!keyEvent.shiftKey || keyEvent.key.toLowerCase() !== 'c' || keyboard.isCmd(keyEvent) || !source || others.length) return undefined;
    open(source);
    return true;
  });

  function open(source) {
    const { right, top } = elementRegistry.getGraphics(source).getBoundingClientRect();
    popupMenu.open(source, 'connect-by-name', { x: right + 12, y: top }, {
      title: 'Connect to', width: 320, search: true, emptyPlaceholder: 'Nothing here can be connected to it.',
    });
  }

  function entriesFor(source) {
    const found = {};
    for (const target of elementRegistry.filter((each) => !each.waypoints && !each.labelTarget && each.parent && each !== source)) {
      const connection = rules.allowed('connection.create', { source, target });
      if (connection) found[target.id] = { label: spoken(target), description: target.id, action: () => connect(source, target, connection) };
    }
    return found;
  }

  function connect(source, target, connection) {
    popupMenu.close();
    selection.select(modeling.connect(source, target, connection === true ? undefined : connection));
  }

  this.open = open;
}
ConnectByName.$inject = ['keyboard', 'popupMenu', 'selection', 'elementRegistry', 'canvas', 'rules', 'modeling'];

/** What is chosen by keyboard from the menu of new elements is placed at once: no mouse is there to follow. */
function CreateInPlace(create, eventBus, modeling, rules, selection, canvas, elementRegistry) {
  const start = create.start.bind(create);
  let byKeyboard = false;
  eventBus.on('popupMenu.trigger', 2000, ({ event }) => {
    byKeyboard = event instanceof KeyboardEvent;
    queueMicrotask(() => { byKeyboard = false; });
  });
  create.start = (event, elements, context) => (byKeyboard ? place([elements].flat()) : start(event, elements, context));

  function place(elements) {
    const shape = elements.find((element) => !element.waypoints);
    const root = canvas.getRootElement();
    const found = [...around(selection.get()[0]), root].find((target) => isAllowed(elements, shape, target));
    if (!found) return;
    modeling.createElements(elements, freePlace(shape, found === root ? viewed() : found), found);
    selection.select(shape);
    canvas.scrollToElement(shape);
  }

  /** The element and what holds it, from the inside out. */
  function around(element) {
    return element ? [element, ...around(element.parent)] : [];
  }

  function isAllowed(elements, shape, target) {
    const position = middleOf(target.width ? target : viewed());
    return elements.length === 1 ? rules.allowed('shape.create', { shape, target, position }) : rules.allowed('elements.create', { elements, target, position });
  }

  const viewed = () => canvas.viewbox();

  /** The middle of an area, or below it where something stands there. */
  function freePlace({ width, height }, area) {
    const place = middleOf(area);
    const others = elementRegistry.filter((each) => each.width && !each.labelTarget && !contains(each, area));
    const meets = (other) => Math.abs(other.x + other.width / 2 - place.x) < (other.width + width) / 2 + GRID && Math.abs(other.y + other.height / 2 - place.y) < (other.height + height) / 2 + GRID;
    for (let step = 0; step < MOST_STEPS && others.some(meets); step += 1) place.y += GRID;
    return place;
  }
}
CreateInPlace.$inject = ['create', 'eventBus', 'modeling', 'rules', 'selection', 'canvas', 'elementRegistry'];

const middleOf = ({ x, y, width, height }) => ({ x: Math.round(x + width / 2), y: Math.round(y + height / 2) });

/** Whether an element lies around an area, or is it. */
const contains = (element, area) =>
  element.x <= area.x && element.y <= area.y && element.x + element.width >= area.x + area.width && element.y + element.height >= area.y + area.height;
