// The unsent text of each conversation, kept in the browser.

import { readStored, store } from "./storage.js";

/** @param {string} conversationId */
const keyOf = (conversationId) => `webchat.draft.${conversationId || "new"}`;

/**
 * The unsent text of a conversation; the empty id is the next new one.
 *
 * @param {string} conversationId
 */
export const readDraft = (conversationId) => readStored(keyOf(conversationId)) ?? "";

/**
 * Keeps the unsent text of a conversation.
 *
 * @param {string} conversationId
 * @param {string} text
 */
export const saveDraft = (conversationId, text) => store(keyOf(conversationId), text);

/**
 * What was typed on the page of a new conversation belongs to the conversation that began there.
 *
 * @param {string} conversationId
 */
export function moveDraft(conversationId) {
  const draft = readDraft("");
  if (!draft) return;
  saveDraft(conversationId, draft);
  saveDraft("", "");
}
