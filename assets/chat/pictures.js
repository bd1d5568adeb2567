// Makes pictures ready to be sent, in a worker that starts with the first of them.

/** @typedef {{ blob: Blob, width: number, height: number }} Prepared */

/** The browser cannot open a picture. */
export class UnknownPicture extends Error {}

/** @type {Worker | undefined} */
let worker;
let lastId = 0;

/** @type {Map<number, (result: Prepared | null) => void>} */
const waiting = new Map();

function fail() {
  worker?.terminate();
  worker = undefined;
  for (const done of waiting.values()) done(null);
  waiting.clear();
}

function start() {
  const started = new Worker(new URL("./picture_worker.js", import.meta.url), { type: "module" });
  started.onmessage = ({ data: { id, result } }) => {
    waiting.get(id)?.(result);
    waiting.delete(id);
  };
  started.onerror = fail; // out of memory, or it could not be loaded
  return started;
}

/**
 * A picture upright, at most 2048 pixels wide and high, without metadata, in at most 1 MB.
 *
 * @param {Blob} file
 * @returns {Promise<Prepared>}
 * @throws {UnknownPicture}
 */
export async function prepared(file) {
  worker ??= start();
  lastId += 1;
  const id = lastId;
  /** @type {Promise<Prepared | null>} */
  const answer = new Promise((resolve) => waiting.set(id, resolve));
  worker.postMessage({ id, file });
  const result = await answer;
  if (!result) throw new UnknownPicture();
  return result;
}
