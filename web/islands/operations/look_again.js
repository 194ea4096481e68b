// What changes elsewhere: parts of a page that have asked for `instances-changed` look again, though not all the time.

import { subscribe } from '../shared/live.js';

const PAUSE = 2000; // milliseconds between looks

export function lookAgainOnChange() {
  if (!document.querySelector('[hx-trigger*="instances-changed"]')) return;
  let waiting = false;
  let last = Date.now();
  const look = () => {
    waiting = false;
    if (document.hidden || isBusy()) {
      later();
      return;
    }
    last = Date.now();
    document.body.dispatchEvent(new CustomEvent('instances-changed'));
  };
  const later = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(look, Math.max(100, last + PAUSE - Date.now()));
  };
  subscribe(['instances'], later);
}

/** Whether looking again would take something out of a person's hands: rows that are selected, results, a dialog. */
function isBusy() {
  return Boolean(document.querySelector('[data-select]:checked, .result, dialog[open]'));
}
