// JSON as people type it. A value goes to the server as its text, since a browser's numbers would lose digits.

import { request } from './http.js';

/** JSON text that is put into a request as it is. */
export class Raw {
  constructor(text) {
    this.text = text;
  }
}

/** Why a text is not JSON, or an empty text. */
export function whyNotJson(text) {
  if (!text.trim()) return 'Enter a JSON value: "text" in quotes, a number, true, false, null, a list or an object.';
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    const hint = /^[\p{L}_]/u.test(text.trim()) ? ' Texts stand in "quotes".' : '';
    return `This is not JSON: ${error.message}.${hint}`;
  }
}

/** Why a text is not a JSON object, or an empty text. Nothing at all counts as an empty object. */
export function whyNotObject(text) {
  if (!text.trim()) return '';
  const reason = whyNotJson(text);
  if (reason) return reason;
  const value = JSON.parse(text);
  const plain = value !== null && typeof value === 'object' && !Array.isArray(value);
  return plain ? '' : 'Variables are a JSON object: {"name": value, …}.';
}

/** A typed object, ready to be sent. */
export const rawObject = (text) => new Raw(text.trim() || '{}');

function encode(value) {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(encode).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).filter(([, each]) => each !== undefined);
    return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${encode(each)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** Sends a body that may have Raw in it. */
export const send = (method, url, body = {}) => request(method, url, encode(body), { type: 'application/json; charset=utf-8' });

/** JSON text over several lines; texts too large to lay out stay as they are. */
export function pretty(text) {
  if (text.length > 200_000 || /[0-9]{16}/.test(text) || /[0-9]\.[0-9]{15}/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
