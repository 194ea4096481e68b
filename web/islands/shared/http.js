// Requests to this server: to the REST API and to the pages' own operations, with the session of the page.

import { toSignIn, waitedFor } from './session.js';

/** What the server refused. `problem` is its problem document; the message is the engine's own reason, but for a session that has ended. */
export class Refused extends Error {
  constructor(status, problem) {
    super(status === 401 ? 'Your session has ended.' : problem?.detail ?? problem?.title ?? `The server answered ${status}.`);
    this.status = status;
    this.problem = problem;
  }
}

export const UNREACHABLE = 'The server cannot be reached. Try again in a moment.';

/**
 * Sends JSON (or FormData, or text of the given type) and gives the decoded answer; null where there is none.
 * Throws Refused with the engine's reason, and Error where the server cannot be reached. A session that has ended
 * leads to the sign-in, unless that would take what was typed.
 */
export async function request(method, url, body, { type = 'application/json', signal } = {}) {
  await waitedFor();
  const headers = { Accept: 'application/json', 'X-CSRF-Token': csrfToken() };
  const init = { method, headers, signal, credentials: 'same-origin' };
  if (body instanceof FormData) {
    init.body = body;
  } else if (body !== undefined) {
    headers['Content-Type'] = type;
    init.body = type === 'application/json' ? JSON.stringify(body) : body;
  }
  const response = await fetch(url, init).catch((error) => {
    if (error.name === 'AbortError') throw error;
    throw new Error(UNREACHABLE);
  });
  if (response.status === 401) toSignIn();
  const text = await response.text();
  const json = (response.headers.get('Content-Type') ?? '').includes('json');
  const decoded = text && json ? JSON.parse(text) : text || null;
  if (!response.ok) throw new Refused(response.status, json ? decoded : null);
  return decoded;
}

export const get = (url, options) => request('GET', url, undefined, options);
export const post = (url, body, options) => request('POST', url, body, options);
export const put = (url, body, options) => request('PUT', url, body, options);
export const patch = (url, body, options) => request('PATCH', url, body, options);
export const del = (url, options) => request('DELETE', url, undefined, options);

export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? '';
}
