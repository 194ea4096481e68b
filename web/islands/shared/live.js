// What changes elsewhere: events that say "look again".

import { checkSession } from './session.js';

/**
 * Calls `handler(topic)` when one of the topics has changed (see web/live.py for what there is), and once for each
 * whenever the page begins to listen: something may have happened before. Gives a function that ends it.
 *
 * A page that nobody looks at does not listen: a browser has six connections to a server, and every tab that kept one
 * would take it from the others.
 */
export function subscribe(topics, handler) {
  const url = `/events?topics=${encodeURIComponent(topics.join(','))}`;
  let source = null;

  function close() {
    source?.close();
    source = null;
  }

  function listenIfSeen() {
    if (document.hidden) {
      close();
    } else if (!source) {
      source = new EventSource(url);
      const { CLOSED } = EventSource;
      source.addEventListener('error', ({ target }) => target.readyState === CLOSED && checkSession()); // refused, not interrupted
      for (const topic of topics) source.addEventListener(topic, () => handler(topic));
    }
  }

  document.addEventListener('visibilitychange', listenIfSeen);
  listenIfSeen();
  return () => {
    document.removeEventListener('visibilitychange', listenIfSeen);
    close();
  };
}
