// Files that become models of the library: dropped anywhere on a page, or chosen.

import { post } from './http.js';
import { toast } from './toasts.js';

/**
 * Whatever is dropped on the page goes to `onFiles(files)`; while files are held over it, `hint` is shown.
 * What is dragged within the page, such as a shape, is left alone.
 */
export function installFileDrop(hint, onFiles) {
  let depth = 0; // of elements that the pointer has entered with files
  const holdsFiles = (event) => event.dataTransfer?.types.includes('Files');
  document.addEventListener('dragenter', (event) => {
    if (holdsFiles(event)) hint.hidden = ++depth === 0;
  });
  document.addEventListener('dragleave', (event) => {
    if (holdsFiles(event)) hint.hidden = --depth <= 0;
  });
  document.addEventListener('dragover', (event) => {
    if (holdsFiles(event)) event.preventDefault();
  });
  document.addEventListener('drop', (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth = 0;
    hint.hidden = true;
    onFiles([...event.dataTransfer.files]);
  });
}

/** Makes models of files, one after the other, and gives them; what is wrong with one is told and keeps no other out. */
export async function importFiles(files) {
  const imported = [];
  for (const file of files) {
    try {
      const url = `/modeler/files?name=${encodeURIComponent(file.name)}`;
      imported.push(await post(url, file, { type: 'application/octet-stream' }));
    } catch (error) {
      toast(`${file.name}: ${error.message}`, 'bad');
    }
  }
  return imported;
}
