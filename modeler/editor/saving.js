// A draft, saved as it is typed.
//
//   saved ──changed──▶ dirty ──pause──▶ saving ──▶ saved
//                        ▲                ├──▶ failed    the server cannot be reached: tried again
//                        └────────────────└──▶ conflict  somebody has saved since: nothing is written until resolved

import { put } from '../../web/islands/shared/http.js';
import { forget, remember } from './recovery.js';

const PAUSE = 500; // milliseconds without a change before it is saved
const RETRY = 4000;

export class Saver {
  /**
   * `read()` resolves to the text to save; `onState(saver)` hears of each change of `state`.
   * Where the state is 'failed', 'refused' or 'conflict', `reason` is the error.
   */
  constructor({ key, revision, read, onState }) {
    Object.assign(this, { key, revision, read, onState, state: 'saved', reason: null });
    this.changes = 0;
    this.timer = null;
    this.running = null;
  }

  get isClean() {
    return this.state === 'saved';
  }

  /** Something was typed. */
  changed() {
    this.changes += 1;
    if (this.state !== 'conflict') this.#enter('dirty');
    this.#schedule(PAUSE);
  }

  /** Saves what is not saved; gives the revision. Throws where that is not possible. */
  async flush() {
    clearTimeout(this.timer);
    while (this.running || !this.isClean) {
      await (this.running ?? this.#save());
      if (['failed', 'refused', 'conflict'].includes(this.state)) throw this.reason;
    }
    return this.revision;
  }

  /** The draft has become another: one that was loaded, restored, or is to be overwritten on purpose. */
  async rebase(revision, { clean }) {
    this.revision = revision;
    this.reason = null;
    if (clean) {
      clearTimeout(this.timer);
      this.#enter('saved');
      await forget(this.key);
    } else {
      this.state = 'dirty';
      this.changed();
    }
  }

  stop() {
    clearTimeout(this.timer);
  }

  #schedule(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.running ?? this.#save(), pause);
  }

  #save() {
    this.running = this.#saveOnce().finally(() => { this.running = null; });
    return this.running;
  }

  async #saveOnce() {
    const changes = this.changes;
    try {
      const content = await this.read();
      await remember(this.key, { content, revision: this.revision, at: Date.now() });
      if (this.state === 'conflict') return;
      this.#enter('saving');
      const saved = await put(`/modeler/${this.key}/draft`, { revision: this.revision, content });
      this.revision = saved.revision;
      await this.#settle(changes);
    } catch (error) {
      this.#refused(error);
    }
  }

  async #settle(changes) {
    if (changes === this.changes) {
      await forget(this.key);
      this.#enter('saved');
    } else {
      this.#enter('dirty');
      this.#schedule(PAUSE);
    }
  }

  #refused(error) {
    this.reason = error;
    if (error.status === 409) {
      this.#enter('conflict');
    } else if (error.status && error.status < 500) {
      this.#enter('refused');
      if (error.status === 401) this.#schedule(RETRY); // somebody may sign in again in another tab
    } else {
      this.#enter('failed');
      this.#schedule(RETRY);
    }
  }

  #enter(state) {
    this.state = state;
    this.onState(this);
  }
}
