// Keyboard: a page's elements name their key with data-key; `?` shows what there is.

import { isForeign } from './htmx.js';

/** Whether what has the focus takes keys as text. */
export const typing = (element) => element.closest('input, textarea, select, [contenteditable], .cm-editor, .djs-direct-editing-content');

/** `<button data-key="c">` is clicked by c; `<input data-key="/">` is focused by /. Not while somebody types. */
export function installShortcuts() {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector('dialog[open]')) return;
    if (event.key === '?') {
      showHelp();
      return;
    }
    const element = keyed().find((each) => each.dataset.key === event.key);
    if (!element || element.disabled) return;
    event.preventDefault();
    if (element.matches('input, select, textarea')) element.focus();
    else element.click();
  });
}

/** What can be seen and has a key; the HTML of a form takes none. */
function keyed() {
  return [...document.querySelectorAll('[data-key]')].filter((each) => each.offsetParent && !isForeign(each));
}

function showHelp() {
  const keys = keyed();
  if (!keys.length) return;
  const dialog = document.createElement('dialog');
  dialog.setAttribute('aria-label', 'Keyboard shortcuts');
  const title = document.createElement('h2');
  title.textContent = 'Keyboard shortcuts';
  const list = document.createElement('dl');
  list.className = 'facts';
  for (const element of keys) {
    const key = document.createElement('dt');
    key.append(Object.assign(document.createElement('kbd'), { textContent: element.dataset.key }));
    const meaning = document.createElement('dd');
    meaning.textContent = element.dataset.keyHelp ?? element.getAttribute('aria-label') ?? element.textContent.trim();
    list.append(key, meaning);
  }
  const actions = Object.assign(document.createElement('div'), { className: 'actions' });
  const close = Object.assign(document.createElement('button'), { type: 'button', className: 'button', textContent: 'Close' });
  close.dataset.closes = '';
  actions.append(close);
  dialog.append(title, list, actions);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
