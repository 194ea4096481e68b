// What somebody has typed or planned on this page and not sent: it must not go because the page leads elsewhere by itself.

const typed = new Set(); // the fields

document.addEventListener('input', ({ target }) => {
  if (target.matches('input, textarea, select')) typed.add(target);
}, { capture: true });

/** Whether a field that can be seen has something in it that was typed, or a plan (data-unsent) waits for its word. */
export function isUnsent() {
  for (const field of typed) if (!field.isConnected) typed.delete(field);
  if (document.querySelector('[data-unsent]')) return true;
  return [...typed].some((field) => field.checkVisibility() && field.value !== (field.defaultValue ?? ''));
}
