// Notices that nobody is signed in any more: a page must not look as if one could go on working with it.

const EVERY = 60_000; // milliseconds

/** Leads to the sign-in, which says why, and from there back to this page. */
export function toSignIn() {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}&ended=yes`);
}

/** Asks the server; that does not count as a use of the session. */
export async function checkSession() {
  const answer = await fetch('/session', { cache: 'no-store' }).catch(() => null);
  if (answer?.status === 401) toSignIn();
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
