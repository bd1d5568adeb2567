// Asks the server for the words of messages.

import {
  currentMessage,
  expectNoVersion,
  expectVersion,
  failedMessages,
  isFollowed,
  isKnown,
  putMessage,
  setFailed,
} from "./message_store.js";

/** @typedef {Record<string, { parts: import("./message_parts.js").Part[], reasoning?: string }>} Found */

const MOST_IDS = 200; // the server answers no more in one request
const TIMEOUT = 60_000; // ms for one request
const RETRIES = [500, 2000]; // ms before a request that failed is repeated

/** @type {Set<string>} */
let wanted = new Set();

/** The server understood the request and declined it: asking again does not help. */
class Refused extends Error {}

/**
 * @param {string[]} ids
 * @returns {Promise<Found>}
 */
async function fetchMessages(ids) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await fetch(`/api/messages?ids=${ids.join(",")}`, {
        signal: AbortSignal.timeout(TIMEOUT),
      });
      if (response.ok) return await response.json();
      if (response.status < 500) throw new Refused();
      throw new Error(`HTTP ${response.status}`);
    } catch (error) {
      if (error instanceof Refused || attempt === RETRIES.length) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRIES[attempt]));
    }
  }
}

/** @param {string} id */
function markFailed(id) {
  if (!isFollowed(id)) setFailed(id, true);
}

// A response may leave ids out because it would be too long without: they are asked for again. One that
// brings none of its ids ends that, because none of them exists any more.
async function fetchWanted() {
  let ids = [...wanted];
  wanted = new Set();
  while (ids.length) {
    const asked = ids.slice(0, MOST_IDS);
    /** @type {Found} */
    let found;
    try {
      found = await fetchMessages(asked);
    } catch {
      ids.forEach(markFailed);
      return;
    }
    const missing = asked.filter((id) => !found[id]);
    for (const id of asked) {
      if (found[id] && !isFollowed(id)) putMessage(id, found[id]);
    }
    const gone = missing.length === asked.length;
    if (gone) missing.forEach(markFailed);
    ids = [...(gone ? [] : missing), ...ids.slice(MOST_IDS)];
  }
}

/**
 * Asks the server for a message's words; calls made in one tick share one request.
 *
 * @param {string} id
 */
export function requestMessage(id) {
  setFailed(id, false);
  if (wanted.size === 0) queueMicrotask(fetchWanted);
  wanted.add(id);
}

/**
 * Sees to it that the words of a message come: a finished one is fetched when it is not known yet.
 *
 * `sentAs` is the id under which a message of this browser's own is known; `version` changes when an answer
 * that had ended was gone on with where this page did not see it.
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

// What could not be loaded without a network is loaded with one.
if (typeof window !== "undefined") {
  window.addEventListener("online", () => failedMessages().forEach(requestMessage));
}
