// The BPMN editor: bpmn-js in its Camunda 8 flavour, with the properties panel beside it.

import Modeler from 'camunda-bpmn-js/lib/camunda-cloud/Modeler';
import Viewer from 'camunda-bpmn-js/lib/camunda-cloud/NavigatedViewer';
import lintingModule from '@camunda/linting/modeler';
import simulationModule from 'bpmn-js-token-simulation';
import { TOGGLE_MODE_EVENT } from 'bpmn-js-token-simulation/lib/util/EventHelper.js';
import modelerModdle from 'modeler-moddle/resources/modeler.json';
import { fit } from '../viewer/index.js';
import { element } from './dom.js';
import { keyboardModule } from './keyboard.js';
import { referencesModule } from './references.js';
import { resizable } from './resizing.js';

const PALETTE = 130; // pixels on the left that the palette covers
const MARGIN = 40;

/**
 * Shows BPMN XML in a pane. `onChange()` hears of each change, `onOpen(kind, id, name, refer)` of a person who wants to
 * work on what an element refers to, `onPressed(command, active)` of the minimap and of token simulation; `templates` and `resources` are what
 * the library has to offer.
 */
export async function open(pane, options) {
  const editor = options.mayEdit ? new DiagramEditor(pane, options) : new DiagramViewer(pane);
  await editor.replace(options.content);
  return editor;
}

/** What looking at a diagram and editing it have in common. */
class Diagram {
  constructor(client) {
    this.client = client;
    this.canvas = client.get('canvas');
  }

  async replace(content) {
    this.xml = content;
    await this.client.importXML(await drawn(content));
    fit(this.client);
  }

  async svg() {
    return (await this.client.saveSVG()).svg;
  }

  zoom(step) {
    if (step === 'fit') fit(this.client);
    else this.client.get('zoomScroll').stepZoom(step === 'in' ? 1 : -1);
  }

  jump(id) {
    const found = this.client.get('elementRegistry').get(id);
    if (!found || found === this.canvas.getRootElement()) return;
    this.canvas.scrollToElement(found);
    this.client.get('selection').select(found);
  }

  destroy() {
    this.client.destroy();
  }
}

/** A file without a drawing gets one, which is saved with what the person changes first. */
async function drawn(content) {
  if (/<([\w-]+:)?BPMNDiagram\b/.test(content)) return content;
  const { withDrawing } = await import('./drawing.js');
  return withDrawing(content);
}

/** For who may only look. */
class DiagramViewer extends Diagram {
  constructor(pane) {
    const container = element('div', { className: 'canvas' });
    pane.append(container);
    super(new Viewer({ container }));
  }

  /** As it came. */
  async content() {
    return this.xml;
  }
}

class DiagramEditor extends Diagram {
  constructor(pane, { onChange, onOpen, onPressed, templates, resources }) {
    const container = element('div', { className: 'canvas' });
    const panel = element('aside', { className: 'properties', 'aria-label': 'Properties' });
    pane.append(container, panel);
    resizable(pane, panel);
    super(new Modeler({
      container,
      propertiesPanel: { parent: panel },
      additionalModules: [lintingModule, referencesModule(onOpen), simulationModule, keyboardModule],
      moddleExtensions: { modeler: modelerModdle },
      alignToOrigin: { alignOnSave: false }, // a draft is saved while it is drawn: nothing may jump
      linting: { active: true },
      exporter: { name: 'Pointsman', version: '1' },
      resources,
    }));
    this.client.get('elementTemplatesLoader').setTemplates(templates);
    this.client.on('commandStack.changed', ({ trigger }) => trigger !== 'clear' && onChange()); // showing is no change
    this.client.on('minimap.toggle', ({ open: active }) => onPressed('minimap', active));
    this.client.on(TOGGLE_MODE_EVENT, ({ active }) => {
      panel.inert = active; // what runs is not changed meanwhile
      onPressed('simulate', active);
    });
  }

  async content() {
    return (await this.client.saveXML({ format: true })).xml;
  }

  /** The model as it is, for the linter. */
  definitions() {
    return this.client.getDefinitions();
  }

  undo() {
    this.client.get('editorActions').trigger('undo');
  }

  redo() {
    this.client.get('editorActions').trigger('redo');
  }

  find() {
    this.client.get('searchPad').toggle();
  }

  minimap() {
    this.client.get('minimap').toggle();
  }

  /** Switches the token simulation on or off. */
  simulate() {
    this.client.get('toggleMode').toggleMode();
  }

  zoom(step) {
    if (step === 'fit') this.#fit();
    else super.zoom(step);
  }

  async replace(content) {
    await super.replace(content);
    this.#fit();
  }

  /** As large as it was drawn, or as large as there is room beside the palette. */
  #fit() {
    const { inner, outer } = this.canvas.viewbox();
    if (!outer.width || !inner.width) return;
    const scale = Math.min(1, (outer.width - PALETTE - MARGIN) / inner.width, (outer.height - 2 * MARGIN) / inner.height);
    const [width, height] = [outer.width / scale, outer.height / scale];
    const x = inner.x - (PALETTE / scale + (width - PALETTE / scale - inner.width) / 2);
    this.canvas.viewbox({ x, y: inner.y - (height - inner.height) / 2, width, height });
  }

  mark(problems) {
    this.client.get('linting').setErrors(problems.map(asReport));
  }

  jump(id, problem) {
    if (problem) this.client.get('linting').showError(asReport(problem));
    else super.jump(id);
  }
}

/** A problem as the linting module shows it on elements and at the entries of the properties panel. */
function asReport(problem) {
  return problem.report ?? { id: problem.elementId, message: problem.message, category: 'error', rule: 'engine' };
}
