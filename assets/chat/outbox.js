// Messages that the server has not accepted yet, kept in the browser, oldest first.

import { readStored, store } from "./storage.js";

/**
 * A message on its way. `follows` is the message that begins the conversation this one belongs to; until that
 * has begun, there is no `conversationId`.
 *
 * @typedef {{ id: string, text: string, conversationId: string, model: string, follows: string }} Unsent
 */

const OUTBOX = "webchat.outbox";

/** An id for something this browser sends, by which the server knows a repeat. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Unsent[]} messages */
function save(messages) {
  store(OUTBOX, messages.length ? JSON.stringify(messages) : "");
}

/**
 * The messages that were not accepted yet.
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
 * Puts a message in, behind the others.
 *
 * @param {Unsent} message
 */
export function addToOutbox(message) {
  save([...readOutbox(), message]);
}

/** The message that begins the next new conversation, where one waits. */
export const firstOfNewConversation = () =>
  readOutbox().find((message) => !message.conversationId && !message.follows);

/**
 * Says which conversation a message has begun to those that follow it.
 *
 * @param {string} follows
 * @param {string} conversationId
 */
export function assignOutbox(follows, conversationId) {
  const messages = readOutbox();
  const mine = messages.filter((message) => message.follows === follows);
  for (const message of mine) Object.assign(message, { conversationId, follows: "" });
  if (mine.length) save(messages);
}

/**
 * Takes messages out; returns those that were in.
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
