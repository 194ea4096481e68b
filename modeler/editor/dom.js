// Small helpers to make elements: text is always text, never markup.

/** An element with properties (or attributes, where the name has a dash or is `role` or `for`) and children. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.includes('-') || key === 'role' || key === 'for') made.setAttribute(key, value);
    else if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else made[key] = value;
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** One of the icons that the page brought along. */
export function icon(name) {
  return document.getElementById('icons').content.querySelector(`[data-icon="${name}"] svg`).cloneNode(true);
}

export const button = (label, onclick, { className = 'button', picture, ...more } = {}) =>
  element('button', { type: 'button', className, onclick, ...more }, picture && icon(picture), label);

/** A <time> that shared/moments.js keeps in the reader's own words. */
export function moment(iso) {
  const made = element('time', { dateTime: iso }, iso);
  made.dataset.relative = '';
  return made;
}
