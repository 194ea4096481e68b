// Tables on a narrow screen: each row becomes a short form, for which each cell has to know the heading of its column.

/** Labels the cells of all tables of lists, now and whenever a part of the page is replaced; see `.stacked` in the style sheet. */
export function installStackedTables() {
  labelAll(document);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node instanceof HTMLElement) labelAll(node);
  }).observe(document.body, { childList: true, subtree: true });
  document.addEventListener('htmx:after:swap', () => labelAll(document)); // a list that is read again loses its labels
}

function labelAll(within) {
  const rows = within.closest?.('.table');
  if (rows) label(rows);
  else within.querySelectorAll('.table').forEach(label);
}

function label(table) {
  const headings = table.tHead?.rows.length === 1 ? [...table.tHead.rows[0].cells].map(wordsOf) : [];
  if (!headings.length || table.matches('.decision-table, .variables')) return;
  table.classList.add('stacked');
  table.setAttribute('role', 'table'); // what is no longer laid out as a table would no longer be read as one
  for (const body of table.tBodies) body.setAttribute('role', 'rowgroup');
  for (const row of table.rows) {
    row.setAttribute('role', 'row');
    [...row.cells].forEach((cell, i) => labelCell(cell, headings[i] ?? ''));
  }
  table.tHead.setAttribute('role', 'rowgroup');
}

function labelCell(cell, heading) {
  const roles = { col: 'columnheader', row: 'rowheader' };
  cell.setAttribute('role', roles[cell.getAttribute('scope')] ?? 'cell');
  if (cell.closest('thead')) return;
  cell.dataset.label = heading;
  cell.classList.toggle('nothing', ['', '–'].includes(cell.textContent.trim()) && !cell.querySelector('input, button, select, svg, meter'));
}

function wordsOf(cell) {
  const seen = cell.cloneNode(true);
  seen.querySelectorAll('.visually-hidden').forEach((hidden) => hidden.remove());
  return seen.textContent.trim();
}
