// Tasks and the models that they refer to: a button on the task opens its form, decision or process; where it has none
// yet, its context pad offers to make one.

import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';

const REFERENCES = [
  { on: 'bpmn:UserTask', by: 'zeebe:FormDefinition', attribute: 'formId', kind: 'form', word: 'form', beside: ['zeebe:UserTask'] },
  { on: 'bpmn:StartEvent', by: 'zeebe:FormDefinition', attribute: 'formId', kind: 'form', word: 'form', plain: true },
  { on: 'bpmn:BusinessRuleTask', by: 'zeebe:CalledDecision', attribute: 'decisionId', kind: 'dmn', word: 'decision', unless: 'zeebe:TaskDefinition', more: { resultVariable: 'result' } },
  { on: 'bpmn:CallActivity', by: 'zeebe:CalledElement', attribute: 'processId', kind: 'bpmn', word: 'process', more: { propagateAllChildVariables: false } },
];

/** The module; `onOpen(kind, id, name, refer)`: `id` is empty where there is none yet, `refer(id)` sets it. */
export function referencesModule(onOpen) {
  return {
    __init__: ['references'],
    references: ['type', References],
    openReference: ['value', onOpen],
  };
}

class References {
  static $inject = ['openReference', 'eventBus', 'overlays', 'elementRegistry', 'contextPad', 'bpmnFactory', 'modeling'];

  constructor(openReference, eventBus, overlays, elementRegistry, contextPad, bpmnFactory, modeling) {
    Object.assign(this, { openReference, overlays, bpmnFactory, modeling });
    contextPad.registerProvider(400, this);
    eventBus.on('import.done', () => elementRegistry.forEach((element) => this.#show(element)));
    eventBus.on('elements.changed', ({ elements }) => elements.forEach((element) => elementRegistry.get(element.id) && this.#show(element)));
  }

  getContextPadEntries(element) {
    const found = referenceOf(element);
    if (!found) return {};
    const title = found.id ? `Open the ${found.word} “${found.id}”` : `Create a ${found.word} for it`;
    return {
      'open-reference': {
        group: 'edit',
        className: `reference-entry reference-${found.kind}`,
        title,
        action: { click: () => this.#open(element, found) },
      },
    };
  }

  #open(element, reference) {
    const name = getBusinessObject(element).get('name') ?? '';
    this.openReference(reference.kind, reference.id, name, (id) => this.#refer(element, reference, id));
  }

  #show(element) {
    this.overlays.remove({ element, type: 'reference' });
    const found = referenceOf(element);
    if (!found?.id || element.labelTarget) return;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = `reference-mark reference-${found.kind}`;
    button.title = `Open the ${found.word} “${found.id}”`;
    button.setAttribute('aria-label', button.title);
    button.addEventListener('click', () => this.#open(element, found));
    const position = is(element, 'bpmn:Event') ? { top: -12, right: 12 } : { top: 4, right: 26 };
    this.overlays.add(element, 'reference', { position, html: button, scale: { min: 0.6 }, show: { minZoom: 0.35 } });
  }

  /** Makes the element refer to an id: one change to be undone at once, as far as the editor's commands go. */
  #refer(element, { by, attribute, beside = [], more = {} }, id) {
    const object = getBusinessObject(element);
    const extensions = object.get('extensionElements') ?? this.#extensions(element, object);
    const values = extensions.get('values');
    const existing = values.find((value) => is(value, by));
    if (existing) {
      this.modeling.updateModdleProperties(element, existing, { [attribute]: id });
      return;
    }
    const missing = beside.filter((type) => !values.some((value) => is(value, type))).map((type) => this.#made(type, {}, extensions));
    const definition = this.#made(by, { ...more, [attribute]: id }, extensions);
    this.modeling.updateModdleProperties(element, extensions, { values: [...values, ...missing, definition] });
  }

  #extensions(element, object) {
    const extensions = this.#made('bpmn:ExtensionElements', { values: [] }, object);
    this.modeling.updateModdleProperties(element, object, { extensionElements: extensions });
    return extensions;
  }

  #made(type, properties, parent) {
    return Object.assign(this.bpmnFactory.create(type, properties), { $parent: parent });
  }
}

/** What an element refers to or could: a row of REFERENCES with `id`, empty where it is not set or is an expression. */
function referenceOf(element) {
  const row = REFERENCES.find(({ on }) => is(element, on));
  if (!row) return null;
  const object = getBusinessObject(element);
  if (row.plain && object.get('eventDefinitions')?.length) return null;
  const values = object.get('extensionElements')?.get('values') ?? [];
  if (row.unless && values.some((value) => is(value, row.unless))) return null;
  const id = values.find((value) => is(value, row.by))?.get(row.attribute) ?? '';
  return id.startsWith('=') ? null : { ...row, id };
}
