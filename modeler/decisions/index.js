// The editor of decisions: requirements, tables and expressions.

import { CamundaCloudModeler } from 'camunda-dmn-js';
import Viewer from 'dmn-js/lib/NavigatedViewer';
import 'camunda-dmn-js/dist/assets/camunda-cloud-modeler.css';
import './decisions.css';
import { layoutModule } from './layout.js';

const DRD = 'drd';

/** Shows DMN XML in a pane. A single decision is shown at once; several begin with their requirements. */
export async function open(pane, { content, mayEdit, onChange, onView }) {
  const container = document.createElement('div');
  container.className = 'decision-editor';
  const panel = document.createElement('aside');
  panel.className = 'properties decision-properties';
  panel.setAttribute('aria-label', 'Properties');
  pane.append(container, panel);
  const decisions = new Decisions(pane, mayEdit ? editor(container, panel) : new Viewer({ container }), onChange, onView);
  await decisions.replace(content);
  return decisions;
}

function editor(container, panel) {
  return new CamundaCloudModeler({
    container,
    drd: {
      propertiesPanel: { parent: panel },
      alignToOrigin: { alignOnSave: false }, // a draft is saved while it is drawn: nothing may jump
      additionalModules: [layoutModule],
    },
    exporter: { name: 'Pointsman', version: '1' },
  });
}

class Decisions {
  constructor(pane, client, onChange, onView) {
    Object.assign(this, { pane, client, onChange, onView });
    this.heard = new WeakSet(); // the viewers, one for each kind of view, whose changes are listened to
    client.on('views.changed', ({ activeView }) => this.#viewChanged(activeView));
  }

  async replace(content) {
    this.text = content;
    await this.client.importXML(content, { open: false });
    const tables = this.client.getViews().filter(({ type }) => type !== DRD);
    await this.client.open(tables.length === 1 ? tables[0] : this.client.getViews()[0]);
  }

  async content() {
    if (!this.client.saveXML || !(this.client instanceof CamundaCloudModeler)) return this.text;
    return (await this.client.saveXML({ format: true })).xml;
  }

  undo() {
    this.client.getActiveViewer().get('commandStack').undo();
  }

  redo() {
    this.client.getActiveViewer().get('commandStack').redo();
  }

  /** Of the requirements; undefined where a table or an expression is in view. */
  get zoom() {
    if (this.client.getActiveView()?.type !== DRD) return undefined;
    const viewer = this.client.getActiveViewer();
    return (step) => {
      if (step === 'fit') viewer.get('canvas').zoom('fit-viewport', 'auto');
      else viewer.get('zoomScroll').stepZoom(step === 'in' ? 1 : -1);
    };
  }

  /** Of the requirements, whichever view is open. */
  async svg() {
    const before = this.client.getActiveView();
    const requirements = this.client.getViews().find(({ type }) => type === DRD);
    if (!requirements) throw new Error('This file has no drawing of its requirements.');
    await this.client.open(requirements);
    const { svg } = await this.client.getActiveViewer().saveSVG();
    if (before && before !== requirements) await this.client.open(before);
    return svg;
  }

  /** The view of a decision, or of the decision that has an element of this id. */
  async jump(id) {
    const views = this.client.getViews();
    const view = views.find((each) => each.element.id === id) ?? views.find((each) => each.type !== DRD && holds(each.element, id));
    if (view) await this.client.open(view);
  }

  destroy() {
    this.client.destroy();
  }

  #viewChanged(view) {
    this.pane.classList.toggle('shows-requirements', view?.type === DRD);
    this.onView();
    const viewer = this.client.getActiveViewer();
    if (!viewer || this.heard.has(viewer)) return;
    this.heard.add(viewer);
    viewer.on('commandStack.changed', ({ trigger }) => trigger !== 'clear' && this.onChange());
  }
}

/** Whether a model element or one below it has the id. */
function holds(element, id) {
  if (element.id === id) return true;
  const children = Object.values(element).flat().filter((child) => child?.$type && child.$parent === element);
  return children.some((child) => holds(child, id));
}
