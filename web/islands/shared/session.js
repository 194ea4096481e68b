// Notices that nobody is signed in any more: a page must not look as if one could go on working with it. Where something
// was typed or planned the page stays: whoever signs in again in another tab goes on in this one.

import { toast } from './toasts.js';
import { isUnsent } from './unsent.js';

const EVERY = 60_000; // milliseconds

const token = () => document.querySelector('meta[name="csrf-token"]');
const user = () => document.querySelector('meta[name="user"]')?.content;

let takeBack = null; // what is said while the page waits for somebody to sign in again

/** Leads to the sign-in, which says why, and from there back to this page; or says so, where that would take something unsent. */
export function toSignIn() {
  const address = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}&ended=yes`;
  if (isUnsent()) say('Your session has ended. What you have not sent yet is still here: sign in in another tab, then go on in this one.', address);
  else location.assign(address);
}

function say(text, address) {
  takeBack?.();
  takeBack = toast(text, 'bad', { text: 'Sign in', address });
}

/** Asks the server; that does not count as a use of the session. */
export async function checkSession() {
  const answer = await fetch('/session', { cache: 'no-store' }).catch(() => null);
  if (answer?.status === 401) toSignIn();
  else if (answer?.ok) goOn(answer.headers);
}

/** A page that waits looks whether it can go on, before it sends anything. */
export async function waitedFor() {
  if (takeBack) await checkSession();
}

/** The page gets the token of the new session; not that of somebody else, in whose name nothing may be sent from here. */
function goOn(headers) {
  if (decodeURIComponent(headers.get('X-User') ?? '') !== user()) {
    if (takeBack) say(`Somebody else has signed in meanwhile. Sign in as ${user()} to go on in this tab.`, '/sign-in');
    return;
  }
  takeBack?.();
  takeBack = null;
  renew(headers.get('X-CSRF-Token'));
}

function renew(value) {
  if (!value || value === token().content) return;
  token().content = value;
  document.body.setAttribute('hx-headers:inherited', JSON.stringify({ 'X-CSRF-Token': value }));
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = value;
}

/** Looks now and then, and whenever somebody comes back to the page. */
export function watchSession() {
  if (location.pathname === '/sign-in') return;
  setInterval(checkSession, EVERY);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) checkSession();
  });
  addEventListener('pageshow', (event) => {
    if (event.persisted) checkSession();
  });
}
