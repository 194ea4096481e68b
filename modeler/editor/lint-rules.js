// The rules of the linter under the names by which it asks for them; see web/build.mjs.

import rules from 'bpmnlint-plugin-camunda-compat';

export const { configs } = rules;
