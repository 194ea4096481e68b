// What was typed into a task, kept on the server while it is typed.

import { csrfToken, del, post, Refused } from '../shared/http.js';

const AFTER = 500; // milliseconds without typing
const RETRY = 4000; // milliseconds after which it is tried again where the server cannot do it now

export class Draft {
  constructor(root) {
    this.url = `/tasks/${root.dataset.task}/draft`;
    this.state = root.querySelector('#draft-state');
    this.discardButton = root.querySelector('[data-act="discard"]');
    this.timer = null;
    this.saving = Promise.resolve();
  }

  /** Keeps what changes in the work from now on. */
  follow(work) {
    this.work = work;
    if (work.drafted) this.tell('This is what you typed before.', true);
    if (work.typed) this.plan();
    work.onChange(() => this.plan());
    window.addEventListener('pagehide', () => this.leave());
  }

  /** Saves soon. */
  plan() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), AFTER);
    this.tell('Not saved yet…', true);
  }

  /** Saves now what is not saved yet. */
  async flush() {
    if (this.timer === null) return;
    this.stop();
    const content = this.work.draft();
    this.saving = this.saving.then(async () => {
      try {
        await post(this.url, { content });
        this.tell('Saved as a draft.', true);
      } catch (error) {
        this.tell(`Not saved: ${error.message}`, true);
        const isForNow = !(error instanceof Refused) || error.status >= 500 || error.status === 401; // until somebody signs in again
        if (isForNow) this.timer ??= setTimeout(() => this.flush(), RETRY);
      }
    });
    await this.saving;
  }

  /** The page goes away: the request outlives it. */
  leave() {
    if (this.timer === null) return;
    this.stop();
    const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': csrfToken() };
    fetch(this.url, { method: 'POST', headers, body: JSON.stringify({ content: this.work.draft() }), keepalive: true });
  }

  /** Whether there is something that the server has not got yet, and may still get. */
  get isOpen() {
    return this.timer !== null;
  }

  /** Nothing more is saved. */
  stop() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  /** Forgets it, here and on the server. */
  async discard() {
    this.stop();
    await this.saving;
    this.stop(); // where that has failed, it would have been tried again
    await del(this.url);
  }

  tell(text, exists) {
    this.state.textContent = text;
    this.discardButton.hidden = !exists;
  }
}
