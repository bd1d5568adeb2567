// What happens to a file that is attached: it is checked, a picture is made small, and it is uploaded; the server then
// reads the text of a document.

import { t } from "../ui/words.js";
import { allAttachments, attachmentAt, changeAttachment, isKept } from "./attachment_list.js";
import { HEAD_BYTES, kindOf, problemWith } from "./file_kinds.js";
import { describedFile, RequestFailed, removeFile, upload } from "./file_requests.js";
import { dropKeptFile, keepFile, keptFile } from "./kept_files.js";
import { renamed } from "./picture_scaling.js";
import { prepared, UnknownPicture } from "./pictures.js";
import { turns } from "./turns.js";

/** @typedef {import("./attachment_list.js").Attachment} Attachment */

const UPLOADS = 2; // at once: the browser opens only six connections to a server
const LOOK_AGAIN = [200, 400, 800, 1500, 3000]; // ms between questions whether a document was read, the last repeated
const READ_FOR = 10 * 60_000; // ms
const MAY_SUCCEED_LATER = new Set([401, 408, 429]); // statuses

const NOT_READABLE = t("This file could not be read. If it is a folder, attach the files in it.");
const UNKNOWN_PICTURE = t("This browser cannot open this picture. Save it as JPEG or PNG and attach that.");
const NOT_KEPT = t("This file was not uploaded before the page was closed. Attach it again.");
const GONE = t("The server no longer has this file. Attach it again.");
const NEVER_READ = t("Reading this document takes too long.");

/** What a file was attached as, and what is sent of it once that is known. @type {Map<string, { file: File, sent?: File }>} */
const contents = new Map();

/** The uploads that are running. @type {Map<string, AbortController>} */
const running = new Map();
const uploading = turns(UPLOADS);
const preparing = turns(1);

/** What went wrong with a file; it does not help to try again. */
class NotAttached extends Error {}

/**
 * Begins to upload a file on the list.
 *
 * @param {string} key
 * @param {File} [file] without it, the one that was kept before the page was loaded
 */
export function beginUpload(key, file) {
  if (file) contents.set(key, { file });
  run(key);
}

/** Stops the upload of a file that was taken off the list. @param {string} key */
export function stopUpload(key) {
  running.get(key)?.abort();
  forget(key);
}

/**
 * Does all that is left to do for a file.
 *
 * @param {string} key
 */
async function run(key) {
  const stopping = new AbortController();
  running.set(key, stopping);
  try {
    const content = contents.get(key) ?? { file: await kept(key) };
    contents.set(key, content);
    content.sent ??= await preparing(() => prepare(key, content.file));
    await uploading(() => send(key, /** @type {File} */ (content.sent), stopping.signal));
    forget(key);
    await follow(key);
  } catch (error) {
    fail(key, error);
  } finally {
    running.delete(key);
  }
}

/**
 * @param {string} key
 * @param {unknown} error
 */
function fail(key, error) {
  const ofRequest = error instanceof RequestFailed;
  const interrupted = ofRequest && error.interrupted;
  if (!interrupted && !(ofRequest && MAY_SUCCEED_LATER.has(error.status))) forget(key);
  const problem = ofRequest || error instanceof NotAttached ? error.message : NOT_READABLE;
  changeAttachment(key, { state: "failed", problem, interrupted });
}

/** Drops what is to be sent of a file. @param {string} key */
function forget(key) {
  contents.delete(key);
  dropKeptFile(key);
}

/** @param {string} key */
async function kept(key) {
  const file = await keptFile(key);
  if (!file) throw new NotAttached(NOT_KEPT);
  return file;
}

/**
 * What is sent of a file: the file itself, or a smaller picture.
 *
 * @param {string} key
 * @param {File} file
 */
async function prepare(key, file) {
  const attachment = attachmentAt(key);
  if (!attachment) return file; // removed while others were prepared
  const kind = file.size ? kindOf(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer())) : null;
  const problem = problemWith(kind, file.size);
  if (problem || !kind) throw new NotAttached(problem);
  changeAttachment(key, { kind });
  if (isKept(attachment.conversationId)) keepFile(key, file);
  if (kind === "document") return file;
  try {
    const { blob, width, height } = await prepared(file);
    const sent = new File([blob], renamed(file.name, blob.type), { type: blob.type });
    const preview = URL.createObjectURL(sent);
    changeAttachment(key, { name: sent.name, size: sent.size, width, height, preview });
    return sent;
  } catch (error) {
    throw error instanceof UnknownPicture ? new NotAttached(UNKNOWN_PICTURE) : error;
  }
}

/**
 * @param {string} key
 * @param {File} file
 * @param {AbortSignal} signal
 */
async function send(key, file, signal) {
  if (!attachmentAt(key)) return;
  changeAttachment(key, { state: "uploading", progress: 0 });
  const onProgress = (/** @type {number} */ progress) => changeAttachment(key, { progress });
  const found = await upload(file, file.name, { signal, onProgress });
  if (attachmentAt(key)) changeAttachment(key, { ...found, progress: 1 });
  else removeFile(found.id); // it was taken off the list while it was sent
}

/**
 * Waits until the server has read a document.
 *
 * @param {string} key
 */
async function follow(key) {
  const end = Date.now() + READ_FOR;
  for (let times = 0; attachmentAt(key)?.state === "reading"; times += 1) {
    if (Date.now() > end) throw new NotAttached(NEVER_READ);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN[Math.min(times, LOOK_AGAIN.length - 1)]));
    await look(key);
  }
}

/**
 * Asks the server about a file; without an answer nothing changes.
 *
 * @param {string} key
 */
async function look(key) {
  const id = attachmentAt(key)?.id;
  if (!id) return;
  try {
    changeAttachment(key, await describedFile(id));
  } catch (error) {
    const gone = error instanceof RequestFailed && error.status === 404;
    if (gone) changeAttachment(key, { id: "", state: "failed", problem: GONE, interrupted: false });
    else if (!(error instanceof RequestFailed && error.interrupted)) throw error;
  }
}

/**
 * Asks the server about a file that it has, and waits until it has read it.
 *
 * @param {string} key
 */
export async function followFile(key) {
  try {
    await look(key);
    await follow(key);
  } catch (error) {
    fail(key, error);
  }
}

/** Whether it may help to try again. @param {Attachment} attachment */
export const canRetry = ({ key, state }) => state === "failed" && contents.has(key);

/** @param {string} key */
export function retryAttachment(key) {
  if (running.has(key)) return;
  changeAttachment(key, { state: "preparing", progress: 0, problem: "", interrupted: false });
  run(key);
}

/** Repeats the uploads that were interrupted, now that there is a connection. */
export function resumeUploads() {
  for (const { key, state, interrupted } of allAttachments())
    if (state === "failed" && interrupted) retryAttachment(key);
}
