// Variables as typed fields, where a task or a start has no form.

/** Brings the fields to life, with what was typed before. */
export function mountFields(root, draft) {
  return new FieldsWork(root, draft ?? []);
}

class FieldsWork {
  constructor(root, draft) {
    this.root = root;
    this.template = root.parentElement.querySelector('[data-new-variable]');
    this.drafted = draft.length > 0;
    this.typed = this.entries().length > 0; // somebody may have been quicker than this script
    this.listeners = [];
    if (!this.typed) for (const entry of draft) this.restore(entry);
    root.addEventListener('input', () => this.note());
    root.addEventListener('submit', (event) => event.preventDefault());
    root.addEventListener('click', (event) => {
      if (event.target.closest('[data-act="add-variable"]')) this.add().querySelector('input').focus();
      const removed = event.target.closest('[data-act="remove-variable"]');
      if (!removed) return;
      removed.closest('[data-variable]').remove();
      this.note();
      root.querySelector('[data-act="add-variable"]').focus();
    });
  }

  rows() {
    return [...this.root.querySelectorAll('[data-variable]')];
  }

  note() {
    this.typed = true;
    for (const listener of this.listeners) listener();
  }

  onChange(listener) {
    this.listeners.push(listener);
  }

  changed() {
    return this.typed || this.drafted;
  }

  draft() {
    return { entries: this.entries() };
  }

  /** What was changed, and what was added; null where a name is missing, which the browser says. */
  read() {
    return this.root.reportValidity() ? { entries: this.entries() } : null;
  }

  entries() {
    return this.rows().filter((row) => !row.dataset.variable || controlOf(row).value !== shownAtFirst(row)).map(entryOf);
  }

  restore(entry) {
    const row = this.rows().find((each) => each.dataset.variable === entry.name && each.dataset.kind === entry.kind);
    if (row) {
      controlOf(row).value = entry.text;
      return;
    }
    const added = this.add();
    for (const part of ['name', 'kind', 'text']) partOf(added, part).value = entry[part];
  }

  add() {
    const row = this.template.content.firstElementChild.cloneNode(true);
    this.root.insertBefore(row, this.root.querySelector('[data-act="add-variable"]'));
    return row;
  }

  first() {
    return [...this.root.querySelectorAll('input, textarea, select, button')].find((each) => !each.disabled && !each.readOnly);
  }

  destroy() {}
}

const partOf = (row, part) => row.querySelector(`[data-part="${part}"]`);
const controlOf = (row) => row.querySelector('input, textarea, select');

/** What stood in a field when the page came. */
function shownAtFirst(row) {
  const control = controlOf(row);
  return control.options ? [...control.options].find((option) => option.defaultSelected)?.value : control.defaultValue;
}

function entryOf(row) {
  if (row.dataset.variable) return { name: row.dataset.variable, kind: row.dataset.kind, text: controlOf(row).value };
  return Object.fromEntries(['name', 'kind', 'text'].map((part) => [part, partOf(row, part).value.trim()]));
}
