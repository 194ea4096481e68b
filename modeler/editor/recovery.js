// A copy of what was typed and is not on the server yet, kept in this browser: it outlives a crash.

const DATABASE = 'pointsman-modeler';
const COPIES = 'copies';

let opened;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(COPIES);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function inStore(mode, work) {
  const transaction = (await database()).transaction(COPIES, mode);
  const request = work(transaction.objectStore(COPIES));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/** Keeps `{content, revision, at}` for a model; `revision` is the one it is based on, `at` milliseconds since 1970. */
export const remember = (key, copy) => inStore('readwrite', (store) => store.put(copy, key));

/** The copy of a model, or undefined. */
export const recall = (key) => inStore('readonly', (store) => store.get(key));

export const forget = (key) => inStore('readwrite', (store) => store.delete(key));
