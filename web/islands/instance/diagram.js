// The diagram: tokens, incidents and the path taken, at the moment that is shown; and the same in words beside it.

import { get } from '../shared/http.js';
import { fit, show } from '../../../modeler/viewer/index.js';
import { showPath } from '../../../modeler/viewer/path.js';
import { describeTokens, dragTokens, nameOf, showPlanned, showTokens } from '../../../modeler/viewer/tokens.js';
import { make } from './dom.js';

export class Diagram {
  constructor(store) {
    this.store = store;
    this.container = document.getElementById('diagram');
    this.text = document.getElementById('diagram-text');
    this.viewer = null;
    this.definition = null;
    this.names = new Map(); // of elements, where there is no diagram to read them from
    this.accepts = null; // in modification: whether a token may be let go on an element
    this.dropped = null;
    store.on('state', () => this.draw());
    store.on('selection', () => this.markSelected());
    document.addEventListener('click', (event) => this.zoom(event.target.closest('[data-zoom]')?.dataset.zoom));
  }

  async draw() {
    const { state } = this.store;
    if (this.definition !== state.definitionKey) {
      this.definition = state.definitionKey;
      await this.open(state.definitionKey);
    }
    if (state !== this.store.state) return;
    if (this.viewer) {
      this.living = showTokens(this.viewer, state.elements);
      showPath(this.viewer, state.flows);
      this.makeMovable();
      this.markSelected();
    }
    this.describe(state);
  }

  async open(definition) {
    this.viewer?.destroy();
    this.viewer = null;
    this.marked = null;
    this.container.replaceChildren();
    const xml = await get(`/v2/process-definitions/${definition}/xml`);
    if (definition !== this.definition) return;
    try {
      this.viewer = await show(this.container, xml);
    } catch {
      this.container.replaceChildren(make('div', { className: 'empty' }, make('p', {}, make('strong', {}, 'This process was deployed without a diagram.')),
        make('p', {}, 'The elements below show where it stands.')));
      this.names = new Map((await this.store.nodes(definition)).map((node) => [node.id, node.name]));
      return;
    }
    this.viewer.get('eventBus').on('element.click', ({ element }) => this.clicked(element));
  }

  clicked(element) {
    const shape = element.labelTarget ?? element;
    if (shape.waypoints) return;
    if (shape.parent && !shape.businessObject.$instanceOf('bpmn:Participant')) this.store.selectElement(shape.id);
    else this.store.select(null);
  }

  describe(state) {
    const name = (id) => (this.viewer ? nameOf(this.viewer, id) : this.names.get(id) ?? id);
    const words = describeTokens(state.elements, name);
    const reasons = state.incidents.map((incident) => `${name(incident.elementId)}: ${incident.message}`);
    this.text.replaceChildren(words);
    if (state.stuck && !reasons.length) this.text.append(' An instance that it called has an incident: see “Called instances”.');
    if (reasons.length) {
      const more = state.incidentCount > reasons.length ? ` (the first ${reasons.length} of ${state.incidentCount})` : '';
      this.text.append(make('details', {}, make('summary', {}, `Why${more}`), make('ul', {}, ...reasons.map((reason) => make('li', {}, reason)))));
    }
  }

  markSelected() {
    if (!this.viewer) return;
    const canvas = this.viewer.get('canvas');
    const registry = this.viewer.get('elementRegistry');
    if (this.marked && registry.get(this.marked)) canvas.removeMarker(this.marked, 'is-selected');
    const shape = this.store.element && registry.get(this.store.element);
    this.marked = shape ? shape.id : null;
    if (!shape) return;
    const root = canvas.findRoot(shape);
    if (root && root !== canvas.getRootElement()) canvas.setRootElement(root);
    canvas.addMarker(shape, 'is-selected');
  }

  zoom(how) {
    if (!this.viewer || !how) return;
    if (how === 'fit') fit(this.viewer);
    else this.viewer.get('zoomScroll').stepZoom(how === 'in' ? 1 : -1);
  }

  /** From now on tokens can be dragged; without functions, no longer. */
  movable(accepts = null, dropped = null) {
    this.accepts = accepts;
    this.dropped = dropped;
    if (this.viewer && this.store.state) {
      this.living = showTokens(this.viewer, this.store.state.elements);
      this.makeMovable();
    }
  }

  /** Marks what a plan would change; see showPlanned. */
  planned(changes) {
    if (this.viewer) showPlanned(this.viewer, changes);
  }

  makeMovable() {
    if (this.accepts) dragTokens(this.viewer, this.living, this.accepts, this.dropped);
  }
}
