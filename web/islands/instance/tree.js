// The element instances as a tree: what is in a scope is fetched when the scope is opened, a page at a time.

import { button, count, duration, icon, make, mark, moment } from './dom.js';
import { showMoments } from '../shared/moments.js';

const PAGES_KEPT = 10; // of one scope, that are read again when something has happened

const TYPES = {
  MULTI_INSTANCE_BODY: 'loop', SUB_PROCESS: 'sub-process', EVENT_SUB_PROCESS: 'event sub-process', AD_HOC_SUB_PROCESS: 'ad-hoc sub-process',
  AD_HOC_SUB_PROCESS_INNER_INSTANCE: 'activity', CALL_ACTIVITY: 'calls a process',
};

export class Tree {
  constructor(store) {
    this.store = store;
    this.root = document.getElementById('tree');
    this.onlyOpen = document.getElementById('only-open');
    this.scopes = new Map(); // by key: {item, group, level, open, last, total, rows: Map of key → {visit, item}}
    this.focused = null;
    this.root.addEventListener('click', (event) => this.clicked(event));
    this.root.addEventListener('keydown', (event) => this.pressed(event));
    this.onlyOpen.addEventListener('change', () => this.rebuild());
    store.on('moment', () => this.rebuild());
    store.on('selection', () => this.reveal());
    store.on('refresh', () => this.refresh());
  }

  // ---- Building -----------------------------------------------------------------------------------------------------

  /** The tree anew; scopes that were open stay so. */
  async rebuild() {
    const open = [...this.scopes].filter(([, scope]) => scope.open).map(([key]) => key);
    this.scopes.clear();
    const { key, state } = this.store;
    const visit = {
      key, elementId: '', name: state.processName, type: 'PROCESS', state: state.state === 'SUSPENDED' ? 'ACTIVE' : state.state,
      incident: false, startedAt: state.startedAt, endedAt: state.endedAt, loopCounter: null, children: 1,
    };
    const { item } = this.item(visit, 1);
    this.root.replaceChildren(item);
    await this.open(key);
    for (const each of open) if (each !== key && this.scopes.has(each)) await this.open(each);
    this.reveal();
  }

  item(visit, level) {
    const group = visit.children ? make('ul', { role: 'group', hidden: true }) : null;
    const row = make('div', { className: 'tree-row' });
    const item = make(level === 1 ? 'div' : 'li', { role: 'treeitem', 'aria-level': level, tabIndex: -1, dataset: { key: visit.key } }, row, group);
    if (level === 1 && !this.focused) item.tabIndex = 0;
    if (group) {
      item.setAttribute('aria-expanded', 'false');
      this.scopes.set(visit.key, { item, group, level, open: false, last: null, total: 0, rows: new Map() });
    }
    fill(row, visit);
    item.setAttribute('aria-label', spoken(visit));
    return { item, row };
  }

  // ---- Scopes ---------------------------------------------------------------------------------------------------------

  async open(key) {
    const scope = this.scopes.get(key);
    if (!scope || scope.open) return;
    scope.open = true;
    scope.item.setAttribute('aria-expanded', 'true');
    scope.group.hidden = false;
    if (scope.last === null) await this.more(key);
  }

  close(key) {
    const scope = this.scopes.get(key);
    if (!scope) return;
    scope.open = false;
    scope.item.setAttribute('aria-expanded', 'false');
    scope.group.hidden = true;
  }

  /** The next page of a scope. */
  async more(key) {
    const scope = this.scopes.get(key);
    const page = await this.page(key, scope.last ?? '0');
    if (this.scopes.get(key) !== scope) return;
    page.items.forEach((visit) => this.put(scope, visit));
    scope.last = page.items.at(-1)?.key ?? scope.last ?? '0';
    this.foot(key, scope, page);
  }

  page(key, after) {
    return this.store.part('children', { scope: key, after, only: this.onlyOpen.checked ? 'open' : '' });
  }

  /** A child in its place: those in a scope stand in the order of their keys. */
  put(scope, visit) {
    const known = scope.rows.get(visit.key);
    if (known && (known.visit.children > 0) === (visit.children > 0)) {
      known.visit = visit;
      fill(known.item.firstElementChild, visit);
      known.item.setAttribute('aria-label', spoken(visit));
      return;
    }
    const { item } = this.item(visit, scope.level + 1);
    if (known) {
      known.item.replaceWith(item);
    } else {
      const after = [...scope.rows.keys()].filter((key) => earlier(visit.key, key)).sort((a, b) => (earlier(a, b) ? -1 : 1))[0];
      scope.group.insertBefore(item, after ? scope.rows.get(after).item : scope.foot ?? null);
    }
    scope.rows.set(visit.key, { visit, item });
  }

  foot(key, scope, page) {
    scope.foot?.remove();
    scope.foot = null;
    if (!page.more && page.total) return;
    const text = page.total ? `Show more (${count(scope.rows.size)} of ${count(page.total)})` : this.onlyOpen.checked ? 'Nothing is active in it.' : 'Nothing has begun in it.';
    scope.foot = make('li', { role: 'none', className: 'tree-foot' }, page.more ? button(text, { className: 'small quiet', onclick: () => this.more(key) }) : text);
    scope.group.append(scope.foot);
  }

  /** Something has happened: what is open is read again. */
  async refresh() {
    if (!this.scopes.size) return;
    const { state, key } = this.store;
    const root = this.scopes.get(key);
    fill(root.item.firstElementChild, { key, name: state.processName, type: 'PROCESS', state: state.state === 'SUSPENDED' ? 'ACTIVE' : state.state, startedAt: state.startedAt, endedAt: state.endedAt });
    for (const [each, scope] of [...this.scopes]) {
      if (scope.open && scope.item.isConnected) await this.reread(each, scope);
    }
    this.markSelected();
  }

  async reread(key, scope) {
    const until = scope.last ?? '0';
    let after = '0';
    const seen = new Set();
    for (let pages = 0; pages < PAGES_KEPT; pages += 1) {
      const page = await this.page(key, after);
      if (this.scopes.get(key) !== scope) return;
      page.items.forEach((visit) => { this.put(scope, visit); seen.add(visit.key); });
      after = page.items.at(-1)?.key ?? after;
      scope.last = earlier(scope.last ?? '0', after) ? after : scope.last;
      if (!page.more || !earlier(after, until)) {
        this.foot(key, scope, page);
        break;
      }
    }
    if (this.onlyOpen.checked) this.drop(scope, seen);
  }

  drop(scope, seen) {
    for (const [key, { item }] of scope.rows) {
      if (seen.has(key)) continue;
      item.remove();
      scope.rows.delete(key);
      this.scopes.delete(key);
    }
  }

  // ---- Selection ------------------------------------------------------------------------------------------------------

  /** Opens the scopes around what is selected, and marks it. */
  async reveal() {
    const { chain, key } = this.store;
    let scopeKey = key;
    for (const visit of chain) {
      await this.open(scopeKey);
      const scope = this.scopes.get(scopeKey);
      if (!scope) break;
      if (!scope.rows.has(visit.key)) this.put(scope, visit);
      scopeKey = visit.key;
    }
    this.markSelected(true);
  }

  markSelected(show = false) {
    const key = this.store.selected ?? (this.store.element ? null : this.store.key);
    for (const item of this.root.querySelectorAll('[aria-selected="true"]')) item.setAttribute('aria-selected', 'false');
    const item = key && this.itemOf(key);
    if (!item) return;
    item.setAttribute('aria-selected', 'true');
    if (show && key !== this.store.key) item.firstElementChild.scrollIntoView({ block: 'nearest' });
    this.focus(item, false);
  }

  itemOf(key) {
    return this.root.querySelector(`[role="treeitem"][data-key="${CSS.escape(key)}"]`);
  }

  clicked(event) {
    const item = event.target.closest('[role="treeitem"]');
    if (!item || event.target.closest('.tree-foot')) return;
    if (event.target.closest('.twist')) this.toggle(item.dataset.key);
    else this.store.select(item.dataset.key);
    this.focus(item);
  }

  toggle(key) {
    if (this.scopes.get(key)?.open) this.close(key);
    else this.open(key);
  }

  // ---- Keyboard -------------------------------------------------------------------------------------------------------

  focus(item, take = true) {
    if (this.focused) this.focused.tabIndex = -1;
    this.focused = item;
    item.tabIndex = 0;
    if (take) item.focus({ preventScroll: false });
  }

  pressed(event) {
    const item = event.target.closest('[role="treeitem"]');
    if (!item || event.target !== item) return;
    const move = KEYS[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    move(this, item);
  }

  visible() {
    return [...this.root.querySelectorAll('[role="treeitem"]')].filter((item) => item.offsetParent !== null);
  }

  step(item, by) {
    const items = this.visible();
    const next = items[items.indexOf(item) + by];
    if (next) this.focus(next);
  }
}

const KEYS = {
  ArrowDown: (tree, item) => tree.step(item, 1),
  ArrowUp: (tree, item) => tree.step(item, -1),
  Home: (tree) => tree.focus(tree.visible()[0]),
  End: (tree) => tree.focus(tree.visible().at(-1)),
  ArrowRight(tree, item) {
    const scope = tree.scopes.get(item.dataset.key);
    if (scope && !scope.open) tree.open(item.dataset.key);
    else if (scope) tree.step(item, 1);
  },
  ArrowLeft(tree, item) {
    if (tree.scopes.get(item.dataset.key)?.open) tree.close(item.dataset.key);
    else {
      const parent = item.parentElement.closest('[role="treeitem"]');
      if (parent) tree.focus(parent);
    }
  },
  Enter: (tree, item) => tree.store.select(item.dataset.key),
  ' ': (tree, item) => tree.store.select(item.dataset.key),
};

/** Whether one key (a whole number as text) is smaller than another. */
const earlier = (a, b) => (a.length === b.length ? a < b : a.length < b.length);

const stateOf = (visit) => (visit.incident ? 'INCIDENT' : visit.state);

function fill(row, visit) {
  const loop = visit.loopCounter ? ` #${visit.loopCounter}` : '';
  row.replaceChildren(
    make('span', { className: 'twist', 'aria-hidden': 'true' }, visit.children ? icon('chevron-right') : ''),
    mark(stateOf(visit)),
    make('span', { className: 'tree-name' }, `${visit.name}${loop}`),
    make('span', { className: 'muted tree-type' }, TYPES[visit.type] ?? ''),
    make('span', { className: 'muted tree-times' }, moment(visit.startedAt), ` ${lasting(visit)}`),
  );
  if (visit.type === 'PROCESS') row.firstElementChild.replaceChildren(icon('chevron-right'));
  showMoments(row);
}

function lasting(visit) {
  return visit.endedAt ? duration(new Date(visit.endedAt) - new Date(visit.startedAt)) : '';
}

function spoken(visit) {
  const loop = visit.loopCounter ? `, loop ${visit.loopCounter}` : '';
  const time = visit.endedAt ? `, took ${lasting(visit)}` : '';
  return `${visit.name}${loop}, ${stateOf(visit).toLowerCase()}${time}`;
}
