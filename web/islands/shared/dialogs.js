// <dialog>s opened by buttons with data-opens="id", or with the page (data-shown); closed by data-closes or a click beside
// them, unless something was typed: that goes only where somebody says so.

export function installDialogs() {
  document.querySelector('dialog[data-shown]')?.showModal();
  const typed = new WeakSet(); // dialogs, until they close
  let pressed = null;
  document.addEventListener('input', ({ target }) => typed.add(target.closest('dialog') ?? target));
  document.addEventListener('close', ({ target }) => typed.delete(target), { capture: true }); // it does not bubble
  document.addEventListener('pointerdown', (event) => { pressed = isBeside(event) ? event.target : null; });
  document.addEventListener('click', (event) => {
    const opener = event.target.closest('[data-opens]');
    if (opener) {
      document.getElementById(opener.dataset.opens)?.showModal();
      return;
    }
    if (event.target.closest('[data-closes]')) event.target.closest('dialog')?.close();
    // A text that is selected from within may be let go beside the dialog: the press must have been there as well.
    else if (isBeside(event) && pressed === event.target && !typed.has(event.target)) event.target.close();
  });
}

/** Whether it is on a <dialog> itself, and there on its backdrop. */
function isBeside(event) {
  if (event.target.nodeName !== 'DIALOG') return false;
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

/** Asks; resolves to true where the person agrees. `refusal` is for questions about canceling, of which “Cancel” is no answer. */
export function confirmed(question, { action = 'OK', refusal = 'Cancel', danger = false } = {}) {
  const dialog = document.createElement('dialog');
  const text = document.createElement('p');
  text.id = 'confirm-question';
  text.textContent = question;
  dialog.setAttribute('aria-labelledby', text.id);
  const form = document.createElement('form');
  form.method = 'dialog';
  form.className = 'actions';
  form.append(button(refusal, 'cancel', 'button'), button(action, 'ok', `button ${danger ? 'danger' : 'primary'}`));
  dialog.append(text, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'ok');
    });
  });
}

function button(text, value, className) {
  const made = document.createElement('button');
  Object.assign(made, { textContent: text, value, className });
  return made;
}
