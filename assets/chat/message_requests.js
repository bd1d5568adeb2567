// Fetches messages from the server.

import { BASE } from "../ui/base.js";
import { takePrefetched } from "../ui/conversation_prefetch.js";
import {
  currentMessage,
  expectedVersion,
  expectNoVersion,
  expectVersion,
  failedMessages,
  isFollowed,
  isKnown,
  putMessage,
  setFailed,
} from "./message_store.js";

/** @typedef {import("../ui/conversation_prefetch.js").Found} Found */

const MAX_IDS = 200; // the server's limit per request
const TIMEOUT = 60_000; // ms for one request
const RETRY_DELAYS = [500, 2000]; // ms before each retry of a failed request

/** @type {Set<string>} */
let wanted = new Set();

/** The server rejected the request (a status below 500), so that a retry does not help. */
class Rejected extends Error {}

/**
 * @param {string[]} ids
 * @returns {Promise<Found>}
 */
async function fetchMessages(ids) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await fetch(`${BASE}/api/messages?ids=${ids.join(",")}`, {
        signal: AbortSignal.timeout(TIMEOUT),
      });
      if (response.ok) return await response.json();
      if (response.status < 500) throw new Rejected();
      throw new Error(`HTTP ${response.status}`);
    } catch (error) {
      if (error instanceof Rejected || attempt === RETRY_DELAYS.length) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAYS[attempt]));
    }
  }
}

/** @param {string} id */
function markFailed(id) {
  if (!isFollowed(id)) setFailed(id, true);
}

/**
 * @param {string} id
 * @param {Found} found
 */
function store(id, found) {
  if (found[id] && !isFollowed(id)) putMessage(id, found[id]);
}

// A response may leave out ids because of its size limit: they are requested again. If a response has none of
// the requested ids, those messages no longer exist.
async function fetchWanted() {
  const asked = [...wanted];
  wanted = new Set();
  const prefetched = await takePrefetched();
  const isCurrent = (/** @type {string} */ id) =>
    prefetched[id] && prefetched[id].version === expectedVersion(id); // another tab may have continued it
  for (const id of asked.filter(isCurrent)) store(id, prefetched);
  let ids = asked.filter((id) => !isCurrent(id));
  while (ids.length) {
    const requested = ids.slice(0, MAX_IDS);
    /** @type {Found} */
    let found;
    try {
      found = await fetchMessages(requested);
    } catch {
      ids.forEach(markFailed);
      return;
    }
    const missing = requested.filter((id) => !found[id]);
    for (const id of requested) store(id, found);
    const gone = missing.length === requested.length;
    if (gone) missing.forEach(markFailed);
    ids = [...(gone ? [] : missing), ...ids.slice(MAX_IDS)];
  }
}

/**
 * Fetches a message; calls within the same tick share one request.
 *
 * @param {string} id
 */
export function requestMessage(id) {
  setFailed(id, false);
  if (wanted.size === 0) queueMicrotask(fetchWanted);
  wanted.add(id);
}

/**
 * Fetches a finished message unless its current version is in the store.
 *
 * `sentAs` is the id under which this browser sent the message; `version` changes when a finished answer is
 * continued, for example from another tab.
 *
 * @param {string} id
 * @param {{ streaming: boolean, sentAs?: string, version?: string }} options
 */
export function ensureMessage(id, { streaming, sentAs, version }) {
  if (streaming) expectNoVersion(id);
  else if (expectVersion(id, version)) return;
  else if (sentAs && isKnown(sentAs)) putMessage(id, currentMessage(sentAs));
  else requestMessage(id);
}

// Messages that failed to load are fetched again when the network is back.
if (typeof window !== "undefined") {
  window.addEventListener("online", () => failedMessages().forEach(requestMessage));
}
