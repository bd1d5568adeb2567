// What the browser keeps for a person who is not connected: drafts by conversation, and messages that the
// server has not accepted yet. What the browser's storage does not take, because it is full or forbidden, is
// kept in memory: it lives as long as the tab, and whoever subscribes is told.

import { useSyncExternalStore } from "react";

const OUTBOX = "webchat.outbox";
const draftKey = (conversationId) => `webchat.draft.${conversationId || "new"}`;

/** An id for something this browser sends, by which the server knows a repeat. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const memory = new Map(); // key -> value that is nowhere else
const listeners = new Set();

function keepInMemory(key, value) {
  const before = memory.size > 0;
  if (value) memory.set(key, value);
  else memory.delete(key);
  const now = memory.size > 0;
  if (before === now) return;
  if (now) window.addEventListener("beforeunload", warn, true);
  else window.removeEventListener("beforeunload", warn, true);
  for (const listener of listeners) listener();
}

// The browser asks whether the tab may be closed. Reflex, which lets its connection go at this event, must not
// hear of it: the person may stay.
function warn(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether something unsent would be lost with this tab. */
export const useOnlyInThisTab = () => useSyncExternalStore(subscribe, () => memory.size > 0, () => false);

function read(key) {
  if (memory.has(key)) return memory.get(key);
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key, value) {
  let kept = !value;
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
    kept = !localStorage.lostWithTheTab; // what boot.js puts where storage is forbidden
  } catch {
    // full or forbidden
  }
  keepInMemory(key, kept ? "" : value);
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
