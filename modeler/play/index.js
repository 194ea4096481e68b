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
  const picture = new Picture(canvas, document.getElementById('main'));
  const show = () => picture.show(JSON.parse(document.getElementById('play-picture').textContent));
  show();
  mountForms(side);
  document.addEventListener('htmx:before:swap', closeDialogs);
  document.addEventListener('htmx:after:swap', () => {
    show();
    keepFocus();
  });
}

/** What a dialog was for may be gone after the step, and another thing may have its place. */
function closeDialogs() {
  for (const dialog of side.querySelectorAll('dialog[open]')) dialog.close();
}

/** Where what was pressed is gone, the keyboard goes on at the list. */
function keepFocus() {
  if (!document.activeElement || document.activeElement === document.body) document.getElementById('play-waits').focus({ preventScroll: true });
}
