// The form editor, and forms to fill in: form-js.

import { Form, FormEditor } from '@bpmn-io/form-js';
import '@bpmn-io/form-js/dist/assets/form-js.css';
import '@bpmn-io/form-js/dist/assets/form-js-editor.css';
import '@bpmn-io/form-js/dist/assets/properties-panel.css';
import './forms.css';

const EXPORTER = { name: 'Pointsman', version: '1' };

/** Shows a form's JSON in a pane, to be edited or, for who may only look, as it will be filled in. */
export async function open(pane, { content, mayEdit, onChange }) {
  const container = document.createElement('div');
  container.className = mayEdit ? 'form-editor' : 'form-editor read-only';
  pane.append(container);
  return mayEdit ? FormEditing.open(container, content, onChange) : FormLooking.open(container, content);
}

class FormEditing {
  static async open(container, content, onChange) {
    const client = new FormEditor({ container, exporter: EXPORTER });
    const editing = new FormEditing(client);
    await editing.replace(content);
    client.on('changed', () => editing.shown && onChange());
    return editing;
  }

  constructor(client) {
    this.client = client;
    this.shown = false;
  }

  /** Showing a form is no change of it. */
  async replace(content) {
    this.shown = false;
    await this.client.importSchema(JSON.parse(content));
    this.shown = true;
  }

  async content() {
    return `${JSON.stringify(this.client.getSchema(), null, 2)}\n`;
  }

  undo() {
    this.client.get('editorActions').trigger('undo');
  }

  redo() {
    this.client.get('editorActions').trigger('redo');
  }

  jump(id) {
    const field = this.client.get('formFieldRegistry').get(id);
    if (field) this.client.get('selection').set(field);
  }

  destroy() {
    this.client.destroy();
  }
}

class FormLooking {
  static async open(container, content) {
    const looking = new FormLooking(new Form({ container, properties: { readOnly: true } }));
    await looking.replace(content);
    return looking;
  }

  constructor(client) {
    this.client = client;
  }

  async replace(content) {
    this.text = content;
    await this.client.importSchema(JSON.parse(content), {});
  }

  async content() {
    return this.text;
  }

  destroy() {
    this.client.destroy();
  }
}

/** A form to fill in; `submit()` of what it resolves to gives {data, errors}. `styles` is its style sheet's address. */
export async function showForm(container, schema, styles) {
  if (!document.querySelector(`link[href="${styles}"]`)) {
    document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: styles }));
  }
  const form = new Form({ container });
  await form.importSchema(schema, {});
  return form;
}
