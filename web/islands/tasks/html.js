// Parts of the page, fetched as HTML and put into it.

import htmx from '../shared/htmx.js';
import { Refused, UNREACHABLE, csrfToken } from '../shared/http.js';
import { showMoments } from '../shared/moments.js';
import { toSignIn, waitedFor } from '../shared/session.js';

/** The HTML of a part of the page. Throws Refused with the server's reason. */
export async function fetchHtml(url, { method = 'GET', body } = {}) {
  await waitedFor();
  const headers = { 'HX-Request': 'true', 'HX-Request-Type': 'partial', 'X-CSRF-Token': csrfToken() };
  const init = { method, headers, credentials: 'same-origin' };
  if (body instanceof FormData) {
    init.body = body;
  } else if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(body);
  }
  const response = await fetch(url, init).catch(() => {
    throw new Error(UNREACHABLE);
  });
  if (response.status === 401) toSignIn();
  const text = await response.text();
  if (!response.ok) throw new Refused(response.status, problemIn(text));
  return text;
}

function problemIn(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Puts HTML of this server into an element, in place of what was there. */
export function fill(element, html) {
  element.innerHTML = html;
  htmx.process(element);
  showMoments(element);
}

/** Replaces an element by the one that the HTML describes, and gives that. */
export function replace(element, html) {
  const template = document.createElement('template');
  template.innerHTML = html.trim();
  const made = template.content.firstElementChild;
  element.replaceWith(made);
  htmx.process(made);
  showMoments(made);
  return made;
}
