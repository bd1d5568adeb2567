// What the browser keeps for a person who is not connected: drafts by conversation, and messages that the
// server has not accepted yet. A browser without storage still chats; it only forgets when the page closes.

const OUTBOX = "webchat.outbox";
const draftKey = (conversationId) => `webchat.draft.${conversationId || "new"}`;

/** An id for something this browser sends, by which the server knows a repeat. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
  } catch {
    // full or forbidden: it lives as long as the page
  }
}

/** The unsent text of a conversation; the empty id is the next new one. */
export const readDraft = (conversationId) => read(draftKey(conversationId)) ?? "";
export const saveDraft = (conversationId, text) => write(draftKey(conversationId), text);

/** What was typed on the page of a new conversation belongs to the conversation that began there. */
export function moveDraft(conversationId) {
  const draft = readDraft("");
  if (!draft) return;
  saveDraft(conversationId, draft);
  saveDraft("", "");
}

/**
 * Messages not accepted yet, oldest first: [{ id, text, conversationId, model, follows }].
 *
 * `follows` is the message that begins the conversation this one belongs to; until it has, there is no id.
 */
export function readOutbox() {
  try {
    return JSON.parse(read(OUTBOX) ?? "[]");
  } catch {
    return [];
  }
}

export function addToOutbox(message) {
  write(OUTBOX, JSON.stringify([...readOutbox(), message]));
}

/** Says which conversation a message has begun to those that follow it. */
export function assignOutbox(follows, conversationId) {
  const messages = readOutbox();
  const mine = messages.filter((message) => message.follows === follows);
  for (const message of mine) Object.assign(message, { conversationId, follows: "" });
  if (mine.length) write(OUTBOX, JSON.stringify(messages));
}

/** Takes messages out; returns those that were in. */
export function takeFromOutbox(ids) {
  const [taken, kept] = [[], []];
  for (const message of readOutbox()) (ids.includes(message.id) ? taken : kept).push(message);
  if (taken.length) write(OUTBOX, kept.length ? JSON.stringify(kept) : "");
  return taken;
}
