// Which files can be attached to a message: the limits that the server has too, and what a file is by its content.

import { language, ngettext, t } from "../ui/words.js";
import { sizeText } from "./sizes.js";

/** The most files of one message. */
export const MOST_FILES = 10;
const MOST_PICTURE_BYTES = 20 * 1024 * 1024; // before it is scaled down
const MOST_DOCUMENT_BYTES = 50 * 1024 * 1024;

/** How many bytes of a file `kindOf` needs. */
export const HEAD_BYTES = 4096;

/** @typedef {"picture" | "document"} Kind */

/** Where a signature stands, and what it is. @type {[at: number, signature: string][]} */
const PICTURES = [
  [0, "\xff\xd8\xff"], // JPEG
  [0, "\x89PNG"],
  [0, "GIF8"],
  [8, "WEBP"],
  [4, "ftypavi"], // AVIF
  [4, "ftyphe"], // HEIC
  [4, "ftypmif1"],
  [4, "ftypmsf1"],
  [0, "II*\0"], // TIFF
  [0, "MM\0*"],
];

/** @type {typeof PICTURES} */
const DOCUMENTS = [
  [0, "PK\x03\x04"], // Word, Excel, PowerPoint and EPUB are zip files
  [0, "\xd0\xcf\x11\xe0"], // earlier Word and Excel, about which the server says more
  [0, "\xff\xfe"], // text in UTF-16
  [0, "\xfe\xff"],
];

/**
 * What a file is by its first bytes; null for what is neither a picture nor a document.
 *
 * @param {Uint8Array} head
 * @returns {Kind | null}
 */
export function kindOf(head) {
  const text = String.fromCharCode(...head.subarray(0, HEAD_BYTES));
  const has = (/** @type {typeof PICTURES} */ signatures) =>
    signatures.some(([at, signature]) => text.startsWith(signature, at));
  if (has(PICTURES)) return "picture";
  return has(DOCUMENTS) || text.includes("%PDF-") || !text.includes("\0") ? "document" : null;
}

/**
 * Why a file cannot be attached; empty if it can.
 *
 * @param {Kind | null} kind
 * @param {number} size in bytes
 */
export function problemWith(kind, size) {
  if (!size) return t("This file is empty.");
  if (!kind) return t("This is neither a picture nor a document that can be read.");
  const most = kind === "picture" ? MOST_PICTURE_BYTES : MOST_DOCUMENT_BYTES;
  if (size <= most) return "";
  const sizes = { size: sizeText(size), limit: sizeText(most) };
  return kind === "picture"
    ? t("This picture is {size}; the limit is {limit}.", sizes)
    : t("This document is {size}; the limit is {limit}.", sizes);
}

const whole = new Intl.NumberFormat(language);

/**
 * A number of tokens in words.
 *
 * @param {number} tokens
 */
export const tokensText = (tokens) =>
  ngettext("{count} token", "{count} tokens", tokens, { count: whole.format(tokens) });

/**
 * The size of a file, and of a document the tokens that the model gets of it.
 *
 * @param {{ kind: string, size: number, tokens: number, cut?: number | null }} file
 */
export function factsOf({ kind, size, tokens, cut }) {
  if (kind === "picture" || !tokens) return sizeText(size);
  const all = tokensText(tokens);
  const isWhole = cut === null || cut === undefined || cut >= tokens;
  const kept = isWhole ? all : t("{number} of {all}", { number: whole.format(cut), all });
  return `${sizeText(size)} · ${kept}`;
}
