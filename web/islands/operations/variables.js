// Variables as a person types them: a JSON object.

/** The object; throws Error with what is wrong and what is expected. */
export function variablesIn(text) {
  if (!text.trim()) return {};
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`The variables are not valid JSON: ${error.message}.`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error('The variables must be a JSON object, such as {"amount": 12}.');
  }
  return value;
}
