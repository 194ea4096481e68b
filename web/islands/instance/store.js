// What the page shows: which moment, how the instance stood then, what is selected. Its parts listen to it.

import { get } from '../shared/http.js';

/**
 * Tells 'state' (the diagram's data have come), 'moment' (another moment is shown), 'selection', 'nodes' and 'refresh'
 * (something has happened to the instance). `at` is the step that is shown, null for now.
 */
export class Store extends EventTarget {
  constructor(element) {
    super();
    this.key = element.dataset.instance;
    const query = new URLSearchParams(location.search);
    this.at = /^[0-9]+$/.test(query.get('at') ?? '') ? Number(query.get('at')) : null;
    this.state = null;
    this.deleted = false; // meanwhile
    this.selected = query.get('select'); // the key of an element instance, null: the process
    this.element = null; // the id of the selected element
    this.chain = []; // the selected element instance, after the scopes around it
    this.definitions = new Map();
    this.ready = new Promise((known) => this.addEventListener('state', known, { once: true })); // how it stands is known
  }

  /** The address of a part, at the moment that is shown unless told otherwise. */
  address(part, parameters = {}, at = this.at) {
    const query = new URLSearchParams(parameters);
    if (at !== null) query.set('at', at);
    return `/operations/instances/${this.key}/${part}${query.size ? `?${query}` : ''}`;
  }

  part(name, parameters = {}, options = {}) {
    return get(this.address(name, parameters), options);
  }

  tell(name) {
    this.dispatchEvent(new Event(name));
  }

  on(name, handler) {
    this.addEventListener(name, handler);
  }

  /** Whether something can be done to the instance: it runs, and the present is shown. */
  get open() {
    return !this.deleted && this.at === null && this.state !== null && !this.state.endedAt;
  }

  /** Reads how it stands, or stood; whether it came to that. The latest call wins. */
  async load() {
    const state = await this.read();
    if (!state) return false;
    this.state = state;
    this.tell('state');
    return true;
  }

  /**
   * Reads it again; whether it is different. If not, nothing is told: what is drawn again takes a click with it that is
   * just under way.
   */
  async look() {
    const state = await this.read();
    if (!state || JSON.stringify(state) === JSON.stringify(this.state)) return false;
    this.state = state;
    this.tell('state');
    return true;
  }

  /** Whether the instance is no longer there. */
  async isDeleted() {
    try {
      await get(this.address('state', {}, null));
      return false;
    } catch (error) {
      return error.status === 404;
    }
  }

  async read() {
    this.loading?.abort();
    const loading = this.loading = new AbortController();
    try {
      return await this.part('state', {}, { signal: loading.signal });
    } catch (error) {
      if (error.name === 'AbortError') return null;
      throw error;
    }
  }

  /** Shows another moment; null is now. */
  async show(at) {
    this.at = at;
    remember('at', at);
    if (await this.load()) {
      this.tell('moment');
      await this.reselect();
    }
  }

  // ---- What is selected -------------------------------------------------------------------------------------------

  /** Selects an element instance by its key, or the process itself by the instance's key or null. */
  async select(key) {
    this.selected = key === this.key ? null : key;
    remember('select', this.selected);
    this.chain = this.selected ? await this.part('chain', { element: this.selected }) : [];
    this.element = this.chain.at(-1)?.elementId ?? null;
    this.visits = null;
    this.tell('selection');
  }

  /** Selects an element of the diagram: the visit that is open, or the latest. */
  async selectElement(id) {
    this.visits = await this.part('visits', { element: id });
    const [first] = this.visits.items;
    if (first) {
      const { visits } = this;
      await this.select(first.key);
      this.visits = visits;
    } else {
      this.selected = null;
      this.chain = [];
    }
    this.element = id;
    this.tell('selection');
  }

  async reselect() {
    if (this.selected) await this.select(this.selected);
    else this.tell('selection');
  }

  // ---- Definitions ------------------------------------------------------------------------------------------------

  /** The nodes of a definition, read once. */
  async nodes(definition = this.state.definitionKey) {
    if (!this.definitions.has(definition)) {
      this.definitions.set(definition, get(`/operations/instance-definitions/${definition}/nodes`));
    }
    return this.definitions.get(definition);
  }
}

/** Keeps a choice in the address. */
export function remember(name, value) {
  const url = new URL(location.href);
  if (value === null || value === undefined || value === '') url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  history.replaceState(history.state, '', url);
}
