// A question with one line for the answer.

/** Resolves to the text, or to null where the person does not answer. */
export function asked(title, { label, value = '', action = 'OK', maxLength = 200 }) {
  const dialog = document.createElement('dialog');
  const form = document.createElement('form');
  const heading = Object.assign(document.createElement('h2'), { id: 'asking-title', textContent: title });
  const field = Object.assign(document.createElement('div'), { className: 'field' });
  const caption = Object.assign(document.createElement('label'), { htmlFor: 'asking-answer', textContent: label });
  const input = Object.assign(document.createElement('input'), { id: 'asking-answer', value, required: true, maxLength, autocomplete: 'off' });
  const actions = Object.assign(document.createElement('div'), { className: 'actions' });
  const cancel = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Cancel', className: 'button' });
  const accept = Object.assign(document.createElement('button'), { textContent: action, className: 'button primary' });
  dialog.setAttribute('aria-labelledby', heading.id);
  field.append(caption, input);
  actions.append(cancel, accept);
  form.append(heading, field, actions);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  input.select();
  return new Promise((resolve) => {
    let answer = null;
    cancel.addEventListener('click', () => dialog.close());
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      answer = input.value.trim() || null;
      dialog.close();
    });
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
  });
}
