// Texts of forms, in which the value of a variable is shown as it is: neither its HTML nor its Markdown counts.

import { Text, useTemplateEvaluation } from '@bpmn-io/form-js-viewer';
import { h } from 'preact';

/** A value as it stands in the Markdown of a text: whatever might mean something there as a character reference. */
const asText = (value) => (typeof value === 'string' ? value.replace(/[^\p{L}\p{N}\s]/gu, (sign) => `&#${sign.codePointAt(0)};`) : value);

function PlainText(props) {
  const { text = '', strict = false } = props.field;
  const filled = useTemplateEvaluation(text, { debug: true, strict, sanitizer: asText });
  return h(Text, { ...props, field: { ...props.field, text: filled } });
}
PlainText.config = Text.config;

function Registration(formFields) {
  formFields.register('text', PlainText);
}
Registration.$inject = ['formFields'];

/** A module for form-js. */
export const plainTexts = { __init__: ['plainTexts'], plainTexts: ['type', Registration] };
