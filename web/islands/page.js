// On every page: htmx with its events from the server, dialogs, toasts, moments in the reader's own time zone.

import './shared/htmx.js';
import 'htmx.org/dist/ext/hx-sse.js';
import { installDialogs } from './shared/dialogs.js';
import { UNREACHABLE } from './shared/http.js';
import { showMoments } from './shared/moments.js';
import { toSignIn, watchSession } from './shared/session.js';
import { installShortcuts } from './shared/shortcuts.js';
import { installStackedTables } from './shared/stacked.js';
import { toast } from './shared/toasts.js';

installDialogs();
installShortcuts();
watchSession();
showMoments(document);
installStackedTables();
document.addEventListener('htmx:after:swap', () => showMoments(document));
setInterval(() => showMoments(document), 30_000);

// What the server refuses is said in its own words; a session that has ended leads to the sign-in.
document.addEventListener('htmx:after:request', async (event) => {
  const { response, text } = event.detail.ctx;
  if (!response || response.status < 400) return;
  if (response.status === 401) {
    toSignIn();
    return;
  }
  tell(event, reasonIn(text) ?? `The server answered ${response.status}.`);
});
document.addEventListener('htmx:error', (event) => tell(event, UNREACHABLE));

/** In the corner; where a dialog that covers it was sent or was to be filled, in the dialog. */
function tell(event, reason) {
  const { sourceElement, target } = event.detail.ctx ?? {};
  const form = sourceElement?.closest('dialog[open] form');
  const isEmpty = target?.closest?.('dialog[open]') && !target.querySelector(':scope > :not([role="alert"])');
  if (!form && !isEmpty) {
    toast(reason, 'bad');
    return;
  }
  const told = document.createElement('p');
  told.className = 'error refusal';
  told.role = 'alert';
  told.textContent = reason;
  form?.querySelector('.refusal')?.remove();
  const actions = form?.querySelector('.actions');
  if (!form) target.replaceChildren(told);
  else if (actions) actions.before(told);
  else form.append(told);
}

/** The `detail` of a problem document, or undefined. */
function reasonIn(text) {
  try {
    const problem = JSON.parse(text);
    return problem.detail ?? problem.title;
  } catch {
    return undefined;
  }
}
