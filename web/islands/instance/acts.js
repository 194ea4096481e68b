// What an operator does: every button with data-act, on the page and in its lists.

import { confirmed } from '../shared/dialogs.js';
import { get } from '../shared/http.js';
import { toast } from '../shared/toasts.js';
import { make } from './dom.js';
import { ask } from './forms.js';
import { pretty, rawObject, send } from '../shared/json.js';

const VARIABLES = { name: 'variables', label: 'Variables', type: 'object', hint: 'A JSON object; leave it empty for none.' };

export class Acts {
  constructor(store, others) {
    this.store = store;
    this.acts = { ...ACTS, ...others };
    document.getElementById('instance').addEventListener('click', (event) => {
      const pressed = event.target.closest('[data-act]');
      const act = pressed && this.acts[pressed.dataset.act];
      if (act && !pressed.disabled) this.run(() => act(this.store, pressed.dataset, event));
    });
    store.on('state', () => this.enable());
  }

  /** Does it, once it is known how the instance stands; what is refused is said in the engine's words, what is done is seen at once. */
  async run(act) {
    try {
      await this.store.ready;
      const said = await act();
      if (!said) return;
      toast(said, 'ok');
      this.store.tell('acted');
    } catch (error) {
      toast(error.message, 'bad');
    }
  }

  enable() {
    const { state, open } = this.store;
    const suspended = state.state === 'SUSPENDED';
    for (const button of document.querySelectorAll('[data-acts] [data-act]')) {
      const { act } = button.dataset;
      if (act === 'suspend') button.hidden = suspended || Boolean(state.endedAt);
      if (act === 'resume') button.hidden = !suspended || Boolean(state.endedAt);
      if (act === 'cancel') button.hidden = Boolean(state.endedAt);
      if (act === 'delete') button.hidden = !state.endedAt;
      if (act !== 'start-like' && act !== 'delete') button.disabled = !open;
    }
  }
}

const instance = (store, what) => `/v2/process-instances/${store.key}/${what}`;
const quote = (text) => make('blockquote', {}, text);
const said = async (asked, text) => ((await asked) ? text : '');

const ACTS = {
  async suspend(store) {
    await send('POST', instance(store, 'suspension'));
    return 'Suspended: no job is handed out and no timer fires until it is resumed.';
  },

  async resume(store) {
    await send('POST', instance(store, 'resumption'));
    return 'Resumed.';
  },

  async cancel(store) {
    const sure = await confirmed('Cancel this instance? Everything that is active in it, called instances too, is terminated. This cannot be undone.', { action: 'Cancel the instance', refusal: 'Keep it running', danger: true });
    if (!sure) return '';
    await send('POST', instance(store, 'cancellation'));
    return 'Canceled.';
  },

  async delete(store, { process }) {
    const sure = await confirmed('Delete this instance? Its history, its variables and the instances that it called go with it. This cannot be undone.', { action: 'Delete the instance', danger: true });
    if (!sure) return '';
    await send('POST', instance(store, 'deletion'));
    location.assign(`/operations/definitions/${encodeURIComponent(process)}`);
    return '';
  },

  async resolve(store, { incident }) {
    await send('POST', `/v2/incidents/${incident}/resolution`);
    return 'Resolved: it is tried again.';
  },

  async retry(store, { incident, job, scope, name, message }) {
    const scopes = await store.part('variables', { scope });
    const options = scopes.filter((each) => each.open).map((each) => [each.scopeKey, each.scopeKey === store.key ? 'the process' : `${each.name} (local)`]);
    const inherited = scopes.find((each) => each.total && each.open) ?? scopes.at(-1);
    return said(ask({
      title: `Retry ${name}`,
      intro: [make('p', {}, 'What went wrong:'), quote(message)],
      fields: [
        { ...VARIABLES, label: 'Variables to change first', hint: `Only those that are to change. It sees: ${seen(scopes)}` },
        { name: 'scope', label: 'Set them in', type: 'select', options, value: inherited.scopeKey },
        ...(job ? [{ name: 'retries', label: 'Retries of the job', type: 'number', value: 1, min: 1, max: 1000, required: true }] : []),
      ],
      action: 'Retry',
      send: (values) => send('POST', store.address(`incidents/${incident}/retry`, {}, null), {
        variables: rawObject(values.variables), scopeKey: values.scope, retries: job ? values.retries : undefined,
      }),
    }), 'It is tried again.');
  },

  'complete-job': (store, { job, name }) => said(ask({
    title: `Complete the job of ${name}`,
    intro: [make('p', { className: 'muted' }, 'As its worker would. A worker that has it now is told that it is gone.')],
    fields: [VARIABLES],
    action: 'Complete',
    send: ({ variables }) => send('POST', `/v2/jobs/${job}/completion`, { variables: rawObject(variables) }),
  }), 'Completed.'),

  'fail-job': (store, { job, name, retries }) => said(ask({
    title: `Fail the job of ${name}`,
    fields: [
      { name: 'message', label: 'Reason', required: true },
      { name: 'retries', label: 'Retries left', type: 'number', value: Math.max(0, retries - 1), min: 0, required: true, hint: 'Without any, an incident is raised.' },
    ],
    action: 'Fail',
    danger: true,
    send: (values) => send('POST', `/v2/jobs/${job}/failure`, { errorMessage: values.message, retries: values.retries }),
  }), 'Failed.'),

  'throw-error': (store, { job, name }) => said(ask({
    title: `Throw a BPMN error from ${name}`,
    fields: [{ name: 'code', label: 'Error code', required: true }, { name: 'message', label: 'Message' }, VARIABLES],
    action: 'Throw',
    danger: true,
    send: (values) => send('POST', `/v2/jobs/${job}/error`, { errorCode: values.code, errorMessage: values.message, variables: rawObject(values.variables) }),
  }), 'Thrown.'),

  'set-retries': (store, { job, name, retries }) => said(ask({
    title: `Retries of the job of ${name}`,
    fields: [{ name: 'retries', label: 'Retries', type: 'number', value: Math.max(1, retries), min: 1, required: true }],
    action: 'Set',
    send: (values) => send('PATCH', `/v2/jobs/${job}`, { changeset: { retries: values.retries } }),
  }), 'Set.'),

  'complete-task': (store, { task, name }) => said(ask({
    title: `Complete ${name}`,
    intro: [make('p', { className: 'muted' }, 'In place of whoever it waits for.')],
    fields: [VARIABLES],
    action: 'Complete',
    send: ({ variables }) => send('POST', `/v2/user-tasks/${task}/completion`, { variables: rawObject(variables) }),
  }), 'Completed.'),

  async 'trigger-timer'(store, { timer, name }) {
    if (!(await confirmed(`Let the timer “${name}” fire now, whatever its date?`, { action: 'Trigger now' }))) return '';
    await send('POST', store.address(`timers/${timer}/trigger`, {}, null));
    return `“${name}” has fired.`;
  },

  async message(store, { name = '', correlationKey = '' }) {
    const waiting = await subscriptions(store);
    const [first] = waiting;
    const chosen = name ? { name, correlationKey } : { name: first?.messageName ?? '', correlationKey: first?.correlationKey ?? '' };
    const intro = waiting.length
      ? [make('p', { className: 'muted' }, `It waits for ${waiting.map((each) => `${each.messageName} (${each.correlationKey || 'no key'})`).join(', ')}.`)]
      : [make('p', { className: 'notice warn' }, 'This instance waits for no message now.')];
    return said(ask({
      title: 'Send a message',
      intro,
      fields: [{ name: 'name', label: 'Message', value: chosen.name, required: true }, { name: 'key', label: 'Correlation key', value: chosen.correlationKey }, VARIABLES],
      action: 'Send',
      send: (values) => send('POST', '/v2/messages/correlation', { name: values.name, correlationKey: values.key, variables: rawObject(values.variables), tenantId: tenant() }),
    }), 'The message has arrived.');
  },

  signal: (store, { name }) => said(ask({
    title: 'Broadcast a signal',
    intro: [make('p', { className: 'notice warn' }, 'Everybody who waits for it receives it, other instances too.')],
    fields: [{ name: 'name', label: 'Signal', value: name, required: true }, VARIABLES],
    action: 'Broadcast',
    send: (values) => send('POST', '/v2/signals/broadcast', { signalName: values.name, variables: rawObject(values.variables), tenantId: tenant() }),
  }), 'Broadcast.'),

  async 'start-like'(store) {
    const { process, version, businessId } = document.getElementById('instance').dataset;
    const first = await get(store.address('beginning', {}, null));
    let started;
    const done = await ask({
      title: 'Start one like this',
      wide: true,
      fields: [
        { name: 'version', label: 'Version', type: 'select', options: [['this', `version ${version}, as this one`], ['latest', 'the latest version']] },
        { ...VARIABLES, label: 'Variables that it begins with', value: pretty(first), rows: 12 },
        { name: 'businessId', label: 'Business id', value: businessId },
      ],
      action: 'Start',
      send: async (values) => {
        started = await send('POST', '/v2/process-instances', {
          processDefinitionId: process, processDefinitionVersion: values.version === 'this' ? Number(version) : -1,
          variables: rawObject(values.variables), businessId: values.businessId || undefined, tenantId: tenant(),
        });
      },
    });
    if (done) location.assign(`/operations/instances/${started.processInstanceKey}`);
    return '';
  },
};

const tenant = () => document.getElementById('instance').dataset.tenant;

const seen = (scopes) => scopes.flatMap((scope) => scope.items.map((each) => each.name)).slice(0, 20).join(', ') || 'nothing';

async function subscriptions(store) {
  const filter = { processInstanceKey: store.key, messageSubscriptionState: 'CREATED' };
  return (await send('POST', '/v2/message-subscriptions/search', { filter })).items;
}
