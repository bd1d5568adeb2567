// Files that are not uploaded yet, kept in the browser's database so that a reload does not lose them.

const DATABASE = "webchat";
const FILES = "files";
const KEPT_FOR = 7 * 24 * 3600 * 1000; // ms

/** @typedef {{ key: string, file: Blob, name: string, at: number }} Kept */

/** @type {Promise<IDBDatabase> | undefined} */
let opened;

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
const answered = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function open() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(FILES, { keyPath: "key" });
  const database = await answered(request);
  const kept = database.transaction(FILES, "readwrite").objectStore(FILES);
  for (const { key, at } of await answered(kept.getAll())) if (Date.now() - at > KEPT_FOR) kept.delete(key);
  return database;
}

/** @param {IDBTransactionMode} mode */
async function files(mode) {
  opened ??= open();
  return (await opened).transaction(FILES, mode).objectStore(FILES);
}

/**
 * Keeps a file; one that cannot be kept, because the storage is full or blocked, is only in this tab.
 *
 * @param {string} key
 * @param {File} file
 */
export async function keepFile(key, file) {
  try {
    await answered((await files("readwrite")).put({ key, file, name: file.name, at: Date.now() }));
  } catch {
    // full or blocked
  }
}

/**
 * The file under a key, if it is there.
 *
 * @param {string} key
 * @returns {Promise<File | undefined>}
 */
export async function keptFile(key) {
  try {
    /** @type {Kept | undefined} */
    const found = await answered((await files("readonly")).get(key));
    return found && new File([found.file], found.name, { type: found.file.type });
  } catch {
    return undefined;
  }
}

/** @param {string} key */
export async function dropKeptFile(key) {
  try {
    await answered((await files("readwrite")).delete(key));
  } catch {
    // blocked: there is none
  }
}
