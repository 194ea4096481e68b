// A BPMN file from the person's computer, into the form that plays it.

/** What is chosen stands in the form's text, where it can still be changed. */
export function readFileInto(form) {
  form.querySelector('input[type="file"]').addEventListener('change', async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    form.elements.content.value = await file.text();
    form.elements.name.value = file.name.replace(/\.(bpmn|xml)$/i, '');
  });
}
