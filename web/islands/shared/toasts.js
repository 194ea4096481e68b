// Short messages in a corner; what went wrong stays until it is dismissed. What is said again is there once.

/** Shows a text; `kind` is 'ok', 'info', 'warn' or 'bad'. */
export function toast(text, kind = 'info') {
  const corner = document.getElementById('toasts');
  if (!corner) return;
  const note = document.createElement('div');
  note.className = `toast ${kind}`;
  note.append(text);
  note.dataset.text = text;
  [...corner.children].find((each) => each.dataset.text === text)?.remove();
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'button quiet icon-only';
  close.setAttribute('aria-label', 'Dismiss');
  close.textContent = '×';
  close.addEventListener('click', () => note.remove());
  note.append(close);
  corner.append(note);
  if (kind !== 'bad') setTimeout(() => note.remove(), 6000);
}
