// A drawing of the requirements for a file that has none: what is required stands below what requires it.

import { containsDi } from 'dmn-js-shared/lib/util/DiUtil';

const GAP = { across: 50, down: 70 };
const ORIGIN = { x: 200, y: 130 };
const REQUIREMENTS = ['informationRequirement', 'knowledgeRequirement', 'authorityRequirement'];
const REQUIRED = ['requiredDecision', 'requiredInput', 'requiredKnowledge', 'requiredAuthority'];

/** Takes the place of the editor's own, which draws decisions over each other and no requirements. */
export const layoutModule = { diGenerator: ['type', Layout] };

Layout.$inject = ['drdFactory', 'elementFactory', 'eventBus', 'drdUpdater'];

function Layout(drdFactory, elementFactory, eventBus, drdUpdater) {
  eventBus.on('import.start', ({ definitions }) => {
    if (!containsDi(definitions)) draw(definitions);
  });

  function draw(definitions) {
    const diagram = drdFactory.create('dmndi:DMNDiagram');
    const interchange = definitions.dmnDI ?? drdFactory.create('dmndi:DMNDI');
    definitions.set('dmnDI', interchange);
    interchange.set('diagrams', [diagram]);
    const places = placesOf(definitions.get('drgElement'), (element) => elementFactory._getDefaultSize(element));
    for (const [element, bounds] of places) drdUpdater.updateDiParent(drdFactory.createDiShape(element, bounds), diagram);
    for (const { requirement, from, to } of requirementsOf([...places.keys()])) {
      const waypoints = [topOf(places.get(from)), bottomOf(places.get(to))];
      drdUpdater.updateDiParent(drdFactory.createDiEdge(requirement, waypoints), diagram);
    }
  }
}

const topOf = ({ x, y, width }) => ({ x: x + width / 2, y });
const bottomOf = ({ x, y, width, height }) => ({ x: x + width / 2, y: y + height });

/** A list of {requirement, from, to}: `to` requires `from`. What is required from other files is left out. */
function requirementsOf(elements) {
  const byId = new Map(elements.map((element) => [element.id, element]));
  const found = [];
  for (const to of elements) {
    for (const requirement of REQUIREMENTS.flatMap((name) => to.get(name) ?? [])) {
      const href = REQUIRED.map((name) => requirement[name]?.href).find(Boolean) ?? '';
      const from = href.startsWith('#') && byId.get(href.slice(1));
      if (from) found.push({ requirement, from, to });
    }
  }
  return found;
}

/** Bounds by element: rows from what requires most above to what requires nothing below, each row in the middle. */
function placesOf(elements, sizeOf) {
  const rows = rowsOf(elements);
  const widths = rows.map((row) => row.reduce((sum, element) => sum + sizeOf(element).width + GAP.across, -GAP.across));
  const widest = Math.max(...widths, 0);
  const places = new Map();
  let { y } = ORIGIN;
  rows.forEach((row, number) => {
    let x = ORIGIN.x + Math.round((widest - widths[number]) / 2);
    for (const element of row) {
      const { width, height } = sizeOf(element);
      places.set(element, { x, y, width, height });
      x += width + GAP.across;
    }
    y += Math.max(...row.map((element) => sizeOf(element).height)) + GAP.down;
  });
  return places;
}

function rowsOf(elements) {
  const required = Map.groupBy(requirementsOf(elements), ({ to }) => to);
  const depths = new Map();
  const depthOf = (element, above = []) => {
    if (above.includes(element)) return 0; // a circle: the engine tells of it
    if (!depths.has(element)) {
      const below = (required.get(element) ?? []).map(({ from }) => depthOf(from, [...above, element]));
      depths.set(element, Math.max(-1, ...below) + 1);
    }
    return depths.get(element);
  };
  const rows = Map.groupBy(elements, (element) => depthOf(element));
  return [...rows.keys()].sort((one, other) => other - one).map((depth) => rows.get(depth));
}
