// Filters are forms that lead to an address. Empty fields stay out of it, and its dates are UTC.

export function installFilters() {
  showLocalDates();
  document.addEventListener('submit', (event) => {
    if (event.target.matches('[data-filter-form]')) tidy(event.target);
  });
  document.addEventListener('change', (event) => {
    if (event.target.matches('[data-submits]')) event.target.form.requestSubmit();
  });
}

/** Dates of the address, in the reader's own time zone. */
function showLocalDates() {
  for (const input of document.querySelectorAll('input[data-moment]')) {
    const at = new Date(input.dataset.moment);
    if (!Number.isNaN(at.getTime())) input.value = localText(at);
  }
}

function localText(at) {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

/** Leaves out what is empty (a condition without a name with all of its parts), and sends dates as UTC. */
function tidy(form) {
  for (const input of form.querySelectorAll('input[data-moment]')) {
    if (!input.value) continue;
    const at = new Date(input.value);
    input.type = 'text';
    input.value = at.toISOString();
  }
  for (const input of form.querySelectorAll('input:not(.condition *), select:not(.condition *)')) {
    if (!input.value) input.disabled = true;
  }
  for (const condition of form.querySelectorAll('.condition')) {
    if (condition.querySelector('[name="variable"]').value.trim()) continue;
    for (const part of condition.querySelectorAll('input, select')) part.disabled = true;
  }
  // Coming back by the browser's own button finds the form as it was.
  addEventListener('pageshow', () => location.reload(), { once: true });
}
