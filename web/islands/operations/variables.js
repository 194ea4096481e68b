// Variables as a person types them: a JSON object, sent to the last digit as it was typed.

import { rawObject } from '../shared/json.js';

/** The object, for `send`; throws Error with what is wrong and what is expected. */
export function variablesIn(text) {
  if (!text.trim()) return rawObject('');
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`The variables are not valid JSON: ${error.message}.`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error('The variables must be a JSON object, such as {"amount": 12}.');
  }
  return rawObject(text);
}
