// The content of messages, by message id. The state of the page has the list of messages; their content is
// fetched once (a finished message never changes) or grows while an answer streams. Listeners are notified of a first
// change at once, and of further ones at most once per animation frame.

import { appendText, filesOf } from "./message_parts.js";

/** @typedef {import("./message_parts.js").Part} Part */

/**
 * A message. `thought` are the milliseconds of reasoning before the first text, if they are known; `note` is a
 * status shown before the first text, `settled` says that the content is final, `failed` that it could not be
 * loaded.
 *
 * @typedef {{
 *   parts: readonly Part[],
 *   reasoning: string,
 *   thought: number,
 *   note: string,
 *   settled: boolean,
 *   failed: boolean,
 * }} Message
 */

/**
 * A message and its listeners. `followed` says that it is being streamed; `thinkingSince` is when its reasoning
 * began; `version` is the version of the
 * content, undefined until the page has set it; `snapshot` is what listeners see.
 *
 * @typedef {Message & {
 *   followed?: boolean,
 *   thinkingSince?: number,
 *   version?: string,
 *   snapshot: Readonly<Message>,
 *   listeners: Set<() => void>,
 * }} Entry
 */

const INTERRUPTED = "interrupted"; // prefix of the version of an answer cut off by a stop of the server

/**
 * A message without any content.
 *
 * @type {Readonly<Message>}
 */
export const EMPTY = Object.freeze({
  parts: [],
  reasoning: "",
  thought: 0,
  note: "",
  settled: false,
  failed: false,
});

/** @type {Map<string, Entry>} */
const entries = new Map();

/** @type {Set<string>} */
const changed = new Set();
let waiting = false; // for the next frame, or for the end of the current task

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
  if (!changed.size) {
    waiting = false;
    return;
  }
  requestAnimationFrame(publish);
  const ids = [...changed];
  changed.clear();
  for (const id of ids) {
    const entry = entries.get(id);
    if (!entry) continue; // removed before the frame
    const { parts, reasoning, thought, note, settled, failed } = entry;
    entry.snapshot = { parts, reasoning, thought, note, settled, failed };
    for (const listener of entry.listeners) listener();
  }
}

/** @param {string} id */
function schedulePublish(id) {
  changed.add(id);
  if (waiting) return;
  waiting = true;
  queueMicrotask(publish); // together with the other changes of this task
}

/**
 * Replaces the content of a message; `settled` says that it is final.
 *
 * @param {string} id
 * @param {{ parts: readonly Part[], reasoning?: string, settled?: boolean }} content
 */
export function putMessage(id, { parts, reasoning = "", settled = true }) {
  Object.assign(entryOf(id), { parts, reasoning, settled, failed: false });
  schedulePublish(id);
}

/**
 * Removes a message that is not on the page yet.
 *
 * @param {string} id
 */
export function forgetMessage(id) {
  entries.delete(id);
  changed.delete(id);
}

/**
 * Appends a piece to the text of an answer or to its reasoning, unless the answer is settled.
 *
 * @param {string} id
 * @param {"text" | "reasoning"} field
 * @param {string} piece
 */
export function appendToMessage(id, field, piece) {
  const entry = entryOf(id);
  if (entry.settled) return;
  if (field === "text") {
    if (entry.thinkingSince) entry.thought = Date.now() - entry.thinkingSince;
    entry.thinkingSince = 0;
    entry.parts = appendText(entry.parts, piece);
  } else {
    entry.thinkingSince ??= Date.now();
    entry.reasoning += piece;
  }
  schedulePublish(id);
}

/**
 * Adds the pictures of an answer, unless they are there.
 *
 * @param {string} id
 * @param {readonly import("./message_parts.js").FilePart[]} files
 */
export function addFiles(id, files) {
  const entry = entryOf(id);
  const known = new Set(filesOf(entry.parts).map((file) => file.id));
  entry.parts = [...entry.parts, ...files.filter((file) => !known.has(file.id))];
  schedulePublish(id);
}

/**
 * Sets the status shown before the first text.
 *
 * @param {string} id
 * @param {string} note
 */
export function setNote(id, note) {
  entryOf(id).note = note;
  schedulePublish(id);
}

/**
 * Marks the content of a message as final.
 *
 * @param {string} id
 */
export function settleMessage(id) {
  entryOf(id).settled = true;
  schedulePublish(id);
}

/**
 * Sets whether a message is being streamed; its stream takes precedence over a fetched copy.
 *
 * @param {string} id
 * @param {boolean} followed
 */
export function setFollowed(id, followed) {
  Object.assign(entryOf(id), followed ? { followed, settled: false } : { followed });
}

/**
 * Whether a message is being streamed.
 *
 * @param {string} id
 */
export function isFollowed(id) {
  return Boolean(entries.get(id)?.followed);
}

/**
 * Sets whether loading a message has failed; a new request resets it.
 *
 * @param {string} id
 * @param {boolean} failed
 */
export function setFailed(id, failed) {
  entryOf(id).failed = failed;
  if (failed) schedulePublish(id);
}

/** The ids of messages that could not be loaded. */
export function failedMessages() {
  return [...entries].filter(([, entry]) => entry.failed).map(([id]) => id);
}

/**
 * The current message, without waiting for the next frame.
 *
 * @param {string} id
 * @returns {Readonly<Message>}
 */
export function currentMessage(id) {
  return entries.get(id) ?? EMPTY;
}

/**
 * The message as of the last frame, for rendering.
 *
 * @param {string} id
 */
export function shownMessage(id) {
  return entries.get(id)?.snapshot ?? EMPTY;
}

/**
 * Whether a message is in the store.
 *
 * @param {string} id
 */
export function isKnown(id) {
  return entries.has(id);
}

/**
 * Calls `listener` after each change of a message; returns a function that unsubscribes.
 *
 * @param {string} id
 * @param {() => void} listener
 */
export function subscribeToMessage(id, listener) {
  const { listeners } = entryOf(id);
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Sets the current version of a finished message, and returns whether the store has its content. If not, the
 * message is no longer settled. The version changes when a finished answer is continued.
 *
 * @param {string} id
 * @param {string} [version]
 */
export function expectVersion(id, version) {
  const entry = entryOf(id);
  // After a crash the server may lack the last second of what was shown, and continues from there.
  const lossy = version?.startsWith(INTERRUPTED);
  const known = entry.settled && (entry.version ?? (lossy ? undefined : version)) === version;
  entry.version = version;
  if (!known) entry.settled = false;
  return known;
}

/**
 * The version of a message that its row has.
 *
 * @param {string} id
 */
export function expectedVersion(id) {
  return entries.get(id)?.version;
}

/**
 * Resets the version of a message that is being streamed.
 *
 * @param {string} id
 */
export function expectNoVersion(id) {
  entryOf(id).version = undefined;
}
