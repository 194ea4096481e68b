// The time slider: the instance as it was after any of its steps.

import { showMoments } from '../shared/moments.js';
import { count, moment } from './dom.js';
import { remember } from './store.js';

const PAUSE = 120; // milliseconds that the slider rests before the moment under it is fetched

export class Slider {
  constructor(store) {
    this.store = store;
    this.input = document.getElementById('moment');
    this.output = document.getElementById('moment-text');
    this.notice = document.getElementById('past-notice');
    this.input.addEventListener('input', () => this.moved());
    document.addEventListener('click', (event) => {
      const step = event.target.closest('[data-step]')?.dataset.step;
      if (step) this.step(Number(step));
      const seq = event.target.closest('[data-moment]')?.dataset.moment;
      if (seq) this.go(Number(seq));
    });
    store.on('state', () => this.show());
  }

  get latest() {
    return Number(this.input.max);
  }

  moved() {
    const seq = Number(this.input.value);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.go(seq), PAUSE);
  }

  step(by) {
    this.go(Math.min(this.latest, Math.max(1, Number(this.input.value) + by)));
  }

  go(seq) {
    clearTimeout(this.timer);
    this.timer = null;
    this.input.value = seq;
    return this.store.show(seq >= this.latest ? null : seq);
  }

  show() {
    const { state, at } = this.store;
    this.input.max = state.latest;
    this.input.disabled = state.latest < 2;
    if (!this.timer) this.input.value = at ?? state.latest; // else somebody is just moving it
    this.output.replaceChildren(...this.words(state, at));
    showMoments(this.output);
    this.input.setAttribute('aria-valuetext', this.output.textContent);
    this.notice.hidden = at === null;
    document.getElementById('instance').classList.toggle('in-the-past', at !== null);
    if (at !== null) this.explain(state);
  }

  words(state, at) {
    if (at === null) return [`Now, after event ${count(state.latest)} of ${count(state.latest)}`];
    return [`Event ${count(state.seq)} of ${count(state.latest)} at `, moment(state.at), state.happened ? ` · ${state.happened}` : ''];
  }

  explain(state) {
    const text = this.notice.querySelector('span');
    text.replaceChildren(state.endsEarly
      ? `The replay ends here: the log is longer than what is replayed at once. Later moments cannot be shown; now can.`
      : 'You are looking at the past. What is listed under “Details” is as it is now.');
  }

  /** Back to how it is now. */
  now() {
    remember('at', null);
    return this.store.show(null);
  }
}
