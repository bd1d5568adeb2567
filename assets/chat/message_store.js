// The words of messages, by message id. The page's state says which messages there are; their words
// come from the server once (a finished message never changes) or grow while an answer streams.
// Readers hear of changes at most once an animation frame.

import { useEffect, useSyncExternalStore } from "react";

const INTERRUPTED = "interrupted"; // begins the version of an answer that a stop of the server cut off
const EMPTY = Object.freeze({ text: "", reasoning: "", note: "", settled: false, failed: false });
const entries = new Map(); // id -> { text, reasoning, note, settled, failed, followed, snapshot, listeners }
const changed = new Set();
let frame = 0;

function entryOf(id) {
  let entry = entries.get(id);
  if (!entry) {
    entry = { ...EMPTY, snapshot: EMPTY, listeners: new Set() };
    entries.set(id, entry);
  }
  return entry;
}

function publish() {
  frame = 0;
  const ids = [...changed];
  changed.clear();
  for (const id of ids) {
    const entry = entries.get(id);
    if (!entry) continue; // forgotten before the frame
    const { text, reasoning, note, settled, failed } = entry;
    entry.snapshot = { text, reasoning, note, settled, failed };
    for (const listener of entry.listeners) listener();
  }
}

function touch(id) {
  changed.add(id);
  frame ||= requestAnimationFrame(publish);
}

/** Replaces what is known of a message; `settled` says that these are its final words. */
export function putMessage(id, { text, reasoning = "", settled = true }) {
  Object.assign(entryOf(id), { text, reasoning, settled, failed: false });
  touch(id);
}

/** Forgets what was noted of a message that nothing shows yet. */
export function forgetMessage(id) {
  entries.delete(id);
  changed.delete(id);
}

/** Adds a piece to the answer (`field` "text") or to its reasoning (`field` "reasoning"), unless it is whole. */
export function appendToMessage(id, field, piece) {
  const entry = entryOf(id);
  if (entry.settled) return;
  entry[field] += piece;
  touch(id);
}

/** Says what is going on while there are no words yet. */
export function noteOnMessage(id, note) {
  entryOf(id).note = note;
  touch(id);
}

/** Says that no more words will come. */
export function settleMessage(id) {
  entryOf(id).settled = true;
  touch(id);
}

/** Says whether the words come from a stream now, which knows better than an answer fetched meanwhile. */
export function setFollowed(id, followed) {
  Object.assign(entryOf(id), followed ? { followed, settled: false } : { followed });
}

/** What is known of a message now, without waiting for a frame. */
export function currentMessage(id) {
  return entries.get(id) ?? EMPTY;
}

const MOST_IDS = 200; // the server answers no more in one request
const TIMEOUT = 60_000; // ms for one request
const RETRIES = [500, 2000]; // ms before a request that failed is repeated

let wanted = new Set();

async function fetchMessages(ids) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await fetch(`/api/messages?ids=${ids.join(",")}`, { signal: AbortSignal.timeout(TIMEOUT) });
      if (!response.ok) throw Object.assign(new Error(`HTTP ${response.status}`), { refused: response.status < 500 });
      return await response.json();
    } catch (error) {
      if (error.refused || attempt === RETRIES.length) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRIES[attempt]));
    }
  }
}

// A response may leave ids out because it would be too long without: they are asked for again. One that brings
// none of its ids ends that, because none of them exists any more.
async function fetchWanted() {
  let ids = [...wanted];
  wanted = new Set();
  while (ids.length) {
    const asked = ids.slice(0, MOST_IDS);
    let found;
    try {
      found = await fetchMessages(asked);
    } catch {
      ids.forEach(markFailed);
      return;
    }
    const missing = asked.filter((id) => !found[id]);
    for (const id of asked) {
      if (found[id] && !entryOf(id).followed) putMessage(id, found[id]);
    }
    const gone = missing.length === asked.length;
    if (gone) missing.forEach(markFailed);
    ids = [...(gone ? [] : missing), ...ids.slice(MOST_IDS)];
  }
}

function markFailed(id) {
  if (entryOf(id).followed) return;
  entryOf(id).failed = true;
  touch(id);
}

// What could not be loaded without a network is loaded with one.
if (typeof window !== "undefined") {
  window.addEventListener("online", () => {
    for (const [id, entry] of entries) if (entry.failed) requestMessage(id);
  });
}

/** Asks the server for a message's words; calls made in one tick share one request. */
export function requestMessage(id) {
  entryOf(id).failed = false;
  if (wanted.size === 0) queueMicrotask(fetchWanted);
  wanted.add(id);
}

/**
 * The live words of a message; a finished one is fetched when it is not known yet.
 *
 * `sentAs` is the id under which a message of this browser's own is known; `version` changes when an answer
 * that had ended was gone on with where this page did not see it.
 */
export function useMessage(id, streaming, sentAs, version) {
  // After a crash the server has up to a second less than what was shown, and goes on from there.
  const lossy = version?.startsWith(INTERRUPTED);
  const snapshot = useSyncExternalStore(
    (listener) => {
      const { listeners } = entryOf(id);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => entries.get(id)?.snapshot ?? EMPTY,
    () => EMPTY,
  );
  useEffect(() => {
    const entry = entryOf(id);
    if (streaming) {
      entry.version = undefined;
      return;
    }
    const known = entry.settled && (entry.version ?? (lossy ? undefined : version)) === version;
    entry.version = version;
    if (known) return;
    entry.settled = false;
    if (sentAs && entries.has(sentAs)) putMessage(id, entries.get(sentAs));
    else requestMessage(id);
  }, [id, streaming, sentAs, version, lossy]);
  return snapshot;
}
