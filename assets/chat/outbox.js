// Messages that the server has not accepted yet, stored in the browser, oldest first.

import { readStored, store } from "./storage.js";

/**
 * An unsent message. In a conversation that does not exist yet, `conversationId` is empty and `follows` is
 * the id of the message that will create it. `files` are on the server already; a message that an earlier version of
 * the page kept has none.
 *
 * @typedef {{
 *   id: string,
 *   text: string,
 *   files?: import("./message_parts.js").FilePart[],
 *   conversationId: string,
 *   model: string,
 *   models?: string[],
 *   follows: string,
 * }} Unsent `models`: those that answer side by side, in place of `model`
 */

const OUTBOX = "webchat.outbox";

/** An id for a message that this browser sends, by which the server recognises a retry. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Unsent[]} messages */
function save(messages) {
  store(OUTBOX, messages.length ? JSON.stringify(messages) : "");
}

/**
 * The messages that the server has not accepted yet.
 *
 * @returns {Unsent[]}
 */
export function readOutbox() {
  try {
    return JSON.parse(readStored(OUTBOX) ?? "[]");
  } catch {
    return [];
  }
}

/**
 * Adds a message at the end.
 *
 * @param {Unsent} message
 */
export function addToOutbox(message) {
  save([...readOutbox(), message]);
}

/** The waiting message that will create a new conversation, if there is one. */
export const firstOfNewConversation = () =>
  readOutbox().find((message) => !message.conversationId && !message.follows);

/**
 * Sets the conversation of the messages that follow the one that created it.
 *
 * @param {string} follows
 * @param {string} conversationId
 */
export function assignOutbox(follows, conversationId) {
  const messages = readOutbox();
  const following = messages.filter((message) => message.follows === follows);
  for (const message of following) Object.assign(message, { conversationId, follows: "" });
  if (following.length) save(messages);
}

/**
 * Removes messages; returns those that were found.
 *
 * @param {string[]} ids
 */
export function takeFromOutbox(ids) {
  /** @type {Unsent[]} */
  const taken = [];
  /** @type {Unsent[]} */
  const kept = [];
  for (const message of readOutbox()) (ids.includes(message.id) ? taken : kept).push(message);
  if (taken.length) save(kept);
  return taken;
}
