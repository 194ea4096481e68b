// <time> elements in the reader's own language and time zone; with data-minutes, to the minute; with data-relative, how
// long ago or how soon.

const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const toTheMinute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const UNITS = [['year', 31_557_600], ['month', 2_629_800], ['week', 604_800], ['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]];

/** Writes every <time> within `root`. */
export function showMoments(root) {
  for (const element of root.querySelectorAll('time[datetime]')) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const text = absolute.format(at);
    const { relative: isRelative, minutes } = element.dataset;
    const shown = isRelative !== undefined ? ago(at) : minutes !== undefined ? toTheMinute.format(at) : text;
    if (element.textContent !== shown) element.textContent = shown;
    element.title = text;
  }
}

/** How far a moment is from now, in words. */
export function ago(at) {
  const seconds = (at.getTime() - Date.now()) / 1000;
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS.at(-1);
  return relative.format(Math.trunc(seconds / length), unit);
}
