// The words of messages, by message id. The page's state says which messages there are; their words
// come from the server once (a finished message never changes) or grow while an answer streams.
// Readers hear of changes at most once an animation frame.

import { appendText } from "./message_parts.js";

/** @typedef {import("./message_parts.js").Part} Part */

/**
 * What is known of a message. `note` says what is going on while there are no words yet, `settled` that these
 * are its final words, `failed` that they could not be loaded.
 *
 * @typedef {{
 *   parts: readonly Part[],
 *   reasoning: string,
 *   note: string,
 *   settled: boolean,
 *   failed: boolean,
 * }} Message
 */

/**
 * A message and who reads it. `version` is that of the words, undefined until the page has said it;
 * `snapshot` is what readers see.
 *
 * @typedef {Message & {
 *   followed?: boolean,
 *   version?: string,
 *   snapshot: Readonly<Message>,
 *   listeners: Set<() => void>,
 * }} Entry
 */

const INTERRUPTED = "interrupted"; // begins the version of an answer that a stop of the server cut off

/**
 * What is known of a message before anything is.
 *
 * @type {Readonly<Message>}
 */
export const EMPTY = Object.freeze({ parts: [], reasoning: "", note: "", settled: false, failed: false });

/** @type {Map<string, Entry>} */
const entries = new Map();

/** @type {Set<string>} */
const changed = new Set();
let frame = 0;

/** @param {string} id */
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
    const { parts, reasoning, note, settled, failed } = entry;
    entry.snapshot = { parts, reasoning, note, settled, failed };
    for (const listener of entry.listeners) listener();
  }
}

/** @param {string} id */
function touch(id) {
  changed.add(id);
  if (!frame) frame = requestAnimationFrame(publish);
}

/**
 * Replaces what is known of a message; `settled` says that these are its final words.
 *
 * @param {string} id
 * @param {{ parts: readonly Part[], reasoning?: string, settled?: boolean }} content
 */
export function putMessage(id, { parts, reasoning = "", settled = true }) {
  Object.assign(entryOf(id), { parts, reasoning, settled, failed: false });
  touch(id);
}

/**
 * Forgets what was noted of a message that nothing shows yet.
 *
 * @param {string} id
 */
export function forgetMessage(id) {
  entries.delete(id);
  changed.delete(id);
}

/**
 * Adds a piece to the answer (`field` "text") or to its reasoning (`field` "reasoning"), unless it is whole.
 *
 * @param {string} id
 * @param {"text" | "reasoning"} field
 * @param {string} piece
 */
export function appendToMessage(id, field, piece) {
  const entry = entryOf(id);
  if (entry.settled) return;
  if (field === "text") entry.parts = appendText(entry.parts, piece);
  else entry.reasoning += piece;
  touch(id);
}

/**
 * Says what is going on while there are no words yet.
 *
 * @param {string} id
 * @param {string} note
 */
export function noteOnMessage(id, note) {
  entryOf(id).note = note;
  touch(id);
}

/**
 * Says that no more words will come.
 *
 * @param {string} id
 */
export function settleMessage(id) {
  entryOf(id).settled = true;
  touch(id);
}

/**
 * Says whether the words come from a stream now, which knows better than an answer fetched meanwhile.
 *
 * @param {string} id
 * @param {boolean} followed
 */
export function setFollowed(id, followed) {
  Object.assign(entryOf(id), followed ? { followed, settled: false } : { followed });
}

/**
 * Whether the words come from a stream now.
 *
 * @param {string} id
 */
export function isFollowed(id) {
  return Boolean(entries.get(id)?.followed);
}

/**
 * Says whether the words could not be loaded; asking for them again takes that back.
 *
 * @param {string} id
 * @param {boolean} failed
 */
export function setFailed(id, failed) {
  entryOf(id).failed = failed;
  if (failed) touch(id);
}

/** The ids of messages whose words could not be loaded. */
export function failedMessages() {
  return [...entries].filter(([, entry]) => entry.failed).map(([id]) => id);
}

/**
 * What is known of a message now, without waiting for a frame.
 *
 * @param {string} id
 * @returns {Readonly<Message>}
 */
export function currentMessage(id) {
  return entries.get(id) ?? EMPTY;
}

/**
 * What readers see of a message: as it was in the last frame.
 *
 * @param {string} id
 */
export function shownMessage(id) {
  return entries.get(id)?.snapshot ?? EMPTY;
}

/**
 * Whether anything is known of a message.
 *
 * @param {string} id
 */
export function isKnown(id) {
  return entries.has(id);
}

/**
 * Calls back when the message has changed; returns a function that ends that.
 *
 * @param {string} id
 * @param {() => void} listener
 */
export function watchMessage(id, listener) {
  const { listeners } = entryOf(id);
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Notes which version the page has of a finished message, and says whether its words are known. If they are
 * not, they no longer count as final. The version changes when an answer that had ended was gone on with.
 *
 * @param {string} id
 * @param {string} [version]
 */
export function expectVersion(id, version) {
  const entry = entryOf(id);
  // After a crash the server has up to a second less than what was shown, and goes on from there.
  const lossy = version?.startsWith(INTERRUPTED);
  const known = entry.settled && (entry.version ?? (lossy ? undefined : version)) === version;
  entry.version = version;
  if (!known) entry.settled = false;
  return known;
}

/**
 * Says that the message is being written, so that it has no version yet.
 *
 * @param {string} id
 */
export function expectNoVersion(id) {
  entryOf(id).version = undefined;
}
