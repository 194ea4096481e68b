// Play: the diagram beside the list. The list is the truth; the diagram shows the same, and its buttons press those of the list.

import './play.css';
import { Picture } from './picture.js';
import { mountForms } from './forms.js';
import { readFileInto } from './file.js';

const canvas = document.getElementById('play-canvas');
const side = document.getElementById('play');
const file = document.querySelector('[data-play-file]');

if (file) readFileInto(file);
if (canvas && side) play();

function play() {
  const picture = new Picture(canvas);
  const show = () => picture.show(JSON.parse(document.getElementById('play-picture').textContent));
  let kept;
  const rest = (busy) => {
    for (const part of [canvas, side]) part.inert = busy;
  };
  show();
  mountForms(side);
  // One step after the other: what is pressed while one is under way would be for a state that is gone.
  document.addEventListener('htmx:before:request', () => {
    kept = place();
    rest(true);
  });
  document.addEventListener('htmx:after:swap', () => {
    rest(false);
    show();
    if (kept) restore(kept);
  });
  document.addEventListener('htmx:after:request', ({ detail }) => detail.ctx.response.status >= 400 && rest(false));
  document.addEventListener('htmx:error', () => rest(false));
}

/** Where the person is: how far down, and on which control, by what it is called. */
function place() {
  const active = side.contains(document.activeElement) ? document.activeElement : null;
  return { top: side.scrollTop, name: active && nameOf(active), inDialog: Boolean(active?.closest('dialog')) };
}

/** Back there; where the control is gone with the step, the keyboard goes on at the list of what waits. */
function restore({ top, name, inDialog }) {
  side.scrollTop = top;
  const same = name && !inDialog && [...side.querySelectorAll('button, input, a')].find((each) => !each.disabled && !each.closest('dialog') && nameOf(each) === name);
  if (same) same.focus({ preventScroll: true });
  else if (!document.activeElement || document.activeElement === document.body) document.getElementById('play-waits').focus({ preventScroll: true });
}

function nameOf(control) {
  return control.getAttribute('aria-label') ?? control.textContent.trim();
}
