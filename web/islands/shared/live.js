// What changes elsewhere: events that say "look again".

import { checkSession } from './session.js';

/**
 * Calls `handler(topic)` when one of the topics has changed (see web/live.py for what there is). Gives a function
 * that ends it. While the connection is lost nothing is missed for long: coming back counts as a change of each.
 */
export function subscribe(topics, handler) {
  const source = new EventSource(`/events?topics=${encodeURIComponent(topics.join(','))}`);
  let lost = false;
  source.addEventListener('error', () => {
    lost = true;
    if (source.readyState === EventSource.CLOSED) checkSession(); // refused, not interrupted
  });
  source.addEventListener('open', () => {
    if (lost) topics.forEach((topic) => handler(topic));
    lost = false;
  });
  for (const topic of topics) source.addEventListener(topic, () => handler(topic));
  return () => source.close();
}
