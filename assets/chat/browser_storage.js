// What the browser keeps for a person who is not connected: drafts by conversation, and messages that the
// server has not accepted yet. A browser without storage still chats; it only forgets when the page closes.

const OUTBOX = "webchat.outbox";
const draftKey = (conversationId) => `webchat.draft.${conversationId || "new"}`;

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

/** Messages not accepted yet: [{ id, text, conversationId, model }], oldest first. */
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

/** Takes messages out; returns those that were in. */
export function takeFromOutbox(ids) {
  const [taken, kept] = [[], []];
  for (const message of readOutbox()) (ids.includes(message.id) ? taken : kept).push(message);
  if (taken.length) write(OUTBOX, kept.length ? JSON.stringify(kept) : "");
  return taken;
}
