// The unsent text of each conversation, kept in the browser.

import { readStored, store } from "./storage.js";

/** @param {string} conversationId */
const keyOf = (conversationId) => `webchat.draft.${conversationId || "new"}`;

/**
 * The unsent text of a conversation; an empty id stands for the next new conversation.
 *
 * @param {string} conversationId
 */
export const readDraft = (conversationId) => readStored(keyOf(conversationId)) ?? "";

/**
 * Saves the unsent text of a conversation.
 *
 * @param {string} conversationId
 * @param {string} text
 */
export const saveDraft = (conversationId, text) => store(keyOf(conversationId), text);

/**
 * Moves the text typed on the page of a new conversation to the conversation that was created there.
 *
 * @param {string} conversationId
 */
export function moveDraft(conversationId) {
  const draft = readDraft("");
  if (!draft) return;
  saveDraft(conversationId, draft);
  saveDraft("", "");
}
