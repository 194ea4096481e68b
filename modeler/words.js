// What models call things, as people say it.

/** `bpmn:ServiceTask` → `Service task`, `retryCounter` → `Retry counter`. */
export function words(name) {
  const parts = name.replace(/^\w+:/, '').replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return parts.charAt(0).toUpperCase() + parts.slice(1);
}
