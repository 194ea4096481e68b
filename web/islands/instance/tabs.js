// The lists beside the instance, rendered by the server; read again when something has happened.

import { request } from '../shared/http.js';
import { showMoments } from '../shared/moments.js';
import { count } from './dom.js';
import { remember } from './store.js';

export class Tabs {
  constructor(store) {
    this.store = store;
    this.tabs = [...document.querySelectorAll('[data-tab]')];
    this.panel = document.getElementById('tab-panel');
    this.list = this.tabs[0].parentElement;
    this.list.addEventListener('click', (event) => this.choose(event.target.closest('[data-tab]')));
    this.list.addEventListener('keydown', (event) => this.pressed(event));
    this.panel.addEventListener('click', (event) => this.clicked(event));
    store.on('refresh', () => this.refresh());
  }

  get chosen() {
    return this.tabs.find((tab) => tab.getAttribute('aria-selected') === 'true');
  }

  choose(tab, focus = false) {
    if (!tab) return;
    for (const each of this.tabs) {
      each.setAttribute('aria-selected', String(each === tab));
      each.tabIndex = each === tab ? 0 : -1;
    }
    if (focus) tab.focus();
    this.panel.setAttribute('aria-labelledby', tab.id);
    remember('tab', tab.dataset.tab);
    this.before = null;
    this.load();
  }

  pressed(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const { tabs } = this;
    this.choose(tabs[(tabs.indexOf(this.chosen) + by + tabs.length) % tabs.length], true);
  }

  async load() {
    const name = this.chosen.dataset.tab;
    const parameters = this.before ? { before: this.before } : {};
    const html = await request('GET', this.store.address(`tabs/${name}`, parameters, null));
    if (name !== this.chosen.dataset.tab) return;
    this.replace(html);
  }

  /** What was unfolded stays so, and the focus where it was. */
  replace(html) {
    const unfolded = [...this.panel.querySelectorAll('details')].map((details) => details.open);
    const focused = this.panel.contains(document.activeElement) ? trail(document.activeElement, this.panel) : null;
    this.panel.innerHTML = html; // rendered by the server, where everything is escaped
    this.panel.querySelectorAll('details').forEach((details, i) => { details.open = unfolded[i] ?? false; });
    showMoments(this.panel);
    if (focused) at(focused, this.panel)?.focus();
  }

  clicked(event) {
    const select = event.target.closest('[data-select]');
    if (select) this.store.select(select.dataset.select);
    const earlier = event.target.closest('[data-earlier]');
    if (earlier) {
      this.before = earlier.dataset.earlier;
      this.load();
    }
    if (event.target.closest('.menu > div button')) event.target.closest('details').open = false;
  }

  async refresh() {
    const counts = await request('GET', this.store.address('counts', {}, null));
    for (const badge of this.list.querySelectorAll('[data-count]')) {
      const number = counts[badge.dataset.count] ?? 0;
      badge.textContent = count(number);
      badge.hidden = !number;
    }
    if (!this.before) await this.load();
  }
}

/** Which child of which child an element is. */
function trail(element, root) {
  const steps = [];
  for (let each = element; each !== root; each = each.parentElement) steps.unshift([...each.parentElement.children].indexOf(each));
  return steps;
}

function at(steps, root) {
  return steps.reduce((element, step) => element?.children[step], root);
}
