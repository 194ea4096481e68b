// Keyboard: a page's elements name their key with data-key; `?` shows what there is.

const typing = (element) => element.closest('input, textarea, select, [contenteditable], .cm-editor, .djs-direct-editing-content');

/** `<button data-key="c">` is clicked by c; `<input data-key="/">` is focused by /. Not while somebody types. */
export function installShortcuts() {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector('dialog[open]')) return;
    if (event.key === '?') {
      showHelp();
      return;
    }
    const element = [...document.querySelectorAll('[data-key]')].find((each) => each.dataset.key === event.key && each.offsetParent);
    if (!element || element.disabled) return;
    event.preventDefault();
    if (element.matches('input, select, textarea')) element.focus();
    else element.click();
  });
}

function showHelp() {
  const keys = [...document.querySelectorAll('[data-key]')].filter((each) => each.offsetParent);
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
  dialog.append(title, list);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
