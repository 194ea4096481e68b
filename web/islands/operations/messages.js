// Messages published and signals broadcast.

import { send } from '../shared/json.js';
import { toast } from '../shared/toasts.js';
import { onSubmit } from './plans.js';
import { variablesIn } from './variables.js';

export function installMessages() {
  const publish = document.querySelector('[data-publish-form]');
  if (!publish) return;
  onSubmit(publish, async () => {
    const { name, correlationKey, seconds, messageId, variables } = publish.elements;
    await send('POST', '/v2/messages/publication', {
      name: name.value,
      correlationKey: correlationKey.value,
      timeToLive: Number(seconds.value) * 1000,
      variables: variablesIn(variables.value),
      ...(messageId.value ? { messageId: messageId.value } : {}),
    });
    finished(publish, `The message “${name.value}” is published.`);
  });
  const signal = document.querySelector('[data-signal-form]');
  onSubmit(signal, async () => {
    const { signalName, variables } = signal.elements;
    await send('POST', '/v2/signals/broadcast', { signalName: signalName.value, variables: variablesIn(variables.value) });
    finished(signal, `The signal “${signalName.value}” is broadcast.`);
  });
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-publish]');
    if (!button) return;
    publish.elements.name.value = button.dataset.publish;
    publish.elements.correlationKey.value = button.dataset.correlation;
    publish.closest('dialog').showModal();
  });
}

function finished(form, words) {
  form.closest('dialog').close();
  toast(words, 'ok');
  document.body.dispatchEvent(new CustomEvent('instances-changed'));
}
