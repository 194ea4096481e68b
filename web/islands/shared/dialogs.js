// <dialog>s opened by buttons with data-opens="id", or with the page (data-shown); closed by data-closes or a click beside
// them.

export function installDialogs() {
  document.querySelector('dialog[data-shown]')?.showModal();
  document.addEventListener('click', (event) => {
    const opener = event.target.closest('[data-opens]');
    if (opener) {
      document.getElementById(opener.dataset.opens)?.showModal();
      return;
    }
    if (event.target.closest('[data-closes]')) event.target.closest('dialog')?.close();
    else if (event.target.nodeName === 'DIALOG' && isBeside(event)) event.target.close();
  });
}

/** Whether a click on the <dialog> itself fell on its backdrop. */
function isBeside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

/** Asks; resolves to true where the person agrees. */
export function confirmed(question, { action = 'OK', danger = false } = {}) {
  const dialog = document.createElement('dialog');
  const text = document.createElement('p');
  text.id = 'confirm-question';
  text.textContent = question;
  dialog.setAttribute('aria-labelledby', text.id);
  const form = document.createElement('form');
  form.method = 'dialog';
  form.className = 'actions';
  form.append(button('Cancel', 'cancel', 'button'), button(action, 'ok', `button ${danger ? 'danger' : 'primary'}`));
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
