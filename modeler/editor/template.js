// An element template: its JSON as text.

import { element } from './dom.js';

export async function open(pane, { content, mayEdit, onChange }) {
  const text = element('textarea', { className: 'template-text', spellcheck: false, readOnly: !mayEdit, value: content, 'aria-label': 'Element template as JSON' });
  text.addEventListener('input', onChange);
  pane.append(text);
  return {
    content: async () => text.value,
    replace: async (other) => { text.value = other; },
    destroy: () => text.remove(),
  };
}
