// Small things to make elements with. Whatever comes from an instance goes in as text, never as markup.

/** An element with properties, attributes (names with a dash, `role`), and children. */
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'dataset') Object.assign(made.dataset, value);
    else if (name.includes('-') || name === 'role' || name === 'for') made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** An icon of the sprite that the page has already loaded. */
export function icon(name) {
  const namespace = 'http://www.w3.org/2000/svg';
  const sprite = document.querySelector('svg.icon use').getAttribute('href').split('#')[0];
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(namespace, 'use');
  use.setAttribute('href', `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

export function button(text, properties = {}, picture = '') {
  const { className = '', ...rest } = properties;
  return make('button', { type: 'button', className: `button ${className}`.trim(), ...rest }, picture ? icon(picture) : null, text);
}

const LOOKS = {
  ACTIVE: ['ok', 'circle-play', 'Active'],
  INCIDENT: ['bad', 'circle-alert', 'Incident'],
  COMPLETED: ['quiet', 'circle-check', 'Completed'],
  TERMINATED: ['quiet', 'ban', 'Terminated'],
  SUSPENDED: ['warn', 'circle-pause', 'Suspended'],
};

/** A state with its colour, its icon and its word. */
export function badge(state) {
  const [kind, picture, word] = LOOKS[state];
  return make('span', { className: `badge ${kind}` }, icon(picture), word);
}

/** The same without a frame, the word for those who cannot see. */
export function mark(state) {
  const [kind, picture, word] = LOOKS[state];
  const drawn = icon(picture);
  drawn.classList.add(`mark-${kind}`);
  return make('span', { title: word }, drawn, make('span', { className: 'visually-hidden' }, `${word} `));
}

export function moment(iso) {
  return make('time', { dateTime: iso }, iso);
}

/** A length of time in its two largest units. */
export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  let rest = Math.floor(milliseconds / 1000);
  const parts = [];
  for (const [unit, seconds] of [['d', 86_400], ['h', 3600], ['min', 60], ['s', 1]]) {
    const amount = Math.floor(rest / seconds);
    rest -= amount * seconds;
    if (amount || parts.length) parts.push(amount && `${amount} ${unit}`);
  }
  return parts.slice(0, 2).filter(Boolean).join(' ');
}

export const count = (number) => number.toLocaleString('en').replaceAll(',', '\u202f');
