// The files attached to messages that are not sent yet, by conversation. Files that are on the server or in
// kept_files.js are there again after a reload.

import { t } from "../ui/words.js";
import { readStored, store } from "./storage.js";

/** Why a message with these files is not sent. */
export const FAILED_FILES = t(
  "A file was not uploaded. Upload it again or remove it, then send the message.",
);

/**
 * A file that is attached to the next message of a conversation. `id` is empty until it is uploaded, `progress` goes
 * from 0 to 1, `interrupted` says that a failed upload is repeated when the connection is back, `preview` is an address
 * within this page.
 *
 * @typedef {{
 *   key: string,
 *   conversationId: string,
 *   id: string,
 *   name: string,
 *   kind: "picture" | "document",
 *   media_type: string,
 *   size: number,
 *   width: number,
 *   height: number,
 *   tokens: number,
 *   cut: number | null,
 *   state: "preparing" | "uploading" | "reading" | "ready" | "failed",
 *   progress: number,
 *   problem: string,
 *   interrupted: boolean,
 *   preview: string,
 * }} Attachment
 */

/** @type {Omit<Attachment, "key" | "conversationId" | "name">} */
const NEW = {
  id: "",
  kind: "document",
  media_type: "",
  size: 0,
  width: 0,
  height: 0,
  tokens: 0,
  cut: null,
  state: "preparing",
  progress: 0,
  problem: "",
  interrupted: false,
  preview: "",
};

/** @type {readonly Attachment[]} */
const NONE = Object.freeze([]);

/** @type {Map<string, Attachment>} */
const entries = new Map(); // by key

/** @type {Map<string, readonly Attachment[]>} */
let lists = new Map(); // by conversation, until the next change

/** @type {Set<() => void>} */
const listeners = new Set();

const OF_EDIT = "edit:";

/**
 * What stands in place of a conversation for the files that an edit of a message adds. Like the text of the edit, they are
 * kept only while it is open.
 *
 * @param {string} messageId
 */
export const listOfEdit = (messageId) => `${OF_EDIT}${messageId}`;

/** Whether files are kept over a reload. @param {string} conversationId */
export const isKept = (conversationId) => !conversationId.startsWith(OF_EDIT);

/** @param {string} conversationId */
const storedAs = (conversationId) => `webchat.files.${conversationId || "new"}`;

function changed() {
  lists = new Map();
  for (const listener of listeners) listener();
}

/** @param {string} conversationId */
function save(conversationId) {
  if (!isKept(conversationId)) return;
  const kept = attachmentsOf(conversationId)
    .filter(({ id, state, interrupted }) => id || interrupted || state !== "failed")
    .map(({ preview, progress, interrupted, problem, conversationId: _, ...rest }) => rest);
  const text = kept.length ? JSON.stringify(kept) : "";
  if (text !== (readStored(storedAs(conversationId)) ?? "")) store(storedAs(conversationId), text);
}

/**
 * The files attached to the next message of a conversation, in their order; an empty id stands for the next new
 * conversation. The list is the same until it changes.
 *
 * @param {string} conversationId
 */
export function attachmentsOf(conversationId) {
  let list = lists.get(conversationId);
  if (!list) {
    list = [...entries.values()].filter((each) => each.conversationId === conversationId);
    if (!list.length) list = NONE;
    lists.set(conversationId, list);
  }
  return list;
}

/**
 * Whether a message with these files can be sent: `busy` until all are uploaded. Without a connection, an interrupted
 * upload waits for the next one.
 *
 * @param {readonly Attachment[]} list
 * @param {boolean} connected
 * @returns {"ready" | "busy" | "failed"}
 */
export function stateOfAll(list, connected) {
  const failed = list.some(({ state, interrupted }) => state === "failed" && (connected || !interrupted));
  return failed ? "failed" : list.every(({ state }) => state === "ready") ? "ready" : "busy";
}

/** @param {string} key */
export const attachmentAt = (key) => entries.get(key);

export const allAttachments = () => [...entries.values()];

/**
 * Adds a file.
 *
 * @param {Partial<Attachment> & Pick<Attachment, "key" | "conversationId" | "name">} attachment
 */
export function addAttachment(attachment) {
  entries.set(attachment.key, { ...NEW, ...attachment });
  changed();
  save(attachment.conversationId);
}

/**
 * Changes a file; one that was removed stays away.
 *
 * @param {string} key
 * @param {Partial<Attachment>} facts
 */
export function changeAttachment(key, facts) {
  const before = entries.get(key);
  if (!before) return;
  const after = { ...before, ...facts };
  if (before.preview && before.preview !== after.preview) URL.revokeObjectURL(before.preview);
  entries.set(key, after);
  changed();
  save(after.conversationId);
  if (before.conversationId !== after.conversationId) save(before.conversationId);
}

/**
 * Takes files off the list.
 *
 * @param {readonly string[]} keys
 */
export function dropAttachments(keys) {
  const dropped = keys.flatMap((key) => entries.get(key) ?? []);
  for (const { key, preview } of dropped) {
    entries.delete(key);
    if (preview) URL.revokeObjectURL(preview);
  }
  changed();
  for (const conversationId of new Set(dropped.map((each) => each.conversationId))) save(conversationId);
}

/**
 * The files of a conversation as they were before the page was loaded; those that are on the list already are left out.
 *
 * @param {string} conversationId
 * @returns {Attachment[]}
 */
export function storedAttachments(conversationId) {
  try {
    /** @type {Attachment[]} */
    const stored = JSON.parse(readStored(storedAs(conversationId)) ?? "[]");
    return stored.filter(({ key }) => !entries.has(key)).map((each) => ({ ...NEW, ...each, conversationId }));
  } catch {
    return [];
  }
}

/**
 * Calls `listener` after each change; returns a function that unsubscribes.
 *
 * @param {() => void} listener
 */
export function subscribeToAttachments(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
