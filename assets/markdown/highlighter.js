// Highlights code blocks in a worker, which is started for the first block in a known language. Code is shown at once without
// colours, which are added when the worker has responded. Requests are sent when the browser is idle, because
// text has priority.

import { whenIdle } from "../ui/idle.js";
import { nextFrame } from "./frames.js";
import { grammarOf } from "./grammars.js";

/**
 * The lines of a code block; each is a list of pieces with their classes.
 *
 * @typedef {[className: string, text: string][][]} Lines
 */

/** @typedef {{ code: string, language: string, lines: Lines }} Highlighted */

const CACHE_SIZE = 24;
const PER_FRAME = 10; // blocks that get their colours

/** @type {Worker | null} */
let worker = null;
let lastId = 0;

/** @typedef {{ code: string, language: string, callback: (result: Highlighted) => void }} Request */

/** @type {Map<number, Request>} */
const pending = new Map(); // requests without a response, by request id

/** @type {Set<number>} */
const queue = new Set(); // ids of the requests not sent to the worker yet

/** @type {Highlighted[]} */
const cache = []; // newest first

/** @type {{ id: number, lines: Lines }[]} */
const responses = []; // not delivered yet

/** @param {{ id: number, lines: Lines }} response */
function deliver({ id, lines }) {
  const request = pending.get(id);
  if (!request) return;
  const { code, language, callback } = request;
  pending.delete(id);
  const result = { code, language, lines };
  // A longer version of a block replaces the shorter one.
  const shorter = cache.findIndex((entry) => entry.language === language && code.startsWith(entry.code));
  if (shorter >= 0) cache.splice(shorter, 1);
  cache.unshift(result);
  cache.length = Math.min(cache.length, CACHE_SIZE);
  callback(result);
}

// A few blocks in each frame, so that a page with hundreds of them answers.
function deliverSome() {
  for (const response of responses.splice(0, PER_FRAME)) deliver(response);
  if (responses.length) nextFrame(deliverSome);
}

function start() {
  const started = new Worker(new URL("./highlight_worker.js", import.meta.url), { type: "module" });
  started.onmessage = ({ data }) => {
    responses.push(data);
    if (responses.length === 1) nextFrame(deliverSome);
  };
  return started;
}

/** @type {Set<string>} */
const taught = new Set(); // languages whose grammar the worker has

/** @param {number} id */
async function send(id) {
  const language = pending.get(id)?.language.toLowerCase() ?? "";
  const grammar = await grammarOf(language).catch(() => null); // it could not be fetched
  const request = pending.get(id);
  if (!request) return;
  if (!grammar) {
    pending.delete(id); // the code stays without colours
    return;
  }
  worker ??= start();
  if (!taught.has(language)) worker.postMessage({ language, grammar });
  taught.add(language);
  worker.postMessage({ id, code: request.code, language });
}

function flushQueue() {
  for (const id of queue) send(id);
  queue.clear();
}

/**
 * The highlighted beginning of a code block, as far as it is known.
 *
 * @param {string} code
 * @param {string} language
 */
export const highlightedSoFar = (code, language) =>
  cache.find((entry) => entry.language === language && code.startsWith(entry.code));

/**
 * Highlights a code block; returns a function that cancels the request.
 *
 * @param {string} code
 * @param {string} language
 * @param {(result: Highlighted) => void} callback
 */
export function highlight(code, language, callback) {
  lastId += 1;
  const id = lastId;
  pending.set(id, { code, language, callback });
  if (!queue.size) whenIdle(flushQueue);
  queue.add(id);
  return () => {
    pending.delete(id);
    queue.delete(id);
  };
}
