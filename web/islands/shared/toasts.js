// Short messages in a corner; what went wrong stays until it is dismissed. What is said again is there once.

let corner;

/**
 * Shows a text; `kind` is 'ok', 'info', 'warn' or 'bad'. With `link` ({text, address}) it leads to another tab, and stays.
 * Gives a function that takes it away.
 */
export function toast(text, kind = 'info', link = null) {
  corner ??= document.getElementById('toasts');
  if (!corner) return () => {};
  const note = document.createElement('div');
  note.className = `toast ${kind}`;
  note.append(made('span', { textContent: text }));
  if (link) note.firstElementChild.append(' ', made('a', { href: link.address, target: '_blank', textContent: link.text }));
  note.dataset.text = text;
  [...corner.children].find((each) => each.dataset.text === text)?.remove();
  const close = made('button', { type: 'button', className: 'button quiet icon-only', textContent: '×', onclick: () => note.remove() });
  close.setAttribute('aria-label', 'Dismiss');
  note.append(close);
  bringToFront();
  corner.append(note);
  if (kind !== 'bad' && !link) setTimeout(() => note.remove(), 6000);
  return () => note.remove();
}

/** A modal dialog dims whatever is outside of it, and lets nobody click there: the corner goes with the one on top. */
function bringToFront() {
  const place = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.body;
  if (corner.parentElement === place) return;
  place.append(corner);
  if (place.matches('dialog')) place.addEventListener('close', () => document.body.append(corner), { once: true });
}

function made(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
