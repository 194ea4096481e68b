// What a person has to decide on, above the editor; each notice with its actions.

import { button, element, icon } from './dom.js';

const PICTURES = { warn: 'triangle-alert', bad: 'circle-alert', info: 'info' };

/**
 * Shows a notice; `actions` are pairs of a label and what it does (which closes the notice unless it resolves to
 * false). A notice with an id takes the place of the one before. Gives a function that closes it.
 */
export function notice(id, text, actions, kind = 'warn') {
  const place = document.getElementById('notices');
  closeNotice(id);
  const box = element('div', { className: `notice ${kind}`, id: `notice-${id}` }, icon(PICTURES[kind]), element('p', {}, text));
  const buttons = actions.map(([label, act]) =>
    button(label, async () => {
      if ((await act()) !== false) box.remove();
    }, { className: 'button small' }));
  box.append(element('div', { className: 'actions' }, buttons));
  place.append(box);
  return () => box.remove();
}

export function closeNotice(id) {
  document.getElementById(`notice-${id}`)?.remove();
}
