// The files on the list of a message: they are attached to it, taken off, sent with it and put back.

import {
  addAttachment,
  attachmentAt,
  attachmentsOf,
  changeAttachment,
  dropAttachments,
  storedAttachments,
} from "./attachment_list.js";
import { beginUpload, followFile, stopUpload } from "./attachment_upload.js";
import { MOST_FILES } from "./file_kinds.js";
import { limitFile, removeFile } from "./file_requests.js";
import { newId } from "./outbox.js";

/** @typedef {import("./message_parts.js").FilePart} FilePart */

/** @param {string} name */
const looksLikePicture = (name) => /^image\/(?!svg)/.test(name);

/**
 * Attaches files to the next message of a conversation. Returns how many were left out, because there may only be so
 * many.
 *
 * @param {string} conversationId
 * @param {readonly File[]} files
 * @param {number} [others] how many files the message has besides those on the list
 */
export function attach(conversationId, files, others = 0) {
  const room = Math.max(0, MOST_FILES - others - attachmentsOf(conversationId).length);
  for (const file of files.slice(0, room)) {
    const key = newId();
    const picture = looksLikePicture(file.type);
    addAttachment({
      key,
      conversationId,
      name: file.name,
      kind: picture ? "picture" : "document",
      size: file.size,
      preview: picture ? URL.createObjectURL(file) : "",
    });
    beginUpload(key, file);
  }
  return Math.max(0, files.length - room);
}

/**
 * Takes a file off the list, and off the server if it is there.
 *
 * @param {string} key
 */
export function removeAttachment(key) {
  const id = attachmentAt(key)?.id;
  dropAttachments([key]);
  stopUpload(key);
  if (id) removeFile(id);
}

/**
 * Puts the files of a conversation on the list that were there before the page was loaded, and asks the server whether
 * it has them.
 *
 * @param {string} conversationId
 */
export function restoreAttachments(conversationId) {
  for (const stored of storedAttachments(conversationId)) {
    addAttachment(stored.id ? stored : { ...stored, state: "preparing" });
    if (stored.id) followFile(stored.key);
    else beginUpload(stored.key);
  }
}

/**
 * Takes the files of a conversation off the list, because their message is on its way.
 *
 * @param {string} conversationId
 * @returns {FilePart[]}
 */
export function takeAttachments(conversationId) {
  const taken = attachmentsOf(conversationId);
  dropAttachments(taken.map(({ key }) => key));
  return taken.map(({ id, name, kind, media_type, size, width, height, tokens, cut }) => ({
    ...{ type: "file", id, name, kind, media_type, size, width, height, tokens, cut },
  }));
}

/**
 * Puts the files of a message that was not sent back on the list.
 *
 * @param {string} conversationId
 * @param {readonly FilePart[]} parts
 */
export function returnAttachments(conversationId, parts) {
  for (const { type: _, ...file } of parts) {
    const key = newId();
    addAttachment({ key, conversationId, ...file, state: "ready", progress: 1 });
  }
}

/**
 * Puts files that the server has on a list.
 *
 * @param {string} conversationId or what stands in its place
 * @param {readonly import("./file_requests.js").ServerFile[]} files
 */
export function listFiles(conversationId, files) {
  for (const file of files) {
    const key = newId();
    addAttachment({ key, conversationId, ...file, progress: 1 });
    if (file.state === "reading") followFile(key);
  }
}

/**
 * Moves the files attached on the page of a new conversation to the conversation that was created there.
 *
 * @param {string} conversationId
 */
export function moveAttachments(conversationId) {
  for (const { key } of attachmentsOf("")) changeAttachment(key, { conversationId });
}

/**
 * Sets how many tokens of a document the model gets; null for all.
 *
 * @param {string} key
 * @param {number | null} tokens
 * @throws {RequestFailed}
 */
export async function cutAttachment(key, tokens) {
  const id = attachmentAt(key)?.id;
  if (!id) return;
  await limitFile(id, tokens);
  changeAttachment(key, { cut: tokens });
}
