// The requests for files: upload one, ask how far it was read, cut it, remove it.

import { BASE } from "../ui/base.js";
import { t } from "../ui/words.js";

/**
 * A file as the server describes it.
 *
 * @typedef {{
 *   id: string,
 *   name: string,
 *   kind: "picture" | "document",
 *   media_type: string,
 *   size: number,
 *   width: number,
 *   height: number,
 *   tokens: number,
 *   state: "ready" | "reading" | "failed",
 *   problem: string,
 * }} ServerFile
 */

const STALLED = 60_000; // ms without progress
const TIMEOUT = 30_000; // ms for a request without a file

/** A request failed; `interrupted` if the server has not answered, so that the same request may succeed later. */
export class RequestFailed extends Error {
  /**
   * @param {string} message for the user
   * @param {{ interrupted?: boolean, status?: number }} [facts]
   */
  constructor(message, { interrupted = false, status = 0 } = {}) {
    super(message);
    this.interrupted = interrupted;
    this.status = status;
  }
}

const INTERRUPTED = t("The upload was interrupted.");

/** @param {string} [id] */
const address = (id = "") => (id ? `${BASE}/api/files/${id}` : `${BASE}/api/files`);

/** The address of a file's bytes. @param {string} id */
export const contentAddress = (id) => `${address(id)}/content`;

/** The address of the text that was read from a document. @param {string} id */
export const textAddress = (id) => `${address(id)}/text`;

/**
 * @param {number} status
 * @param {unknown} answer
 */
function refusal(status, answer) {
  const words = answer && typeof answer === "object" && "error" in answer ? String(answer.error) : "";
  return new RequestFailed(
    words || t("The server answered with HTTP {status}.", { status: String(status) }),
    {
      interrupted: status >= 500,
      status,
    },
  );
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Uploads a file.
 *
 * @param {Blob} blob
 * @param {string} name
 * @param {{ signal: AbortSignal, onProgress: (part: number) => void }} options `part`: from 0 to 1
 * @returns {Promise<ServerFile>}
 * @throws {RequestFailed}
 */
export function upload(blob, name, { signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not tell how much was sent
    /** @type {ReturnType<typeof setTimeout>} */
    let stalled;
    const interrupt = () => reject(new RequestFailed(INTERRUPTED, { interrupted: true }));
    const wait = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), STALLED);
    };
    const abort = () => request.abort();
    signal.addEventListener("abort", abort);
    request.upload.onprogress = ({ loaded, total }) => {
      wait();
      onProgress(total ? loaded / total : 0);
    };
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status === 201 && answer) resolve(answer);
      else reject(refusal(request.status, answer));
    };
    request.onerror = interrupt;
    request.onabort = interrupt;
    request.onloadend = () => {
      clearTimeout(stalled);
      signal.removeEventListener("abort", abort);
    };
    request.open("POST", `${address()}?name=${encodeURIComponent(name)}`);
    request.send(blob);
    wait();
  });
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 * @throws {RequestFailed}
 */
async function send(path, options) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(TIMEOUT) });
  } catch {
    throw new RequestFailed(t("The server cannot be reached."), { interrupted: true });
  }
  if (!response.ok) throw refusal(response.status, parsed(await response.text().catch(() => "")));
  return response;
}

/**
 * A file as the server has it.
 *
 * @param {string} id
 * @returns {Promise<ServerFile>}
 */
export const describedFile = async (id) => (await send(address(id))).json();

/** The text that was read from a document. @param {string} id */
export const readText = async (id) => (await send(textAddress(id))).text();

/**
 * Removes a file that was not sent. A file that the server no longer has is gone as well.
 *
 * @param {string} id
 */
export const removeFile = (id) => send(address(id), { method: "DELETE" }).catch(() => undefined);

/**
 * Sets how many tokens of a document the model gets, from its beginning; null for all.
 *
 * @param {string} id
 * @param {number | null} tokens
 */
export const limitFile = (id, tokens) =>
  send(`${address(id)}/limit`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ tokens }),
  });
