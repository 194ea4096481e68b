// Rows are selected by check boxes; a bar above them says how many, and lets operations begin.
//
// A list of instances may also be meant as a whole: everything that its filter matches, on all pages.

export function installSelection() {
  document.addEventListener('change', (event) => {
    const list = event.target.closest('[data-selection], [data-each]');
    if (!list) return;
    if (event.target.matches('[data-select-page]')) {
      for (const box of boxes(list)) box.checked = event.target.checked;
    }
    if (event.target.matches('[data-select], [data-select-page]')) {
      delete list.dataset.everything;
      showSelection(list);
    }
  });
  document.addEventListener('click', (event) => {
    const every = event.target.closest('[data-every]');
    if (!every) return;
    const list = every.closest('[data-selection]');
    list.dataset.everything = 'true';
    showSelection(list);
  });
  document.addEventListener('htmx:after:swap', () => {
    document.querySelectorAll('[data-selection], [data-each]').forEach(showSelection);
  });
}

const boxes = (list) => [...list.querySelectorAll('[data-select]')];

/** The check boxes that are checked. */
export const checked = (list) => boxes(list).filter((box) => box.checked);

/** Which instances are meant: the filter for the REST API, and how many in words. */
export function scopeOf(list) {
  const filter = JSON.parse(list.dataset.selection);
  if (list.dataset.everything) return { filter, words: `all ${list.dataset.total} instances that match` };
  const keys = checked(list).map((box) => box.value);
  return { filter: { processInstanceKey: { $in: keys } }, words: keys.length === 1 ? 'one instance' : `${keys.length} instances` };
}

function showSelection(list) {
  const all = boxes(list);
  const count = checked(list).length;
  const page = list.querySelector('[data-select-page]');
  if (page) {
    page.checked = all.length > 0 && count === all.length;
    page.indeterminate = count > 0 && count < all.length;
  }
  const everything = Boolean(list.dataset.everything);
  const text = list.querySelector('[data-selected]');
  text.dataset.nothing ??= text.textContent;
  text.textContent = everything ? `All ${list.dataset.total} that match are selected` : count ? `${count} selected` : text.dataset.nothing;
  const every = list.querySelector('[data-every]');
  if (every) every.hidden = everything || !page?.checked || String(all.length) === list.dataset.total;
  for (const button of list.querySelectorAll('[data-act], [data-act-each]')) button.disabled = !count;
  for (const box of all) box.closest('tr').classList.toggle('selected', box.checked);
}
