// A side panel whose width a person drags, by pointer or arrow keys, and folds away; the browser remembers it.

import { element } from './dom.js';

const WIDTH = 'pointsman.properties-width';
const NARROWEST = 200;
const STEP = 24;

/** Puts a handle between what is left of the panel and the panel. */
export function resizable(pane, panel) {
  const handle = element('div', {
    className: 'resize-handle', role: 'separator', tabIndex: 0, 'aria-orientation': 'vertical', 'aria-label': 'Width of the properties',
  });
  const fold = element('button', { type: 'button', className: 'fold-handle', 'aria-label': 'Properties', title: 'Properties' }, '⋮');
  pane.insertBefore(handle, panel);
  pane.insertBefore(fold, panel);
  const set = (width) => {
    const bounded = Math.round(Math.max(NARROWEST, Math.min(width, pane.clientWidth * 0.6)));
    panel.style.width = `${bounded}px`;
    handle.setAttribute('aria-valuenow', bounded);
    localStorage.setItem(WIDTH, bounded);
  };
  const kept = Number(localStorage.getItem(WIDTH));
  if (kept >= NARROWEST) panel.style.width = `${kept}px`;
  handle.setAttribute('aria-valuenow', panel.offsetWidth);
  handle.addEventListener('pointerdown', (event) => {
    handle.setPointerCapture(event.pointerId);
    handle.onpointermove = (move) => set(pane.getBoundingClientRect().right - move.clientX);
    handle.onpointerup = () => { handle.onpointermove = handle.onpointerup = null; };
    event.preventDefault();
  });
  handle.addEventListener('keydown', ({ key }) => {
    if (key === 'ArrowLeft') set(panel.clientWidth + STEP);
    if (key === 'ArrowRight') set(panel.clientWidth - STEP);
  });
  const folded = (value) => {
    pane.classList.toggle('folded', value);
    fold.setAttribute('aria-expanded', !value);
  };
  folded(matchMedia('(max-width: 760px)').matches);
  fold.addEventListener('click', () => folded(!pane.classList.contains('folded')));
}
