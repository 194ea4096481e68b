// What the linter says about a diagram, for the platform and version that are written in it.

import { Linter } from '@camunda/linting';

const linter = new Linter({ modeler: 'web', type: 'cloud' });

/** The problems of a BPMN model as the editor has it; `report` is what the linting module shows. */
export async function lint(definitions) {
  const reports = await linter.lint(definitions);
  return reports
    .filter((report) => report.category !== 'rule-error')
    .map((report) => ({
      source: 'lint',
      kind: report.category === 'error' ? 'error' : report.category === 'warn' ? 'warning' : 'note',
      elementId: report.id ?? '',
      line: 0,
      message: report.message,
      report,
    }));
}
