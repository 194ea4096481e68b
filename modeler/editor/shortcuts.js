// What the keyboard does in each editor.

import { element } from './dom.js';

const EVERYWHERE = [['Ctrl+Z', 'Undo'], ['Ctrl+Y', 'Redo'], ['Ctrl+S', 'Save now'], ['?', 'This help']];
const DIAGRAM = [
  ['Ctrl+F', 'Find an element'], ['.', 'Select the next element'], [',', 'Select the previous one'],
  ['Enter', 'What can be done with the selected element (arrows choose)'], ['N', 'Create an element'], ['A', 'Append an element to the selected one'],
  ['R', 'Replace the selected element'], ['E', 'Edit the label'], ['Shift+C', 'Connect the selected element to another, by name'],
  ['C', 'Connect with the mouse'], ['H', 'Hand: move the canvas'], ['L', 'Lasso: select an area'], ['S', 'Space: make or remove room'],
  ['Ctrl+C', 'Copy'], ['Ctrl+X', 'Cut'], ['Ctrl+V', 'Paste, also from another diagram'], ['Ctrl+A', 'Select all'], ['Del', 'Remove'],
  ['←↑→↓', 'Move what is selected'], ['Ctrl+←↑→↓', 'Move the canvas'], ['Ctrl++', 'Zoom in'], ['Ctrl+-', 'Zoom out'], ['Ctrl+0', 'Original size'],
  ['T', 'Token simulation'],
];

export function showShortcuts(kind) {
  const keys = kind === 'bpmn' ? [...EVERYWHERE, ...DIAGRAM] : EVERYWHERE;
  const rows = keys.map(([key, meaning]) => [element('dt', {}, element('kbd', {}, key)), element('dd', {}, meaning)]);
  const close = element('button', { type: 'submit', className: 'button' }, 'Close');
  const dialog = element('dialog', { 'aria-labelledby': 'shortcuts-title' },
    element('h2', { id: 'shortcuts-title' }, 'Keyboard shortcuts'),
    element('dl', { className: 'facts shortcuts' }, rows.flat()),
    element('form', { method: 'dialog', className: 'actions' }, close));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
