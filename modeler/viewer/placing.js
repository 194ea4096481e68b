// Where something that belongs to an element may stand, so that it covers as little as possible of what is drawn.

/**
 * Puts HTML beside elements, in place of what stood there of the same kind: [{shape, html}]. `taken`: see Places;
 * `options`: of the overlays.
 */
export function putBeside(viewer, kind, rows, { taken = [], ...options } = {}) {
  const overlays = viewer.get('overlays');
  overlays.remove({ type: kind });
  const sizes = measure(rows.map(({ html }) => html));
  const positions = new Places(viewer, taken).findAll(rows.map(({ shape }, i) => ({ shape, ...sizes[i] })));
  rows.forEach(({ shape, html }, i) => overlays.add(shape, kind, { position: positions[i], html, ...options }));
}

/** How large what is put there will be, also where the diagram itself is not visible yet; all in one look. */
function measure(rows) {
  const bench = document.createElement('div');
  bench.className = 'djs-overlay measured';
  bench.append(...rows);
  document.body.append(bench);
  const sizes = rows.map(({ offsetWidth, offsetHeight }) => ({ width: offsetWidth, height: offsetHeight }));
  bench.remove();
  return sizes;
}

const GAP = 2; // between an element and what stands beside it

/** What it costs to cover one square unit of something. What is at stake is whether it can still be read. */
const COSTS = { shape: 2, event: 6, text: 4, icon: 1.5, note: 8 };
const LINE_COST = 14; // for one unit of length of a flow: a flow is followed although a part of it is hidden
const RANK_COST = 40; // for each place that would have been better liked
const EDGE = 12; // so far from the outermost element something may stand: what is fitted into a view shows it
const ICON = 26; // the mark of a task's kind, in its upper left corner
const LETTER = 6.5; // the width of one letter of a name, about
const LINE_HEIGHT = 15;

/**
 * Finds places beside elements, one after the other: what has been placed is not covered by what follows.
 *
 * `taken`: rectangles {x, y, width, height} of the diagram that are to stay clear as well. Only what is drawn together
 * with an element counts: a collapsed sub-process has a plane of its own.
 */
class Places {
  constructor(viewer, taken = []) {
    this.canvas = viewer.get('canvas');
    this.obstacles = new Map(); // by plane
    this.taken = taken;
    this.elements = viewer.get('elementRegistry').getAll();
  }

  /**
   * A place for each of [{shape, width, height}], in their order. Those with the least room choose first: the events on
   * a border, then whatever is small.
   */
  findAll(rows) {
    const found = new Map();
    for (const row of rows.toSorted((one, other) => byRoom(one.shape, other.shape))) found.set(row, this.find(row.shape, row));
    return rows.map((row) => found.get(row));
  }

  /** The upper left corner for something of this size, in units of the diagram and relative to the shape's own. */
  find(shape, { width, height }) {
    const obstacles = this.near(shape, Math.max(width, height) + 60);
    let best = null;
    spots(shape, width, height).forEach(([left, top], rank) => {
      const there = { x: shape.x + left, y: shape.y + top, width, height };
      const cost = rank * RANK_COST + obstacles.reduce((sum, each) => sum + each.cost(there, shape), 0);
      if (!best || cost < best.cost) best = { cost, left, top, there };
    });
    this.around(shape).push(note(best.there));
    return { left: best.left, top: best.top };
  }

  near(shape, reach) {
    const area = { x: shape.x - reach, y: shape.y - reach, width: shape.width + 2 * reach, height: shape.height + 2 * reach };
    return this.around(shape).filter(({ bounds }) => overlap(bounds, area) > 0);
  }

  around(shape) {
    const plane = this.canvas.findRoot(shape);
    if (!this.obstacles.has(plane)) {
      const there = this.elements.filter((element) => element.parent && !element.hidden && this.canvas.findRoot(element) === plane);
      this.obstacles.set(plane, [...there.flatMap(obstaclesOf), ...this.taken.map(note), edgeOf(there)]);
    }
    return this.obstacles.get(plane);
  }
}

function byRoom(one, other) {
  return Number(Boolean(other.host)) - Number(Boolean(one.host)) || one.width * one.height - other.width * other.height;
}

/** Places relative to a shape, the best liked first. */
function spots(shape, width, height) {
  const [above, below, middle] = [-height - GAP, shape.height + GAP, (shape.width - width) / 2];
  const [onTop, onBottom] = [-height / 2, shape.height - height / 2];
  const [flushLeft, flushRight, before, after] = [-6, shape.width + 6 - width, -width - GAP, shape.width + GAP];
  if (isSmall(shape)) {
    const [slightlyLeft, slightlyRight] = [shape.width * 0.3 - width, shape.width * 0.7];
    return [
      [middle, above], [slightlyRight, above + 4], [slightlyLeft, above + 4], [after - 4, onTop], [before + 4, onTop],
      [middle, below], [after - 4, shape.height - height], [before + 4, shape.height - height], [slightlyRight, below - 4], [slightlyLeft, below - 4],
      [after - 4, onBottom], [before + 4, onBottom],
    ];
  }
  return [
    [flushRight, onTop], [flushRight, above], [middle, above], [flushLeft, above], [flushLeft, onTop],
    [flushRight, onBottom], [flushLeft, onBottom], [flushRight, below], [middle, below], [flushLeft, below],
    [shape.width / 2 + 24, onTop], [shape.width / 2 + 24, above], [shape.width / 2 - 24 - width, above],
    [shape.width / 2 + 24, onBottom], [shape.width / 2 - 24 - width, onBottom], [after, above], [before, above],
  ];
}

function isSmall(shape) {
  return shape.width < 60 && shape.height < 60;
}

/** What there is of an element that something else could cover. */
function obstaclesOf(element) {
  if (element.waypoints) return element.waypoints.slice(1).map((end, i) => line(element.waypoints[i], end));
  if (element.labelTarget) return [rectangle(element, COSTS.text)];
  const name = element.businessObject?.name ?? '';
  if (isContainer(element)) return [...(name ? [rectangle(titleOf(element, name), COSTS.text)] : []), ...marksOf(element)];
  if (isSmall(element)) return [rectangle(element, COSTS.event)];
  return [...insideOf(element, name), ...marksOf(element), rectangle(element, COSTS.shape, element)];
}

/** An activity's name and mark count for its own badges too; its border and the room within do not. */
function insideOf(element, name) {
  const lines = Math.min(4, Math.ceil((name.length * LETTER) / (element.width - 14)));
  const width = Math.min(element.width - 10, name.length * LETTER);
  const height = lines * LINE_HEIGHT;
  const text = { x: element.x + (element.width - width) / 2, y: element.y + (element.height - height) / 2, width, height };
  const icon = { x: element.x, y: element.y + 2, width: ICON, height: ICON };
  return [rectangle(text, COSTS.text), rectangle(icon, COSTS.icon)];
}

/** The marks for loops, compensation and what a collapsed sub-process holds, in the middle of the lower border. */
function marksOf({ businessObject, x, y, width, height, collapsed }) {
  const marked = businessObject.loopCharacteristics || businessObject.isForCompensation || collapsed || businessObject.$instanceOf('bpmn:AdHocSubProcess');
  return marked ? [rectangle({ x: x + width / 2 - ICON / 2, y: y + height - ICON, width: ICON, height: ICON }, COSTS.icon)] : [];
}

/** What stands beyond the outermost elements may be cut off. */
function edgeOf(elements) {
  const shapes = elements.filter((element) => !element.waypoints);
  const [x, y] = [Math.min(...shapes.map((each) => each.x)) - EDGE, Math.min(...shapes.map((each) => each.y)) - 2 * EDGE];
  const [right, bottom] = [Math.max(...shapes.map((each) => each.x + each.width)) + EDGE, Math.max(...shapes.map((each) => each.y + each.height)) + EDGE];
  const bounds = { x, y, width: right - x, height: bottom - y };
  return { bounds, cost: (there) => COSTS.shape * (there.width * there.height - overlap(bounds, there)) };
}

function isContainer(element) {
  return element.children?.some((child) => !child.labelTarget) || ['bpmn:Participant', 'bpmn:Lane', 'bpmn:Group'].includes(element.type);
}

/** A lane's name stands upright at its left side, a scope's in the middle of its upper border. */
function titleOf(element, name) {
  if (['bpmn:Participant', 'bpmn:Lane'].includes(element.type)) return { x: element.x, y: element.y, width: 30, height: element.height };
  const width = Math.min(element.width, name.length * LETTER);
  return { x: element.x + (element.width - width) / 2, y: element.y + 5, width, height: LINE_HEIGHT };
}

function note(bounds) {
  return rectangle(bounds, COSTS.note);
}

/** `owner`: for which it is no obstacle. */
function rectangle(bounds, cost, owner = null) {
  return { bounds, cost: (there, shape) => (shape === owner ? 0 : cost * overlap(bounds, there)) };
}

/** One straight piece of a flow. */
function line(from, to) {
  const bounds = { x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), width: Math.abs(from.x - to.x) + 1, height: Math.abs(from.y - to.y) + 1 };
  return { bounds, cost: (there) => LINE_COST * hidden(bounds, there) };
}

/** About how many units of a line are behind a rectangle; exact where the line is upright or level. */
function hidden(bounds, there) {
  return overlap(bounds, there) > 0 ? Math.max(shared(bounds, there, 'x', 'width'), shared(bounds, there, 'y', 'height')) : 0;
}

function overlap(one, other) {
  return shared(one, other, 'x', 'width') * shared(one, other, 'y', 'height');
}

function shared(one, other, start, length) {
  return Math.max(0, Math.min(one[start] + one[length], other[start] + other[length]) - Math.max(one[start], other[start]));
}
